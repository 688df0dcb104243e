/// \file NetworkNumbers.hxx
/// \brief A trained network as plain numbers.
#ifndef GRADCUT_RDF_NETWORKNUMBERS_HXX
#define GRADCUT_RDF_NETWORKNUMBERS_HXX

#include <gradcut/kernels/Network.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace GradCut {

/// `y = activation(W x + b)`; see gradcut/kernels/Network.h.
struct DenseLayer {
   std::size_t fNIn = 0;
   std::vector<double> fWeights; ///< `[output][input]`
   std::vector<double> fBias;
   GradCutActivation fActivation = kGradCutLinear;
   double fSlope = 0.;
};

/// \brief Inputs, their scaling, and layers, as plain numbers; see gradcut/kernels/Network.h for formulas.
struct Network {
   std::vector<double> fCentre; ///< per input
   std::vector<double> fScale;
   double fClip = std::numeric_limits<double>::infinity();
   std::vector<std::uint32_t> fFlagged; ///< inputs whose missing values (NaN) are told to the network
   std::vector<DenseLayer> fLayers;

   std::size_t NInputs() const { return fCentre.size(); }
   std::size_t NOutputs() const { return fLayers.empty() ? 0 : fLayers.back().fBias.size(); }
   /// \brief Check that sizes and values make sense.
   /// \throws std::invalid_argument saying what is wrong
   void Validate() const;
};

} // namespace GradCut

#endif
