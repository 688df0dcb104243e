/// \file SoftMomentsAction.hxx
/// \brief The action helper behind BookSoftMoments.
#ifndef GRADCUT_RDF_SOFTMOMENTSACTION_HXX
#define GRADCUT_RDF_SOFTMOMENTSACTION_HXX

#include <gradcut/rdf/SoftMomentsState.hxx>

#include <ROOT/RDF/RActionImpl.hxx>
#include <ROOT/RVec.hxx>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

class TTreeReader;

namespace GradCut {
namespace Internal {

/// \brief Collects blocks of events in the columns' own types and hands them to the state, which does the rest.
///
/// One template per pair of types and not per number of columns; only Exec depends on it.
template <class Feature, class Weight>
class SoftMomentsAction final : public ROOT::Detail::RDF::RActionImpl<SoftMomentsAction<Feature, Weight>> {
public:
   using Result_t = Moments;

   explicit SoftMomentsAction(std::unique_ptr<SoftMomentsState> state)
      : fState(std::move(state)), fBlocks(fState->Blocks())
   {
   }
   SoftMomentsAction(SoftMomentsAction &&) = default;
   SoftMomentsAction(const SoftMomentsAction &) = delete;

   std::shared_ptr<Moments> GetResultPtr() const { return fState->Result(); }
   void Initialize() { fState->Reset(); }
   void InitTask(TTreeReader *, unsigned int slot) { fState->EndTask(slot); }
   void FinalizeTask(unsigned int slot) { fState->EndTask(slot); }
   void Finalize() { fState->Merge(); }
   std::string GetActionName() const { return "SoftMoments"; }

   /// RDataFrame hands over a copy of the nominal result, possibly a filled one: the new state resets it.
   SoftMomentsAction MakeNew(void *result, std::string_view = "nominal")
   {
      return SoftMomentsAction(fState->MakeNew(*static_cast<std::shared_ptr<Moments> *>(result)));
   }

   ROOT::RDF::SampleCallback_t GetSampleCallback() final
   {
      return [state = fState.get()](unsigned int slot, const ROOT::RDF::RSampleInfo &info) {
         state->BeginSample(slot, {info.AsString(), info.EntryRange()});
      };
   }

   template <class... Features>
   void Exec(unsigned int slot, const Weight &weight, const Features &...features)
   {
      [[maybe_unused]] Feature *next = Begin(slot, weight);
      ((*next = features, next += kBlockStride), ...);
      End(slot);
   }

   /// Features that have been gathered into a vector.
   void Exec(unsigned int slot, const Weight &weight, const ROOT::RVec<Feature> &features)
   {
      Feature *next = Begin(slot, weight);
      for (const Feature feature : features) {
         *next = feature;
         next += kBlockStride;
      }
      End(slot);
   }

private:
   /// The place of an event's first feature; that of the next one is a stride further.
   Feature *Begin(unsigned int slot, const Weight &weight)
   {
      const EventBlock &block = fBlocks[slot];
      static_cast<Weight *>(block.fWeights)[block.fSize] = weight;
      return static_cast<Feature *>(block.fFeatures) + block.fSize;
   }

   void End(unsigned int slot)
   {
      if (++fBlocks[slot].fSize == kBlockSize)
         fState->Flush(slot);
   }

   std::unique_ptr<SoftMomentsState> fState;
   EventBlock *fBlocks; ///< of the state, one per slot; kept here to save a step per event
};

} // namespace Internal
} // namespace GradCut

#endif
