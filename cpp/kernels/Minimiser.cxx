#include "Minimiser.hxx"

#include <algorithm>
#include <cmath>
#include <limits>

namespace GradCut {
namespace {

constexpr int kMaxSteps = 300;
/// Gains in `-log L` that are rounding: steps that promise less are taken without looking at the value.
constexpr double kNoise = 1e-12;
/// Gains at which a fit ends. Newton's steps square what is left, so this is reached one step after `kNoise`.
constexpr double kDone = 1e-24;
constexpr double kRunaway = 1e15;

} // namespace

Minimiser::Minimiser(Evaluator &evaluator)
   : fEvaluator(evaluator), fN(evaluator.Model().fNParameters), fStep(fN), fScale(fN), fTrial(fN), fWork(fN), fState(fN)
{
   fFree.reserve(fN);
}

void Minimiser::SetBox(const double *lower, const double *upper, const uint8_t *fixed)
{
   fLower.assign(lower, lower + fN);
   fUpper.assign(upper, upper + fN);
   fFixed.assign(fixed, fixed + fN);
}

void Minimiser::Evaluate(FitPoint &point)
{
   point.fGradient.resize(fN);
   point.fHessian.resize(fN * fN);
   if (!fHasValue)
      point.fValue = fEvaluator.ValueBeforeDerivatives(point.fTheta.data());
   fHasValue = false;
   fEvaluator.DerivativesAfterValue(point.fTheta.data(), point.fGradient.data(), point.fHessian.data());
   ++point.fIterations;
}

/// Choose a side of every kink: where the start is, or to where it goes down from there.
void Minimiser::CutAtKinks(const FitPoint &point)
{
   const auto &kinks = fEvaluator.Model().fHasKink;
   fLow = fLower;
   fHigh = fUpper;
   for (std::size_t p = 0; p < fN; ++p) {
      auto &side = fEvaluator.fSides[p];
      side = 1;
      if (!kinks[p] || fFixed[p])
         continue;
      side = point.fTheta[p] < 0. ? -1 : 1;
      (side > 0 ? fLow[p] : fHigh[p]) = 0.;
   }
}

/// Parameters that sit in a kink go to its other side where that is down. \return whether any does
bool Minimiser::CrossKinks(FitPoint &point)
{
   const auto &kinks = fEvaluator.Model().fHasKink;
   bool crossed = false, tried = false;
   for (std::size_t p = 0; p < fN; ++p) {
      auto &side = fEvaluator.fSides[p];
      if (!kinks[p] || fFixed[p] || point.fTheta[p] != 0. || (side > 0 ? fLower[p] : -fUpper[p]) >= 0.)
         continue;
      side = static_cast<signed char>(-side);
      tried = true;
      Evaluate(point);
      if (point.fGradient[p] * side < -1e-9 * std::sqrt(1. + std::fabs(point.fHessian[p * fN + p]))) {
         fLow[p] = side > 0 ? 0. : fLower[p];
         fHigh[p] = side > 0 ? fUpper[p] : 0.;
         crossed = true;
      } else {
         side = static_cast<signed char>(-side);
      }
   }
   if (tried && !crossed)
      Evaluate(point);
   return crossed;
}

/// Minimise the quadratic model inside the box, from the present working set: `fStep` and `fState`.
/// \return false where it is not positive definite
bool Minimiser::Solve(const FitPoint &point, double shift)
{
   const auto &g = point.fGradient;
   const auto &h = point.fHessian;
   std::fill(fStep.begin(), fStep.end(), 0.);
   fBlocked = false;
   for (std::size_t p = 0; p < fN; ++p) {
      const bool dead = g[p] == 0. && h[p * fN + p] == 0.;
      fState[p] = 0;
      if (fFixed[p] || dead || fLow[p] == fHigh[p])
         fState[p] = 2;
      else if (point.fTheta[p] <= fLow[p] && g[p] >= 0.)
         fState[p] = -1;
      else if (point.fTheta[p] >= fHigh[p] && g[p] <= 0.)
         fState[p] = 1;
   }
   for (std::size_t round = 0; round < 4 * fN + 8; ++round) {
      fFree.clear();
      std::size_t nAlone = 0;
      const auto &model = fEvaluator.Model();
      for (std::size_t i = 0; i < fN; ++i) {
         if (fState[model.fOrder[i]] != 0)
            continue;
         fFree.push_back(model.fOrder[i]);
         nAlone += i < model.fNAlone;
      }
      if (!fCholesky.Decompose(h.data(), fN, fFree, fScale.data(), shift, nAlone))
         return false;
      // Slope of the model at the present step.
      for (std::size_t p = 0; p < fN; ++p) {
         double sum = g[p] + shift * fScale[p] * fStep[p];
         for (std::size_t q = 0; round > 0 && q < fN; ++q)
            sum += h[p * fN + q] * fStep[q];
         fWork[p] = sum;
      }
      fTrial.resize(fFree.size());
      for (std::size_t i = 0; i < fFree.size(); ++i)
         fTrial[i] = -fWork[fFree[i]];
      fCholesky.Solve(fTrial.data());
      // Go until the first bound.
      double length = 1.;
      std::size_t blocking = fN;
      for (std::size_t i = 0; i < fFree.size(); ++i) {
         const std::size_t p = fFree[i];
         const double room = (fTrial[i] < 0. ? fLow[p] : fHigh[p]) - point.fTheta[p] - fStep[p];
         if (std::fabs(fTrial[i]) > std::fabs(room) && room / fTrial[i] < length) {
            length = std::max(0., room / fTrial[i]);
            blocking = i;
         }
      }
      for (std::size_t i = 0; i < fFree.size(); ++i)
         fStep[fFree[i]] += length * fTrial[i];
      if (blocking < fN) {
         fBlocked = true;
         const std::size_t p = fFree[blocking];
         fState[p] = fTrial[blocking] < 0. ? -1 : 1;
         fStep[p] = (fState[p] < 0 ? fLow[p] : fHigh[p]) - point.fTheta[p];
         continue;
      }
      // Let go of the bound that holds back most.
      std::size_t worst = fN;
      double most = 0.;
      for (std::size_t p = 0; p < fN; ++p) {
         if (fState[p] != -1 && fState[p] != 1)
            continue;
         double slope = g[p] + shift * fScale[p] * fStep[p];
         for (std::size_t q = 0; q < fN; ++q)
            slope += h[p * fN + q] * fStep[q];
         const double pull = slope * fState[p] / std::sqrt(fScale[p]);
         if (pull > most + 1e-12) {
            most = pull;
            worst = p;
         }
      }
      if (worst == fN)
         return true;
      fState[worst] = 0;
   }
   return true;
}

/// Gain that the quadratic model promises for the present step.
double Minimiser::Predicted(const FitPoint &point, double shift) const
{
   double sum = 0.;
   if (!fBlocked) { // the matrix times the step is the negative gradient then
      for (const auto p : fFree)
         sum -= 0.5 * fStep[p] * point.fGradient[p];
      return sum;
   }
   for (std::size_t p = 0; p < fN; ++p) {
      if (fStep[p] == 0.)
         continue;
      double row = 0.;
      for (std::size_t q = 0; q < fN; ++q)
         row += point.fHessian[p * fN + q] * fStep[q];
      sum -= fStep[p] * (point.fGradient[p] + 0.5 * (row + shift * fScale[p] * fStep[p]));
   }
   return sum;
}

/// Solve, raising the diagonal as much as is needed. \return the promised gain
double Minimiser::Shift(const FitPoint &point, double &shift)
{
   for (std::size_t p = 0; p < fN; ++p) {
      double size = std::fabs(point.fHessian[p * fN + p]);
      if (size == 0.) { // a rate that is linear: any scale of its row will do
         for (std::size_t q = 0; q < fN; ++q)
            size = std::max(size, std::fabs(point.fHessian[p * fN + q]));
         size = std::max(size, std::fabs(point.fGradient[p]));
      }
      fScale[p] = std::max(size, std::numeric_limits<double>::min());
   }
   for (shift = 0.; shift < 1e10; shift = shift == 0. ? 1e-6 : 8. * shift) {
      if (Solve(point, shift))
         return Predicted(point, shift);
   }
   return std::numeric_limits<double>::quiet_NaN();
}

/// Go along the step as far as the value falls. \return false where it does not
bool Minimiser::Search(FitPoint &point, double predicted)
{
   double slope = 0.;
   for (std::size_t p = 0; p < fN; ++p)
      slope += fStep[p] * point.fGradient[p];
   const bool blind = predicted < kNoise * (1. + std::fabs(point.fValue));
   fTrial.resize(fN);
   double length = 1.;
   for (int trial = 0; trial < 60; ++trial) {
      for (std::size_t p = 0; p < fN; ++p) {
         const double x = point.fTheta[p] + length * fStep[p];
         // Bounds are met exactly.
         const bool low = length == 1. && fState[p] == -1, high = length == 1. && fState[p] == 1;
         fTrial[p] = fState[p] == 2 ? point.fTheta[p]
                     : low          ? fLow[p]
                     : high         ? fHigh[p]
                                    : std::min(fHigh[p], std::max(fLow[p], x));
      }
      // Full steps mostly are good, and derivatives are asked for next.
      const double value = blind        ? point.fValue
                           : trial == 0 ? fEvaluator.ValueBeforeDerivatives(fTrial.data())
                                        : fEvaluator.Value(fTrial.data());
      if (value <= point.fValue + 1e-4 * length * slope || blind) {
         point.fTheta.swap(fTrial);
         point.fValue = value;
         fHasValue = !blind && trial == 0;
         return true;
      }
      // The parabola through both values and the slope.
      const double rise = value - point.fValue - length * slope;
      const double guess = std::isfinite(rise) && rise > 0. ? -0.5 * slope * length * length / rise : 0.;
      length = std::min(0.5 * length, std::max(0.1 * length, guess));
   }
   return false;
}

/// At a stationary point whose Hessian is not positive definite: go down along the most negative curvature, to the
/// better side; the other one is kept in `fOther`. \return whether there is such a direction
bool Minimiser::LeaveSaddle(FitPoint &point)
{
   const std::size_t n = fFree.size();
   std::vector<double> matrix(n * n), values, vectors;
   for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j)
         matrix[i * n + j] = point.fHessian[fFree[i] * fN + fFree[j]] / std::sqrt(fScale[fFree[i]] * fScale[fFree[j]]);
   }
   SymmetricEigen(matrix, n, values, vectors);
   const auto lowest = std::min_element(values.begin(), values.end());
   if (n == 0 || !(*lowest < -1e-9)) {
      point.fStatus = kGradCutFlat;
      return false;
   }
   const double *direction = &vectors[static_cast<std::size_t>(lowest - values.begin()) * n];
   std::vector<double> best[2];
   double lower[2] = {point.fValue, point.fValue};
   for (int side = 0; side < 2; ++side) {
      for (double length = 4.; length > 1e-4; length *= 0.5) {
         std::vector<double> moved = point.fTheta;
         for (std::size_t i = 0; i < n; ++i) {
            const std::size_t p = fFree[i];
            const double x = moved[p] + (side ? -length : length) * direction[i] / std::sqrt(fScale[p]);
            moved[p] = std::min(fHigh[p], std::max(fLow[p], x));
         }
         const double value = fEvaluator.Value(moved.data());
         if (value < lower[side]) {
            lower[side] = value;
            best[side] = moved;
         }
      }
   }
   const int first = lower[1] < lower[0];
   if (best[first].empty()) {
      point.fStatus = kGradCutSaddle;
      return false;
   }
   point.fTheta = best[first];
   point.fFlags |= kGradCutLeftSaddle;
   if (!best[1 - first].empty())
      fOther = best[1 - first];
   return true;
}

/// Newton's method; kinks are walls.
void Minimiser::Descend(FitPoint &point)
{
   point.fStatus = kGradCutNotConverged;
   fHasValue = false;
   double before = std::numeric_limits<double>::infinity();
   for (int step = 0; step < kMaxSteps; ++step) {
      Evaluate(point);
      if (!std::isfinite(point.fValue))
         return;
      double shift = 0.;
      const double predicted = Shift(point, shift);
      if (!(predicted >= -kNoise))
         return;
      const double noise = kNoise * (1. + std::fabs(point.fValue));
      if (predicted < kDone || (predicted < noise && predicted > 0.1 * before)) {
         if (shift == 0.) {
            point.fStatus = kGradCutConverged;
            return;
         }
         if (!LeaveSaddle(point))
            return;
         before = std::numeric_limits<double>::infinity();
         continue;
      }
      before = predicted < noise ? predicted : before;
      if (!Search(point, predicted) || IsBack(point))
         return;
      const auto runs = [](double x) { return std::fabs(x) > kRunaway; };
      if (std::any_of(point.fTheta.begin(), point.fTheta.end(), runs)) {
         point.fStatus = kGradCutUnbounded;
         return;
      }
   }
}

/// Whether a second start goes where the first one went.
bool Minimiser::IsBack(const FitPoint &point) const
{
   if (!fKnown)
      return false;
   const double here = point.fTheta[fWatched], there = fKnown->fTheta[fWatched];
   // The other side of a kink may have its own minimum, as close as one likes.
   if (fEvaluator.Model().fHasKink[fWatched] && (fEvaluator.fSides[fWatched] < 0) != (there < 0.))
      return false;
   return std::fabs(here - there) < 0.1 * fAway;
}

/// From a start where data meet no rate: to where the rates are of the size of the data, if there are such parameters.
void Minimiser::MakePossible(FitPoint &point)
{
   fEvaluator.Value(point.fTheta.data());
   if (fEvaluator.NFloored() == 0)
      return;
   fEvaluator.fFloor = 1e-2;
   Descend(point);
   fEvaluator.fFloor = kRateFloor;
}

void Minimiser::Finish(FitPoint &point) const
{
   point.fActive.assign(fN, 0);
   for (std::size_t p = 0; p < fN; ++p) {
      point.fActive[p] = fState[p] != 0;
      if (fState[p] == 2 && !fFixed[p] && fLow[p] < fHigh[p] && point.fStatus == kGradCutConverged)
         point.fStatus = kGradCutFlat;
      if (fState[p] != -1 && fState[p] != 1)
         continue;
      const double end = fState[p] < 0 ? fLower[p] : fUpper[p];
      point.fFlags |= point.fTheta[p] == end ? kGradCutAtBound : kGradCutAtKink;
   }
   if (fEvaluator.NFloored() > 0)
      point.fStatus = kGradCutImpossible;
   if (fEvaluator.NNegative() > 0)
      point.fFlags |= kGradCutNegativeRate;
}

void Minimiser::Run(FitPoint &point, const FitPoint *known, std::size_t watched)
{
   fKnown = known;
   fWatched = watched;
   fAway = known ? std::fabs(point.fTheta[watched] - known->fTheta[watched]) : 0.;
   for (std::size_t p = 0; p < fN; ++p) {
      if (!fFixed[p])
         point.fTheta[p] = std::min(fUpper[p], std::max(fLower[p], point.fTheta[p]));
   }
   fOther.clear();
   CutAtKinks(point);
   MakePossible(point);
   for (std::size_t turn = 0; turn < 2 * fN + 4; ++turn) {
      Descend(point);
      if (!point.Ended() || !CrossKinks(point))
         break;
      point.fStatus = kGradCutNotConverged;
   }
   Finish(point);
}

} // namespace GradCut
