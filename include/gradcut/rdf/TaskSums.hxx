/// \file TaskSums.hxx
/// \brief Sums per task, merged in an order that does not depend on who did what.
#ifndef GRADCUT_RDF_TASKSUMS_HXX
#define GRADCUT_RDF_TASKSUMS_HXX

#include <gradcut/rdf/Moments.hxx>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace GradCut {
namespace Internal {

/// \brief The entries that a task has, and of which sample, as far as the source tells: what orders tasks.
struct TaskRange {
   std::string fSample;
   std::pair<unsigned long long, unsigned long long> fEntries;
};

/// \brief The sums that the slots of an action make, task by task.
///
/// Knows nothing of ROOT. Slots share nothing while they run, so that threads need no locks as long as each keeps to
/// its slot; \ref Reset and \ref Merge are for one thread, before and after.
class TaskSums {
public:
   explicit TaskSums(unsigned int nSlots);
   ~TaskSums();
   TaskSums(const TaskSums &) = delete;
   TaskSums &operator=(const TaskSums &) = delete;

   /// Forget everything; tasks have so many sums.
   void Reset(std::size_t nSums);
   /// Begin a task, after the one before was ended.
   void BeginSample(unsigned int slot, TaskRange range);
   /// The sums of the task of a slot, to be added to for so many events.
   double *Add(unsigned int slot, std::size_t nEvents);
   void EndTask(unsigned int slot);
   /// Add the sums of all tasks to a result, in the order of their entry ranges.
   void Merge(Moments &result);

private:
   struct Slot;
   std::size_t fNSums = 0;
   std::vector<std::unique_ptr<Slot>> fSlots;
};

} // namespace Internal
} // namespace GradCut

#endif
