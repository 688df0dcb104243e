#include "Tester.hxx"

#include <algorithm>
#include <cmath>
#include <utility>

namespace GradCut {

Tester::Tester(const GradCutTest &test)
   : fTest(test), fModel(*test.fFit.fModel), fPoi(test.fPoi), fFitter(fModel), fReverse(fModel), fDual(fModel),
     fFixedPoi(test.fFit.fFixed, test.fFit.fFixed + fModel.fNParameters), fData(fModel.NData()),
     fAsimov(fModel.NData()), fClipped(fModel.NData())
{
   fFixedPoi[fPoi] = 1;
}

bool Tester::Use(const std::vector<double> &data)
{
   if (fFitter.Likelihood().BindData(data.data()))
      return true;
   fStatus = kGradCutInvalid;
   return false;
}

/// Fit from a start, with the tested parameter at `mu` or, for NULL, free. \return whether it ended
bool Tester::Fit(FitPoint &point, std::vector<double> start, const double *mu)
{
   point = FitPoint();
   point.fTheta = std::move(start);
   if (mu)
      point.fTheta[fPoi] = *mu;
   fFitter.SetBox(fTest.fFit.fLower, fTest.fFit.fUpper, mu ? fFixedPoi.data() : fTest.fFit.fFixed);
   fFitter.Run(point);
   fFlags |= point.fFlags;
   fStatus = std::max(fStatus, point.fStatus);
   return point.Ended();
}

bool Tester::Bind(std::size_t model)
{
   const auto &fit = fTest.fFit;
   const std::size_t n = fModel.fNParameters;
   fStatus = kGradCutConverged;
   fFlags = 0;
   fInputs = fit.fInputs.fData + model * fit.fInputs.fStride;
   fStart = fit.fStart.fData + model * fit.fStart.fStride;
   const std::vector<double> start(fStart, fStart + n);
   const double mu = AsimovMu();
   bool good = std::all_of(start.begin(), start.end(), [](double x) { return std::isfinite(x); });
   for (std::size_t p = 0; p < n; ++p)
      good = good && fit.fLower[p] <= fit.fUpper[p];
   fSameData = fTest.fExpected;
   fAtMu = fAtMuAsimov = FitPoint(); // models do not know each other
   fNull = FitPoint();
   fNull.fTheta = start;
   fNull.fTheta[fPoi] = mu;
   if (!fSameData) {
      const double *data = fit.fData.fData + model * fit.fData.fStride;
      fData.assign(data, data + fModel.NData());
   } else {
      std::fill(fData.begin(), fData.end(), 0.);
   }
   if (!good || !fFitter.Bind(fInputs, fData.data())) {
      fStatus = kGradCutInvalid;
      return false;
   }
   if (!fSameData && !Fit(fNull, start, &mu))
      return false;
   MakeAsimov();
   return Use(fAsimov) && (FreeOfAsimov(), fFreeAsimov.Ended());
}

void Tester::MakeAsimov()
{
   fReverse.fTheta = fNull.fTheta;
   fReverse.Expect(fInputs);
   for (std::size_t i = 0; i < fAsimov.size(); ++i) {
      const bool mayBeNegative = i >= fModel.fNBins && !fModel.fConstraints[i - fModel.fNBins].fIsPoisson;
      fClipped[i] = fReverse.fExpected[i] < 0. && !mayBeNegative;
      fAsimov[i] = fClipped[i] ? 0. : fReverse.fExpected[i];
      if (fClipped[i])
         fFlags |= kGradCutNegativeRate;
   }
   if (fSameData)
      fData = fAsimov;
}

/// The best fit of Asimov data is where they were made, every term by itself: no fit is needed, unless bounds or what
/// was set to zero are in the way.
void Tester::FreeOfAsimov()
{
   const auto &fit = fTest.fFit;
   const double mu = AsimovMu();
   const bool known = std::find(fClipped.begin(), fClipped.end(), true) == fClipped.end() &&
                      (fit.fFixed[fPoi] ? fStart[fPoi] == mu : fit.fLower[fPoi] <= mu && mu <= fit.fUpper[fPoi]);
   if (!known) {
      Fit(fFreeAsimov, fNull.fTheta, nullptr);
      return;
   }
   fFreeAsimov = FitPoint();
   fFreeAsimov.fTheta = fNull.fTheta;
   fFreeAsimov.fStatus = kGradCutConverged;
}

bool Tester::FitFree()
{
   if (fSameData) {
      fFree = fFreeAsimov;
      return fFree.Ended();
   }
   return Use(fData) && Fit(fFree, std::vector<double>(fStart, fStart + fModel.fNParameters), nullptr);
}

double Tester::Statistic(const FitPoint &free, const FitPoint &atMu, double mu, double &slope) const
{
   const double muHat = free.fTheta[fPoi];
   const double q = 2. * (atMu.fValue - free.fValue);
   slope = 2. * atMu.fGradient[fPoi];
   const bool isZero = fTest.fStatistic == kGradCutQ0    ? muHat < 0.
                       : fTest.fStatistic == kGradCutTMu ? false
                                                         : muHat > mu;
   if (isZero || !(q > 0.)) {
      slope = 0.;
      return 0.;
   }
   return q;
}

bool Tester::TestData(double mu)
{
   if (fSameData) {
      const bool good = TestAsimov(mu);
      fQ = fQAsimov;
      fDQ = fDQAsimov;
      return good;
   }
   if (!Use(fData))
      return false;
   if (!Fit(fAtMu, fAtMu.fTheta.empty() ? fFree.fTheta : fAtMu.fTheta, &mu))
      return false;
   const bool inside = fTest.fFit.fLower[fPoi] <= mu && mu <= fTest.fFit.fUpper[fPoi];
   if (inside && !fTest.fFit.fFixed[fPoi] && fAtMu.fValue < fFree.fValue - 1e-9) {
      // There is a better minimum than the one that the free fit has found.
      if (!Fit(fFree, fAtMu.fTheta, nullptr))
         return false;
      fFlags |= kGradCutOtherMinimum;
   }
   fQ = Statistic(fFree, fAtMu, mu, fDQ);
   return true;
}

bool Tester::TestAsimov(double mu)
{
   if (!Use(fAsimov))
      return false;
   if (!Fit(fAtMuAsimov, fAtMuAsimov.fTheta.empty() ? fNull.fTheta : fAtMuAsimov.fTheta, &mu))
      return false;
   fQAsimov = Statistic(fFreeAsimov, fAtMuAsimov, mu, fDQAsimov);
   return true;
}

double Tester::Width() const
{
   const std::size_t n = fModel.fNParameters;
   Evaluator evaluator(fModel);
   if (!evaluator.Bind(fInputs, fAsimov.data()))
      return 1.;
   std::vector<double> gradient(n), hessian(n * n), x;
   evaluator.Derivatives(fNull.fTheta.data(), gradient.data(), hessian.data());
   std::vector<std::size_t> free;
   for (std::size_t p = 0; p < n; ++p) {
      if (p == fPoi || (!fTest.fFit.fFixed[p] && hessian[p * n + p] > 0.)) {
         free.push_back(p);
         x.push_back(p == fPoi ? 1. : 0.);
      }
   }
   const auto at = static_cast<std::size_t>(std::find(free.begin(), free.end(), fPoi) - free.begin());
   Cholesky cholesky;
   if (!cholesky.Decompose(hessian.data(), n, free, gradient.data(), 0.))
      return 1.;
   cholesky.Solve(x.data());
   return std::sqrt(x[at]);
}

/// Add `factor` times the gradient of `-log L` at a point in inputs and data.
void Tester::AddLikelihood(const FitPoint &point, const std::vector<double> &data, double factor,
                           std::vector<double> &dInputs, std::vector<double> &dData)
{
   fReverse.fTheta = point.fTheta;
   fReverse.Expect(fInputs);
   fReverse.PullLikelihood(data.data());
   for (std::size_t i = 0; i < dInputs.size(); ++i)
      dInputs[i] += factor * fReverse.fDInputs[i];
   for (std::size_t i = 0; i < dData.size(); ++i)
      dData[i] += factor * fReverse.fDData[i];
}

void Tester::Pull(double dQ, double dQAsimov, std::vector<double> &dInputs, std::vector<double> &dData)
{
   if (fSameData) {
      dQAsimov += dQ;
      dQ = 0.;
   }
   if (dQ != 0. && fQ > 0.) {
      // Envelope theorem: where fits end does not matter to first order.
      AddLikelihood(fAtMu, fData, 2. * dQ, dInputs, dData);
      AddLikelihood(fFree, fData, -2. * dQ, dInputs, dData);
   }
   if (dQAsimov == 0. || fQAsimov == 0.)
      return;
   std::vector<double> dAsimov(fAsimov.size(), 0.);
   AddLikelihood(fAtMuAsimov, fAsimov, 2. * dQAsimov, dInputs, dAsimov);
   AddLikelihood(fFreeAsimov, fAsimov, -2. * dQAsimov, dInputs, dAsimov);
   for (std::size_t i = 0; i < dAsimov.size(); ++i)
      dAsimov[i] = fClipped[i] ? 0. : dAsimov[i];
   fReverse.fTheta = fNull.fTheta;
   fReverse.Expect(fInputs);
   fReverse.PullExpected(dAsimov.data());
   for (std::size_t i = 0; i < dInputs.size(); ++i)
      dInputs[i] += fReverse.fDInputs[i];
   if (fSameData) // made at parameters that do not move
      return;
   if (!PullThroughFit(fDual, fNull, fInputs, fData.data(), fReverse.fDTheta, 1., dInputs, dData))
      fStatus = std::max(fStatus, kGradCutFlat);
}

} // namespace GradCut
