/// \file CollectOrder.hxx
/// \brief Puts the tasks of a multi-threaded loop into the order of their entries.
#ifndef GRADCUT_RDF_COLLECTORDER_HXX
#define GRADCUT_RDF_COLLECTORDER_HXX

#include <ROOT/RDF/InterfaceUtils.hxx>
#include <ROOT/RDF/RActionImpl.hxx>
#include <ROOT/RDF/RInterface.hxx>
#include <ROOT/RDF/RResultMap.hxx>
#include <ROOT/RResultHandle.hxx>
#include <ROOT/RResultPtr.hxx>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

class TTreeReader;

namespace GradCut {
namespace Internal {

/// What is known about a task.
struct TaskPlace {
   unsigned int fSlot = 0;
   std::size_t fSequence = 0;
   bool fIsTree = false;
   std::string fSample;
   unsigned long long fFirstOfRange = 0; ///< in the file; in the chain with friends; in the entry list
   unsigned long long fFirstEntry = 0;   ///< `rdfentry_` of the first event that was seen
};

/// \brief Notes one TaskPlace per task with events.
///
/// For a TTree `rdfentry_` depends on which thread came first, but file and range of the task are known; for other
/// sources (RNTuple, numpy) the sample information is incomplete or missing, but `rdfentry_` is the entry.
class OrderAction final : public ROOT::Detail::RDF::RActionImpl<OrderAction> {
public:
   using Result_t = std::vector<TaskPlace>;

   explicit OrderAction(unsigned int nSlots, std::shared_ptr<Result_t> result = std::make_shared<Result_t>());
   OrderAction(OrderAction &&) = default;
   OrderAction(const OrderAction &) = delete;

   std::shared_ptr<Result_t> GetResultPtr() const { return fResult; }
   void Initialize();
   void InitTask(TTreeReader *reader, unsigned int slot);
   void FinalizeTask(unsigned int slot);
   void Finalize();
   std::string GetActionName() const { return "CollectOrder"; }
   OrderAction MakeNew(void *result, std::string_view = "nominal");
   ROOT::RDF::SampleCallback_t GetSampleCallback() final;

   void Exec(unsigned int slot, const ULong64_t &entry)
   {
      Slot &s = (*fSlots)[slot];
      if (!s.fHasEvents) {
         s.fHasEvents = true;
         s.fPlace.fFirstEntry = entry;
      }
   }

private:
   struct alignas(64) Slot {
      bool fHasEvents = false;
      std::size_t fNTasks = 0;
      TaskPlace fPlace;
      std::vector<TaskPlace> fDone;
   };
   std::shared_ptr<std::vector<Slot>> fSlots; ///< at a fixed address, whoever moves the action
   std::shared_ptr<Result_t> fResult;
};

/// The order for the nominal events and every variation.
class CollectOrder {
public:
   explicit CollectOrder(ROOT::RDF::RNode node);

   void BookVariations();
   ROOT::RDF::RResultHandle Handle() const;
   /// \brief (slot, sequence) of the tasks with events, first entries first.
   std::vector<std::pair<unsigned int, std::size_t>> Tasks(const std::string &variation);

private:
   std::size_t Rank(const std::string &sample) const;

   std::vector<std::string> fFiles;
   ROOT::RDF::RResultPtr<std::vector<TaskPlace>> fNominal;
   std::unique_ptr<ROOT::RDF::Experimental::RResultMap<std::vector<TaskPlace>>> fVaried;
};

} // namespace Internal
} // namespace GradCut

#endif
