#include <gradcut/kernels/CheckNetwork.hxx>
#include <gradcut/rdf/CompiledNetwork.hxx>
#include <gradcut/rdf/NetworkNumbers.hxx>

#include <stdexcept>

namespace GradCut {
namespace {

/// A network as the kernels want it; points into the one it was made of.
struct View {
   std::vector<GradCutLayer> fLayers;
   GradCutNetwork fNetwork;

   explicit View(const Network &network)
   {
      for (const auto &layer : network.fLayers)
         fLayers.push_back({layer.fNIn, layer.fBias.size(), layer.fWeights.data(), layer.fBias.data(),
                            layer.fActivation, layer.fSlope});
      fNetwork = {network.NInputs(),       network.fCentre.data(),  network.fScale.data(), network.fClip,
                  network.fFlagged.size(), network.fFlagged.data(), fLayers.size(),        fLayers.data()};
   }
   View(const View &) = delete;
   View &operator=(const View &) = delete;
};

} // namespace

void Network::Validate() const
{
   const auto require = [](bool condition, const std::string &message) {
      if (!condition)
         throw std::invalid_argument("GradCut::Network: " + message);
   };
   require(fScale.size() == fCentre.size(), "inputs need a centre and a scale each");
   for (const auto &layer : fLayers)
      require(layer.fWeights.size() == layer.fNIn * layer.fBias.size(), "weights and biases of a layer do not fit");
   try {
      CheckNetwork(View(*this).fNetwork);
   } catch (const std::invalid_argument &error) {
      require(false, error.what());
   }
}

namespace Internal {
namespace {

std::size_t PlanBytes(const Network &network, bool isDouble)
{
   network.Validate();
   const View view(network);
   return (isDouble ? GradCutNetworkPlanBytesF64 : GradCutNetworkPlanBytesF32)(&view.fNetwork);
}

} // namespace

CompiledNetwork::CompiledNetwork(const Network &network, bool isDouble)
   : fNInputs(network.NInputs()), fNOutputs(network.NOutputs()), fIsDouble(isDouble),
     fPlan(PlanBytes(network, isDouble))
{
   const View view(network);
   (isDouble ? GradCutNetworkPlanF64 : GradCutNetworkPlanF32)(&view.fNetwork, fPlan.Get());
}

std::size_t CompiledNetwork::WorkspaceBytes(std::size_t nEvents) const
{
   return (fIsDouble ? GradCutNetworkWorkspaceF64 : GradCutNetworkWorkspaceF32)(fPlan.Get(), nEvents);
}

void CompiledNetwork::Evaluate(std::size_t nEvents, const double *const *columns, void *workspace,
                               double *outputs) const
{
   (fIsDouble ? GradCutNetworkOutputsF64 : GradCutNetworkOutputsF32)(fPlan.Get(), nEvents, columns, workspace, outputs);
}

} // namespace Internal
} // namespace GradCut
