/// \file CollectAction.hxx
/// \brief The action helper behind BookCollect, for columns of one type.
#ifndef GRADCUT_RDF_COLLECTACTION_HXX
#define GRADCUT_RDF_COLLECTACTION_HXX

#include <gradcut/rdf/CollectState.hxx>

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

template <class T, bool IsVector>
class CollectAction final : public ROOT::Detail::RDF::RActionImpl<CollectAction<T, IsVector>> {
public:
   using Result_t = CollectResult;

   explicit CollectAction(std::unique_ptr<CollectState> state) : fState(std::move(state)), fBlocks(fState->Blocks()) {}
   CollectAction(CollectAction &&) = default;
   CollectAction(const CollectAction &) = delete;

   std::shared_ptr<CollectResult> GetResultPtr() const { return fState->Result(); }
   void Initialize() { fState->Reset(); }
   void InitTask(TTreeReader *, unsigned int slot) { fState->BeginTask(slot); }
   void FinalizeTask(unsigned int slot) { fState->EndTask(slot); }
   void Finalize() { fState->Merge(); }
   std::string GetActionName() const { return "Collect"; }

   /// RDataFrame hands over a copy of the nominal result, possibly a filled one: the new state replaces it.
   CollectAction MakeNew(void *result, std::string_view = "nominal")
   {
      return CollectAction(fState->MakeNew(*static_cast<std::shared_ptr<CollectResult> *>(result)));
   }

   ROOT::RDF::SampleCallback_t GetSampleCallback() final
   {
      return [state = fState.get()](unsigned int slot, const ROOT::RDF::RSampleInfo &info) {
         const auto range = info.EntryRange();
         state->ExpectEvents(slot, range.second > range.first ? range.second - range.first : 0);
      };
   }

   template <class... Columns>
   void Exec(unsigned int slot, const Columns &...columns)
   {
      CollectBlock &block = fBlocks[slot];
      if constexpr (IsVector) {
         std::size_t column = 0;
         (fState->AppendVector(slot, column++, columns.data(), columns.size()), ...);
      } else {
         T *next = static_cast<T *>(block.fMemory) + block.fSize;
         ((*next = columns, next += kCollectBlock), ...);
      }
      if (++block.fSize == kCollectBlock)
         fState->Flush(slot);
   }

private:
   std::unique_ptr<CollectState> fState;
   CollectBlock *fBlocks; ///< of the state, one per slot
};

} // namespace Internal
} // namespace GradCut

#endif
