/// \file Fitter.hxx
/// \brief Fits of one model to the best of its minima.
#ifndef GRADCUT_KERNELS_FITTER_HXX
#define GRADCUT_KERNELS_FITTER_HXX

#include "Evaluator.hxx"
#include "LikelihoodReverse.hxx"
#include "Minimiser.hxx"
#include "OtherMinima.hxx"

#include <cstddef>
#include <vector>

namespace GradCut {

class Fitter {
public:
   explicit Fitter(const GradCutLikelihood &model);

   /// Other numbers. \return whether they are in the domain
   bool Bind(const double *inputs, const double *data);
   void SetBox(const double *lower, const double *upper, const uint8_t *fixed);
   Evaluator &Likelihood() { return fEvaluator; }

   /// Fit from `point.fTheta`.
   void Run(FitPoint &point);
   /// A fit that is known to have its minimum at `point.fTheta`: calculates what belongs to it.
   void Confirm(FitPoint &point);

private:
   Evaluator fEvaluator;
   Minimiser fMinimiser;
   OtherMinima fOthers;

   bool Better(FitPoint &best, std::vector<double> start, std::size_t watched);
};

/// \brief The implicit step: what a cotangent of the fitted parameters is in inputs and data.
///
/// With `z = -H^-1 c` on the free parameters it is `d(z . dL/dtheta)`.
/// \param[in,out] dInputs,dData added to
/// \return false where the Hessian of the free parameters is not positive definite
bool PullThroughFit(Reverse<Dual> &dual, const FitPoint &point, const double *inputs, const double *data,
                    const std::vector<double> &cotangent, double factor, std::vector<double> &dInputs,
                    std::vector<double> &dData);

} // namespace GradCut

#endif
