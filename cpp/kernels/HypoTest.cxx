#include <gradcut/kernels/HypoTest.h>

#include "Tails.hxx"
#include "Tester.hxx"

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <vector>

namespace GradCut {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kNLimits = 6;

void CopyTo(double *to, const std::vector<double> &from, std::size_t row)
{
   if (to)
      std::copy(from.begin(), from.end(), to + row * from.size());
}

void TestAll(const GradCutTest &test, GradCutRows mus, double *outputs, double *muHat, int32_t *status, int32_t *flags,
             const GradCutTestGradient *gradient)
{
   const auto &model = *test.fFit.fModel;
   Tester tester(test);
   for (std::size_t i = 0; i < test.fFit.fNModels; ++i) {
      double *row = outputs + i * kGradCutTestOutputs;
      const double mu = test.fStatistic == kGradCutQ0 ? 0. : mus.fData[i * mus.fStride];
      std::vector<double> dInputs(model.fNInputs, 0.), dData(model.NData(), 0.);
      double dMu = 0.;
      const bool good =
         std::isfinite(mu) && tester.Bind(i) && tester.FitFree() && tester.TestAsimov(mu) && tester.TestData(mu);
      muHat[i] = good ? tester.MuHat() : kNaN;
      if (good) {
         const auto inQ = TailsAt(test.fStatistic, Dual(tester.fQ, 1.), Dual(tester.fQAsimov));
         const auto inQA = TailsAt(test.fStatistic, Dual(tester.fQ), Dual(tester.fQAsimov, 1.));
         double dQ = 0., dQA = 0.;
         for (std::size_t k = 0; k < kGradCutTestOutputs; ++k) {
            row[k] = inQ[k].fValue;
            const double c = gradient ? gradient->fCotangents.fData[i * gradient->fCotangents.fStride + k] : 0.;
            dQ += c != 0. ? c * inQ[k].fFirst : 0.;
            dQA += c != 0. ? c * inQA[k].fFirst : 0.;
         }
         if (gradient) {
            tester.Pull(dQ, dQA, dInputs, dData);
            dMu = test.fStatistic == kGradCutQ0 ? 0. : dQ * tester.fDQ + dQA * tester.fDQAsimov;
         }
      } else {
         std::fill(row, row + kGradCutTestOutputs, kNaN);
         std::fill(dInputs.begin(), dInputs.end(), kNaN);
         std::fill(dData.begin(), dData.end(), kNaN);
         dMu = kNaN;
      }
      status[i] = std::isfinite(mu) ? tester.Status() : kGradCutInvalid;
      flags[i] = tester.Flags();
      if (!gradient)
         continue;
      CopyTo(gradient->fDInputs, dInputs, i);
      CopyTo(gradient->fDData, dData, i);
      if (gradient->fDMu)
         gradient->fDMu[i] = dMu;
   }
}

/// A limit, with what its gradient needs: the derivatives of the number that is held at the level.
struct Limit {
   double fMu = kNaN, fDQ = 0., fDQAsimov = 0., fSlope = 0.;
};

/// The logarithm of a probability less that of the level, at some tested value.
bool Height(Tester &tester, GradCutTestStatistic statistic, std::size_t which, double logLevel, double mu,
            double &height, Limit &limit)
{
   const bool observed = which == kGradCutTestLogCLs;
   if (!tester.TestAsimov(mu) || (observed && !tester.TestData(mu)))
      return false;
   const auto tail = TailAt(statistic, which, tester.fQ, tester.fQAsimov);
   height = tail.fValue - logLevel;
   limit = {mu, tail.fDQ, tail.fDQAsimov, tail.fDQ * (observed ? tester.fDQ : 0.) + tail.fDQAsimov * tester.fDQAsimov};
   return true;
}

/// Newton's method between two values that enclose the root.
bool FindLimit(Tester &tester, GradCutTestStatistic statistic, std::size_t which, double logLevel, double start,
               double width, Limit &limit)
{
   double low = start, high = std::numeric_limits<double>::infinity(), height = 0.;
   double mu = start + 2. * width;
   for (int step = 0; step < 200; ++step) {
      if (!Height(tester, statistic, which, logLevel, mu, height, limit))
         return false;
      (height > 0. ? low : high) = mu;
      const double newton = mu - height / limit.fSlope;
      const bool usable = limit.fSlope < 0. && std::isfinite(newton);
      if (usable && std::fabs(newton - mu) <= 1e-13 * std::fabs(mu) + 1e-15 * width)
         return true;
      double next;
      if (std::isinf(high)) {
         const double most = low + 4. * std::max(width, low - start);
         next = usable && newton > low ? std::min(newton, most) : most;
         if (next - start > 1e9 * width)
            return false;
      } else {
         next = usable && newton > low && newton < high ? newton : 0.5 * (low + high);
      }
      if (next == mu || (std::isfinite(high) && high - low <= 2e-16 * std::fabs(high)))
         return true;
      mu = next;
   }
   return std::fabs(height) < 1e-9;
}

void LimitAll(const GradCutTest &test, double level, double *limits, int32_t *status, int32_t *flags,
              const GradCutTestGradient *gradient)
{
   const auto &model = *test.fFit.fModel;
   const double logLevel = std::log(level);
   Tester tester(test);
   for (std::size_t i = 0; i < test.fFit.fNModels; ++i) {
      double *row = limits + i * kNLimits;
      std::fill(row, row + kNLimits, kNaN);
      std::vector<double> dInputs(model.fNInputs, 0.), dData(model.NData(), 0.);
      const bool good = tester.Bind(i) && tester.FitFree();
      const double width = good ? tester.Width() : 1.;
      for (std::size_t k = 0; good && k < kNLimits; ++k) {
         Limit limit;
         const std::size_t which = k == 0 ? std::size_t(kGradCutTestLogCLs) : kGradCutTestLogBand + k - 1;
         const double start = k == 0 ? std::max(0., tester.MuHat()) : 0.;
         if (!FindLimit(tester, test.fStatistic, which, logLevel, start, width, limit))
            continue;
         row[k] = limit.fMu;
         const double c = gradient ? gradient->fCotangents.fData[i * gradient->fCotangents.fStride + k] : 0.;
         if (c == 0.)
            continue;
         const double factor = -c / limit.fSlope;
         tester.Pull(factor * limit.fDQ, factor * limit.fDQAsimov, dInputs, dData);
      }
      status[i] = tester.Status();
      flags[i] = tester.Flags();
      if (good && std::any_of(row, row + kNLimits, [](double x) { return std::isnan(x); }))
         flags[i] |= kGradCutNoLimit;
      if (gradient) {
         CopyTo(gradient->fDInputs, dInputs, i);
         CopyTo(gradient->fDData, dData, i);
      }
   }
}

} // namespace
} // namespace GradCut

bool GradCutHypoTest(const GradCutTest *test, GradCutRows mu, double *outputs, double *muHat, int32_t *status,
                     int32_t *flags, const GradCutTestGradient *gradient)
{
   try {
      GradCut::TestAll(*test, mu, outputs, muHat, status, flags, gradient);
      return true;
   } catch (const std::bad_alloc &) {
      return false;
   }
}

bool GradCutUpperLimit(const GradCutTest *test, double level, double *limits, int32_t *status, int32_t *flags,
                       const GradCutTestGradient *gradient)
{
   try {
      GradCut::LimitAll(*test, level, limits, status, flags, gradient);
      return true;
   } catch (const std::bad_alloc &) {
      return false;
   }
}
