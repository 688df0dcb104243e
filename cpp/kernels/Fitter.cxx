#include "Fitter.hxx"

#include <algorithm>
#include <cmath>
#include <utility>

namespace GradCut {
namespace {

/// Another minimum is better if it is by this much.
constexpr double kBetter = 1e-9;
/// From where other minima are looked for.
constexpr double kStarts[] = {-1., 1., -2.5, 2.5};

} // namespace

Fitter::Fitter(const GradCutLikelihood &model) : fEvaluator(model), fMinimiser(fEvaluator), fOthers(fEvaluator) {}

bool Fitter::Bind(const double *inputs, const double *data)
{
   return fEvaluator.Bind(inputs, data);
}

void Fitter::SetBox(const double *lower, const double *upper, const uint8_t *fixed)
{
   fMinimiser.SetBox(lower, upper, fixed);
   fOthers.SetFixed(fixed);
}

/// Fit from elsewhere and keep what is better. \return whether that was
bool Fitter::Better(FitPoint &best, std::vector<double> start, std::size_t watched)
{
   FitPoint other;
   other.fTheta = std::move(start);
   const std::vector<signed char> sides = fEvaluator.fSides;
   fMinimiser.Run(other, best.Ended() && watched < other.fTheta.size() ? &best : nullptr, watched);
   best.fIterations += other.fIterations;
   if (!other.Ended() || (best.Ended() && !(other.fValue < best.fValue - kBetter))) {
      fEvaluator.fSides = sides;
      return false;
   }
   other.fIterations = best.fIterations;
   other.fFlags |= kGradCutOtherMinimum | (best.fFlags & kGradCutLeftSaddle);
   best = std::move(other);
   return true;
}

void Fitter::Run(FitPoint &point)
{
   const std::size_t n = point.fTheta.size();
   const auto &curved = fEvaluator.Model().fIsCurved;
   fMinimiser.Run(point);
   const std::vector<double> other = fMinimiser.OtherSide();
   if (!other.empty())
      Better(point, other, n);
   for (int round = 0; round < 4; ++round) {
      bool better = false;
      if (round > 0 || !other.empty())
         fEvaluator.Derivatives(point.fTheta.data(), point.fGradient.data(), nullptr);
      std::vector<std::size_t> suspects;
      for (std::size_t p = 0; p < n; ++p) {
         if (curved[p] && fMinimiser.IsFree(p) && fOthers.MayExist(point.fTheta.data(), p))
            suspects.push_back(p);
      }
      for (const auto p : suspects) {
         const double x = point.fTheta[p];
         for (const double start : kStarts) {
            // Where the fit is, or has come from.
            if (start * x > 0. && std::fabs(x) > 0.3 * std::fabs(start))
               continue;
            auto theta = point.fTheta;
            theta[p] = std::min(fMinimiser.Upper(p), std::max(fMinimiser.Lower(p), start));
            better = Better(point, std::move(theta), p) || better;
         }
      }
      if (!better)
         return;
   }
}

void Fitter::Confirm(FitPoint &point)
{
   fMinimiser.Run(point);
}

bool PullThroughFit(Reverse<Dual> &dual, const FitPoint &point, const double *inputs, const double *data,
                    const std::vector<double> &cotangent, double factor, std::vector<double> &dInputs,
                    std::vector<double> &dData)
{
   const std::size_t n = point.fTheta.size();
   std::vector<std::size_t> free;
   std::vector<double> z;
   bool nothing = true;
   for (std::size_t p = 0; p < n; ++p) {
      if (point.fActive[p])
         continue;
      free.push_back(p);
      z.push_back(-factor * cotangent[p]);
      nothing = nothing && z.back() == 0.;
   }
   if (nothing)
      return true;
   Cholesky cholesky;
   const std::vector<double> none(n, 0.);
   if (!cholesky.Decompose(point.fHessian.data(), n, free, none.data(), 0.)) {
      // Directions that change nothing have no share in a cotangent of what can be observed.
      std::vector<double> diagonal(n);
      for (std::size_t p = 0; p < n; ++p)
         diagonal[p] = point.fHessian[p * n + p];
      if (!cholesky.Decompose(point.fHessian.data(), n, free, diagonal.data(), 1e-10))
         return false;
   }
   cholesky.Solve(z.data());
   for (std::size_t p = 0; p < n; ++p)
      dual.fTheta[p] = Dual(point.fTheta[p]);
   for (std::size_t i = 0; i < free.size(); ++i)
      dual.fTheta[free[i]].fFirst = z[i];
   dual.Expect(inputs);
   dual.PullLikelihood(data);
   for (std::size_t i = 0; i < dInputs.size(); ++i)
      dInputs[i] += dual.fDInputs[i].fFirst;
   for (std::size_t i = 0; i < dData.size(); ++i)
      dData[i] += dual.fDData[i].fFirst;
   return true;
}

} // namespace GradCut
