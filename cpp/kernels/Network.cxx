#include "NetworkPlan.hxx"
#include "NetworkTable.hxx"

#include <algorithm>
#include <cstring>

namespace {

/// \brief Lay out a plan, and write it where there is memory.
/// \return its bytes
template <class Real>
std::size_t WritePlan(const GradCutNetwork &network, unsigned char *memory)
{
   std::size_t end = 0;
   const auto take = [&](std::size_t bytes) {
      const auto at = end;
      end += Aligned(bytes);
      return at;
   };
   const auto fill = [&](std::size_t at, const auto *from, std::size_t n) {
      if (memory && n > 0)
         std::memcpy(memory + at, from, n * sizeof(*from));
   };
   NetworkPlan plan{};
   take(sizeof(plan));
   plan.fNInputs = network.fNInputs;
   plan.fNFlagged = network.fNFlagged;
   plan.fNLayers = network.fNLayers;
   plan.fClip = network.fClip;
   plan.fWidth = Padded(network.fNInputs + network.fNFlagged);
   plan.fLayers = take(network.fNLayers * sizeof(PlannedLayer));
   plan.fCentre = take(network.fNInputs * sizeof(double));
   plan.fScale = take(network.fNInputs * sizeof(double));
   plan.fFlagged = take(network.fNFlagged * sizeof(std::uint32_t));
   fill(plan.fCentre, network.fCentre, network.fNInputs);
   fill(plan.fScale, network.fScale, network.fNInputs);
   fill(plan.fFlagged, network.fFlagged, network.fNFlagged);
   for (std::size_t l = 0; l < network.fNLayers; ++l) {
      const auto &layer = network.fLayers[l];
      const std::size_t padded = Padded(layer.fNOut);
      plan.fWidth = std::max(plan.fWidth, padded);
      PlannedLayer planned{layer.fNIn, layer.fNOut, 0, 0, layer.fSlope, layer.fActivation};
      planned.fWeights = take(padded * layer.fNIn * sizeof(Real));
      planned.fBias = take(padded * sizeof(Real));
      fill(plan.fLayers + l * sizeof(planned), &planned, 1);
      if (!memory)
         continue;
      auto *weights = reinterpret_cast<Real *>(memory + planned.fWeights);
      auto *bias = reinterpret_cast<Real *>(memory + planned.fBias);
      std::fill_n(weights, padded * layer.fNIn, Real(0));
      std::fill_n(bias, padded, Real(0));
      for (std::size_t out = 0; out < layer.fNOut; ++out) {
         bias[out] = static_cast<Real>(layer.fBias[out]);
         Real *to = weights + out / kPanel * kPanel * layer.fNIn + out % kPanel;
         for (std::size_t in = 0; in < layer.fNIn; ++in)
            to[in * kPanel] = static_cast<Real>(layer.fWeight[out * layer.fNIn + in]);
      }
   }
   fill(0, &plan, 1);
   return end;
}

} // namespace

using GradCut::Internal::CurrentNetworkKernels;

size_t GradCutNetworkPlanBytesF32(const GradCutNetwork *network)
{
   return WritePlan<float>(*network, nullptr);
}

size_t GradCutNetworkPlanBytesF64(const GradCutNetwork *network)
{
   return WritePlan<double>(*network, nullptr);
}

void GradCutNetworkPlanF32(const GradCutNetwork *network, void *plan)
{
   WritePlan<float>(*network, static_cast<unsigned char *>(plan));
}

void GradCutNetworkPlanF64(const GradCutNetwork *network, void *plan)
{
   WritePlan<double>(*network, static_cast<unsigned char *>(plan));
}

size_t GradCutNetworkWorkspaceF32(const void *plan, size_t nEvents)
{
   return WorkspaceBytes(*static_cast<const NetworkPlan *>(plan), nEvents, sizeof(float));
}

size_t GradCutNetworkWorkspaceF64(const void *plan, size_t nEvents)
{
   return WorkspaceBytes(*static_cast<const NetworkPlan *>(plan), nEvents, sizeof(double));
}

void GradCutNetworkOutputsF32(const void *plan, size_t nEvents, const double *const *columns, void *workspace,
                              double *outputs)
{
   CurrentNetworkKernels().fF32(plan, nEvents, columns, workspace, outputs);
}

void GradCutNetworkOutputsF64(const void *plan, size_t nEvents, const double *const *columns, void *workspace,
                              double *outputs)
{
   CurrentNetworkKernels().fF64(plan, nEvents, columns, workspace, outputs);
}
