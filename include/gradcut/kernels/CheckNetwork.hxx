/// \file CheckNetwork.hxx
/// \brief Whether a network makes sense, for all who make some: the kernels trust what they are given.
#ifndef GRADCUT_KERNELS_CHECKNETWORK_HXX
#define GRADCUT_KERNELS_CHECKNETWORK_HXX

#include <gradcut/kernels/Network.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <stdexcept>

namespace GradCut {

/// \brief Check a network.
/// \throws std::invalid_argument saying what is wrong
inline void CheckNetwork(const GradCutNetwork &network)
{
   const auto require = [](bool condition, const char *message) {
      if (!condition)
         throw std::invalid_argument(message);
   };
   const auto areFinite = [](const double *first, std::size_t n) {
      return std::all_of(first, first + n, [](double x) { return std::isfinite(x); });
   };
   const auto isWidth = [](std::size_t n) { return n >= 1 && n <= GRADCUT_MAX_NETWORK_WIDTH; };
   require(isWidth(network.fNInputs), "there are 1 to 4096 inputs");
   require(areFinite(network.fCentre, network.fNInputs) && areFinite(network.fScale, network.fNInputs),
           "a centre or a scale is not finite");
   require(*std::min_element(network.fScale, network.fScale + network.fNInputs) > 0., "a scale is not positive");
   require(network.fClip > 0., "the clip is not positive");
   require(network.fNFlagged <= network.fNInputs, "there are more flags than inputs");
   for (std::size_t f = 0; f < network.fNFlagged; ++f) {
      require(network.fFlagged[f] < network.fNInputs, "a flag is of no input");
      for (std::size_t before = 0; before < f; ++before)
         require(network.fFlagged[before] != network.fFlagged[f], "an input is flagged twice");
   }
   require(network.fNLayers >= 1 && network.fNLayers <= GRADCUT_MAX_NETWORK_LAYERS, "there are 1 to 64 layers");
   std::size_t n = network.fNInputs + network.fNFlagged;
   for (std::size_t l = 0; l < network.fNLayers; ++l) {
      const auto &layer = network.fLayers[l];
      require(isWidth(layer.fNIn) && isWidth(layer.fNOut), "a layer has 1 to 4096 inputs and outputs");
      require(layer.fNIn == n, "a layer has another number of inputs than there are");
      require(layer.fActivation >= kGradCutLinear && layer.fActivation <= kGradCutSoftmaxOutputs,
              "an activation is not one of 0 to 10");
      require(layer.fActivation != kGradCutSoftmaxOutputs || l + 1 == network.fNLayers,
              "a softmax stands in the last layer only");
      require(std::isfinite(layer.fSlope) && areFinite(layer.fBias, layer.fNOut) &&
                 areFinite(layer.fWeight, layer.fNOut * layer.fNIn),
              "a number of a layer is not finite");
      n = layer.fNOut;
   }
}

} // namespace GradCut

#endif
