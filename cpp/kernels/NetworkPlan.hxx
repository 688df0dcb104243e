/// \file NetworkPlan.hxx
/// \brief A network as its kernels read it: one piece of memory without pointers.
///
/// Weights stand in panels of kPanel outputs, `[panel][input][output of the panel]`, so that outputs are lanes, both
/// for one event and for many. Outputs are filled up to whole panels with zeros, for every instruction set alike.
#ifndef GRADCUT_KERNELS_NETWORKPLAN_HXX
#define GRADCUT_KERNELS_NETWORKPLAN_HXX

#include <gradcut/kernels/Network.h>

#include <cstddef>
#include <cstdint>

namespace { // sources of several instruction sets include this: none may get the code of another

constexpr std::size_t kPanel = 16;
constexpr std::size_t kPlanAlignment = 64;
/// Events that go through all layers together: their activations and two panels stay in the first cache.
constexpr std::size_t kNetworkBlock = 48;

constexpr std::size_t Aligned(std::size_t bytes)
{
   return (bytes + kPlanAlignment - 1) / kPlanAlignment * kPlanAlignment;
}

constexpr std::size_t Padded(std::size_t n)
{
   return (n + kPanel - 1) / kPanel * kPanel;
}

struct PlannedLayer {
   std::size_t fNIn, fNOut;
   std::size_t fWeights, fBias; ///< bytes from the beginning of the plan
   double fSlope;
   GradCutActivation fActivation;
};

/// The beginning of a plan; layers, centres, scales, flags, weights and biases follow.
struct NetworkPlan {
   std::size_t fNInputs, fNFlagged, fNLayers;
   std::size_t fWidth; ///< of the widest layer, padded
   double fClip;
   std::size_t fLayers, fCentre, fScale, fFlagged; ///< bytes from the beginning

   template <class T>
   const T *At(std::size_t offset) const
   {
      return reinterpret_cast<const T *>(reinterpret_cast<const unsigned char *>(this) + offset);
   }
   const PlannedLayer &Layer(std::size_t number) const { return At<PlannedLayer>(fLayers)[number]; }
};

/// Working memory of one block: two times the activations `[event][width]`.
inline std::size_t WorkspaceBytes(const NetworkPlan &plan, std::size_t nEvents, std::size_t size)
{
   return 2 * Aligned((nEvents < kNetworkBlock ? nEvents : kNetworkBlock) * plan.fWidth * size);
}

} // namespace

#endif
