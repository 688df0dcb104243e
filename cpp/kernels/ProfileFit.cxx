#include <gradcut/kernels/ProfileFit.h>

#include "Fitter.hxx"
#include "HessianPull.hxx"

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <vector>

namespace GradCut {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

const double *RowOf(const GradCutRows &rows, std::size_t i)
{
   return rows.fData + i * rows.fStride;
}

bool BoxIsGood(const GradCutFitProblem &problem)
{
   for (std::size_t p = 0; p < problem.fModel->fNParameters; ++p) {
      if (!(problem.fLower[p] <= problem.fUpper[p]))
         return false;
   }
   return true;
}

void Store(const FitPoint &point, double constant, std::size_t i, const GradCutFitResults &results)
{
   const std::size_t n = point.fTheta.size();
   std::copy(point.fTheta.begin(), point.fTheta.end(), results.fTheta + i * n);
   std::copy(point.fActive.begin(), point.fActive.end(), results.fActive + i * n);
   if (results.fHessian)
      std::copy(point.fHessian.begin(), point.fHessian.end(), results.fHessian + i * n * n);
   results.fValue[i] = point.fValue + constant;
   results.fStatus[i] = point.fStatus;
   results.fFlags[i] = point.fFlags;
   results.fIterations[i] = point.fIterations;
}

FitPoint Nothing(std::size_t n)
{
   FitPoint point;
   point.fTheta.assign(n, kNaN);
   point.fActive.assign(n, 0);
   point.fHessian.assign(n * n, kNaN);
   point.fValue = kNaN;
   point.fStatus = kGradCutInvalid;
   return point;
}

void FitAll(const GradCutFitProblem &problem, const GradCutFitResults &results)
{
   const auto &model = *problem.fModel;
   const std::size_t n = model.fNParameters;
   Fitter fitter(model);
   const bool box = BoxIsGood(problem);
   fitter.SetBox(problem.fLower, problem.fUpper, problem.fFixed);
   for (std::size_t i = 0; i < problem.fNModels; ++i) {
      const double *start = RowOf(problem.fStart, i);
      const bool finite = std::all_of(start, start + n, [](double x) { return std::isfinite(x); });
      if (!box || !finite || !fitter.Bind(RowOf(problem.fInputs, i), RowOf(problem.fData, i))) {
         Store(Nothing(n), 0., i, results);
         continue;
      }
      FitPoint point;
      point.fTheta.assign(start, start + n);
      fitter.Run(point);
      Store(point, fitter.Likelihood().Constant(), i, results);
   }
}

void PullAll(const GradCutFitProblem &problem, const double *theta, const uint8_t *active, const double *cotangents,
             const double *matrices, double *dInputs, double *dData)
{
   const auto &model = *problem.fModel;
   const std::size_t n = model.fNParameters, nInputs = model.fNInputs, nData = model.NData();
   Evaluator evaluator(model);
   Reverse<Dual> dual(model);
   Reverse<Jet> jet(model);
   for (std::size_t i = 0; i < problem.fNModels; ++i) {
      const double *inputs = RowOf(problem.fInputs, i), *data = RowOf(problem.fData, i);
      std::vector<double> inInputs(nInputs, 0.), inData(nData, 0.),
         cotangent(cotangents + i * n, cotangents + (i + 1) * n);
      FitPoint point;
      point.fTheta.assign(theta + i * n, theta + (i + 1) * n);
      point.fActive.assign(active + i * n, active + (i + 1) * n);
      point.fGradient.resize(n);
      point.fHessian.resize(n * n);
      bool good = evaluator.Bind(inputs, data);
      if (good) {
         evaluator.Derivatives(point.fTheta.data(), point.fGradient.data(), point.fHessian.data());
         if (matrices)
            PullHessian(jet, point.fTheta.data(), inputs, data, matrices + i * n * n, cotangent, inInputs, inData);
         good = PullThroughFit(dual, point, inputs, data, cotangent, 1., inInputs, inData);
      }
      if (!good) {
         std::fill(inInputs.begin(), inInputs.end(), kNaN);
         std::fill(inData.begin(), inData.end(), kNaN);
      }
      std::copy(inInputs.begin(), inInputs.end(), dInputs + i * nInputs);
      std::copy(inData.begin(), inData.end(), dData + i * nData);
   }
}

} // namespace
} // namespace GradCut

bool GradCutFit(const GradCutFitProblem *problem, const GradCutFitResults *results)
{
   try {
      GradCut::FitAll(*problem, *results);
      return true;
   } catch (const std::bad_alloc &) {
      return false;
   }
}

bool GradCutFitVjp(const GradCutFitProblem *problem, const double *theta, const uint8_t *active,
                   const double *cotangents, const double *matrices, double *dInputs, double *dData)
{
   try {
      GradCut::PullAll(*problem, theta, active, cotangents, matrices, dInputs, dData);
      return true;
   } catch (const std::bad_alloc &) {
      return false;
   }
}
