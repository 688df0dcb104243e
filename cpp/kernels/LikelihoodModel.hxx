/// \file LikelihoodModel.hxx
/// \brief A likelihood as the kernels use it: modifiers sorted by sample, and which parameters move which bin.
#ifndef GRADCUT_KERNELS_LIKELIHOODMODEL_HXX
#define GRADCUT_KERNELS_LIKELIHOODMODEL_HXX

#include <gradcut/kernels/Likelihood.h>

#include <cstddef>
#include <vector>

namespace GradCut {

/// A modifier that multiplies all bins of a sample.
struct ScalarModifier {
   std::size_t fParameter, fInput;
   int fCode;            ///< of a normsys, or 0 for the parameter itself
   std::size_t fNormsys; ///< number among the normsys of the model
};

/// A modifier that adds bins.
struct ShapeModifier {
   std::size_t fParameter, fUp, fDown;
   int fCode;
   std::size_t fFirst; ///< where its bins start among those of all such modifiers
};

struct SampleOfModel {
   std::size_t fFirstBin, fNBins, fNominal;
   std::size_t fFirst; ///< where its bins start among those of all samples
   std::vector<ScalarModifier> fScalars;
   std::vector<ShapeModifier> fShapes;
   std::vector<std::size_t> fBinFactors; ///< first parameter of each
};

struct ConstraintOfModel {
   bool fIsPoisson;
   std::size_t fParameter, fInput;
};

} // namespace GradCut

/// The model behind the C interface.
struct GradCutLikelihood {
   std::size_t fNParameters = 0, fNBins = 0, fNInputs = 0;
   std::size_t fNSampleBins = 0, fNShapeBins = 0, fNNormsys = 0;
   std::vector<GradCut::SampleOfModel> fSamples;
   std::vector<GradCut::ConstraintOfModel> fConstraints;
   std::vector<std::vector<std::size_t>> fParametersOfBin; ///< sorted
   std::vector<std::size_t> fShared;                       ///< parameters that move more than one bin
   std::vector<std::vector<std::size_t>> fOwnOfBin;        ///< per bin: parameters that move no other
   /// All parameters, so that the decomposition of the Hessian is as sparse as it is: those that have a bin for
   /// themselves, which have zeros between each other, then others of single bins.
   std::vector<std::size_t> fOrder;
   std::size_t fNAlone = 0;                          ///< how many have a bin for themselves, or none
   std::vector<std::vector<std::size_t>> fSamplesOf; ///< per parameter: samples that it interpolates
   std::vector<bool> fHasKink;                       ///< per parameter: codes 0 and 1
   std::vector<bool> fIsCurved;                      ///< per parameter: any interpolation
   std::vector<int32_t> fSampleCodes, fModifierCodes, fConstraintCodes;
   GradCutLikelihoodPlan fPlan{};

   std::size_t NData() const { return fNBins + fConstraints.size(); }
};

#endif
