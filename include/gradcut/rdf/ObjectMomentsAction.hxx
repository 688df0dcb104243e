/// \file ObjectMomentsAction.hxx
/// \brief The action helper behind BookSoftMoments for events with objects.
#ifndef GRADCUT_RDF_OBJECTMOMENTSACTION_HXX
#define GRADCUT_RDF_OBJECTMOMENTSACTION_HXX

#include <gradcut/rdf/ObjectMomentsState.hxx>

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

/// Hands events to the state, which does everything. Every column is a vector, that of a value per event has one.
template <class Feature>
class ObjectMomentsAction final : public ROOT::Detail::RDF::RActionImpl<ObjectMomentsAction<Feature>> {
public:
   using Result_t = Moments;

   explicit ObjectMomentsAction(std::unique_ptr<ObjectMomentsState> state) : fState(std::move(state)) {}
   ObjectMomentsAction(ObjectMomentsAction &&) = default;
   ObjectMomentsAction(const ObjectMomentsAction &) = delete;

   std::shared_ptr<Moments> GetResultPtr() const { return fState->Result(); }
   void Initialize() { fState->Reset(); }
   void InitTask(TTreeReader *, unsigned int slot) { fState->EndTask(slot); }
   void FinalizeTask(unsigned int slot) { fState->EndTask(slot); }
   void Finalize() { fState->Merge(); }
   std::string GetActionName() const { return "ObjectMoments"; }

   /// RDataFrame hands over a copy of the nominal result, possibly a filled one: the new state resets it.
   ObjectMomentsAction MakeNew(void *result, std::string_view = "nominal")
   {
      return ObjectMomentsAction(fState->MakeNew(*static_cast<std::shared_ptr<Moments> *>(result)));
   }

   ROOT::RDF::SampleCallback_t GetSampleCallback() final
   {
      return [state = fState.get()](unsigned int slot, const ROOT::RDF::RSampleInfo &info) {
         state->BeginSample(slot, {info.AsString(), info.EntryRange()});
      };
   }

   template <class... Features>
   void Exec(unsigned int slot, const double &weight, const Features &...features)
   {
      const void *values[] = {features.data()...};
      const std::size_t sizes[] = {features.size()...};
      fState->Append(slot, weight, values, sizes);
   }

private:
   std::unique_ptr<ObjectMomentsState> fState;
};

} // namespace Internal
} // namespace GradCut

#endif
