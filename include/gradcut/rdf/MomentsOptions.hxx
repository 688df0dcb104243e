/// \file MomentsOptions.hxx
/// \brief Settings of the actions for soft yields and bins.
#ifndef GRADCUT_RDF_MOMENTSOPTIONS_HXX
#define GRADCUT_RDF_MOMENTSOPTIONS_HXX

#include <gradcut/kernels/Selection.h>

#include <cstddef>
#include <string>
#include <vector>

namespace GradCut {

/// Largest number of features in one action.
constexpr std::size_t kMaxFeatures = 40;

/// Arithmetic of the kernels.
enum class EPrecision {
   kSingle, ///< fast; a relative error of some 1e-6 in the yields
   kDouble  ///< the reference
};

/// Settings of BookSoftMoments.
struct SoftMomentsOptions {
   EPrecision fPrecision = EPrecision::kSingle;
   GradCutDerivatives fDerivatives = kGradCutThresholds;
   /// \brief Per cut, subtracted from the feature in double before it is cast to float (and from the thresholds, which
   /// are given unshifted); empty for none. Not applied to columns that are float already, nor in double precision.
   std::vector<double> fOffsets;
   /// What messages call the columns of objects; empty for their names.
   std::vector<std::string> fLabels;
};

} // namespace GradCut

#endif
