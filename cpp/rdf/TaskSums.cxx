#include <gradcut/rdf/TaskSums.hxx>

#include <algorithm>
#include <cstring>
#include <string>
#include <tuple>
#include <utility>

namespace GradCut {
namespace Internal {
namespace {

/// The sums of one task, and what orders it among the tasks.
struct Partial {
   TaskRange fRange;
   unsigned long long fNEvents = 0;
   std::vector<double> fSums;
};

/// Bits and not values: a strict order also with NaN.
bool BitsLess(const std::vector<double> &a, const std::vector<double> &b)
{
   return std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) < 0;
}

} // namespace

struct TaskSums::Slot {
   Partial fTask;
   std::vector<Partial> fDone;
};

TaskSums::TaskSums(unsigned int nSlots)
{
   for (unsigned int slot = 0; slot < nSlots; ++slot)
      fSlots.push_back(std::make_unique<Slot>());
}

TaskSums::~TaskSums() = default;

void TaskSums::Reset(std::size_t nSums)
{
   fNSums = nSums;
   for (auto &slot : fSlots)
      *slot = {};
}

void TaskSums::BeginSample(unsigned int slot, TaskRange range)
{
   fSlots[slot]->fTask.fRange = std::move(range);
}

double *TaskSums::Add(unsigned int slot, std::size_t nEvents)
{
   Partial &task = fSlots[slot]->fTask;
   if (task.fSums.empty())
      task.fSums.assign(fNSums, 0.);
   task.fNEvents += nEvents;
   return task.fSums.data();
}

void TaskSums::EndTask(unsigned int slot)
{
   Slot &s = *fSlots[slot];
   if (s.fTask.fNEvents > 0)
      s.fDone.push_back(std::move(s.fTask));
   s.fTask = {};
}

void TaskSums::Merge(Moments &result)
{
   std::vector<const Partial *> tasks;
   for (const auto &slot : fSlots) {
      result.fNSlots += !slot->fDone.empty();
      for (const auto &task : slot->fDone)
         tasks.push_back(&task);
   }
   // Some sources (numpy arrays) do not tell which entries a task has: the bits of the sums order those, which needs no
   // knowledge of who did what.
   std::sort(tasks.begin(), tasks.end(), [](const Partial *a, const Partial *b) {
      const auto keyA = std::tie(a->fRange.fSample, a->fRange.fEntries),
                 keyB = std::tie(b->fRange.fSample, b->fRange.fEntries);
      return keyA != keyB ? keyA < keyB : BitsLess(a->fSums, b->fSums);
   });
   for (const auto *task : tasks) {
      result.fNEvents += task->fNEvents;
      ++result.fNTasks;
      for (std::size_t i = 0; i < task->fSums.size(); ++i)
         result.fValues[i] += task->fSums[i];
   }
   for (auto &slot : fSlots)
      slot->fDone.clear();
}

} // namespace Internal
} // namespace GradCut
