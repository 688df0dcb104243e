/// \file ObjectMomentsState.hxx
/// \brief Everything of the soft-yield action for events with objects that does not depend on the number of columns.
#ifndef GRADCUT_RDF_OBJECTMOMENTSSTATE_HXX
#define GRADCUT_RDF_OBJECTMOMENTSSTATE_HXX

#include <gradcut/rdf/Moments.hxx>
#include <gradcut/rdf/SoftMomentsSetup.hxx>
#include <gradcut/rdf/TaskSums.hxx>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace GradCut {
namespace Internal {

/// Events per call of the kernel, unless their objects are more than kBlockObjects.
constexpr std::size_t kObjectEvents = 256;
constexpr std::size_t kBlockObjects = 4096;

/// \brief Blocks of events with their objects: per column the values of all objects one after the other, per collection
/// where each event begins.
class ObjectMomentsState {
public:
   /// \param[in] setup with collections of objects
   /// \param[in] names of the columns, for messages
   ObjectMomentsState(SoftMomentsSetup setup, std::vector<std::string> names, std::shared_ptr<Moments> result);
   ~ObjectMomentsState();
   ObjectMomentsState(const ObjectMomentsState &) = delete;
   ObjectMomentsState &operator=(const ObjectMomentsState &) = delete;

   std::unique_ptr<ObjectMomentsState> MakeNew(std::shared_ptr<Moments> result) const;
   const std::shared_ptr<Moments> &Result() const { return fResult; }

   void Reset();
   void BeginSample(unsigned int slot, TaskRange range);
   /// \brief Take an event.
   /// \param[in] values per column, in the type in which columns are read
   /// \param[in] sizes per column, 1 for a value per event
   /// \throws std::invalid_argument if columns of a collection have different numbers of objects
   void Append(unsigned int slot, double weight, const void *const *values, const std::size_t *sizes);
   void EndTask(unsigned int slot);
   void Merge();

private:
   struct Slot;
   template <class Real>
   void AppendAs(Slot &slot, double weight, const void *const *values, const std::size_t *sizes);
   template <class Real>
   void FlushAs(unsigned int slot);
   void Flush(unsigned int slot);
   [[noreturn]] void Differ(std::size_t column, const std::size_t *sizes) const;

   SoftMomentsSetup fSetup;
   std::vector<std::string> fNames;
   std::vector<std::size_t> fFirst; ///< per collection its first column, which the others are compared with
   TaskSums fSums;
   std::vector<std::unique_ptr<Slot>> fSlots;
   std::shared_ptr<Moments> fResult;
};

} // namespace Internal
} // namespace GradCut

#endif
