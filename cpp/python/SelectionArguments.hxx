/// \file SelectionArguments.hxx
/// \brief Cuts and points as Python gives them, checked.
#ifndef GRADCUT_PYTHON_SELECTIONARGUMENTS_HXX
#define GRADCUT_PYTHON_SELECTIONARGUMENTS_HXX

#include "Module.hxx"

#include <gradcut/kernels/Selection.h>

#include <cstdint>
#include <stdexcept>

namespace GradCut {
namespace Python {

inline void Require(bool condition, const char *message)
{
   if (!condition)
      throw std::invalid_argument(message);
}

using Codes = Array<std::uint8_t, 1>;
using Points = Array<double, 2>;

inline GradCutSelection MakeSelection(int step, const Codes &kinds, const Codes &flags, const Points &low,
                                      const Points &high, const Points &width)
{
   const std::size_t nCuts = kinds.shape(0), nPoints = low.shape(0);
   Require(step >= kGradCutHard && step <= kGradCutGaussian, "step is not one of 0 (hard), 1 (logistic), 2 (Gaussian)");
   Require(nCuts <= GRADCUT_MAX_CUTS, "more cuts than the kernels take at once (128)");
   Require(flags.shape(0) == nCuts, "flags and kinds differ in length");
   for (std::size_t k = 0; k < nCuts; ++k)
      Require(kinds(k) <= kGradCutVeto, "a kind is not one of 0 (above), 1 (below), 2 (window), 3 (veto)");
   for (const Points *p : {&low, &high, &width})
      Require(p->shape(0) == nPoints && p->shape(1) == nCuts, "low, high and width need the shape (points, cuts)");
   for (std::size_t i = 0; i < nPoints * nCuts; ++i)
      Require(step == kGradCutHard || width.data()[i] > 0., "a width is not positive");
   return {nCuts,       nPoints,     static_cast<GradCutStep>(step), kinds.data(), flags.data(), low.data(),
           high.data(), width.data()};
}

inline GradCutDerivatives Derivatives(int derivatives)
{
   Require(derivatives >= kGradCutValues && derivatives <= kGradCutAll,
           "derivatives is not one of 0 (none), 1 (thresholds), 2 (thresholds and widths)");
   return static_cast<GradCutDerivatives>(derivatives);
}

} // namespace Python
} // namespace GradCut

#endif
