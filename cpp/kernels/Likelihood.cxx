#include <gradcut/kernels/Likelihood.h>

#include "Evaluator.hxx"
#include "HessianPull.hxx"
#include "LikelihoodReverse.hxx"

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <vector>

namespace GradCut {
namespace {

template <class Number>
void CopyTop(const std::vector<Number> &from, double *to)
{
   if (to)
      std::transform(from.begin(), from.end(), to, [](const Number &x) { return TopOf(x); });
}

/// Derivatives of `-log L` along a direction.
template <class Number>
bool Along(const GradCutLikelihood *model, const double *theta, const double *inputs, const double *data,
           const double *direction, double *dTheta, double *dInputs, double *dData)
{
   try {
      Reverse<Number> reverse(*model);
      for (std::size_t p = 0; p < model->fNParameters; ++p)
         reverse.fTheta[p] = Number(theta[p], direction[p]);
      reverse.Expect(inputs);
      reverse.PullLikelihood(data);
      CopyTop(reverse.fDTheta, dTheta);
      CopyTop(reverse.fDInputs, dInputs);
      CopyTop(reverse.fDData, dData);
      return true;
   } catch (const std::bad_alloc &) {
      return false;
   }
}

/// What the constants add to the derivatives in inputs and data.
void AddConstants(const GradCutLikelihood &model, const double *inputs, const double *data, double *dInputs,
                  double *dData)
{
   for (std::size_t b = 0; dData && b < model.fNBins; ++b)
      dData[b] += LogGammaSlope(data[b]);
   for (std::size_t c = 0; c < model.fConstraints.size(); ++c) {
      const auto &one = model.fConstraints[c];
      if (one.fIsPoisson && dData)
         dData[model.fNBins + c] += LogGammaSlope(data[model.fNBins + c]);
      if (!one.fIsPoisson && dInputs)
         dInputs[one.fInput] += 1. / inputs[one.fInput];
   }
}

} // namespace
} // namespace GradCut

bool GradCutExpectedData(const GradCutLikelihood *model, const double *theta, const double *inputs, double *expected)
{
   try {
      GradCut::Reverse<double> reverse(*model);
      reverse.fTheta.assign(theta, theta + model->fNParameters);
      reverse.Expect(inputs);
      std::copy(reverse.fExpected.begin(), reverse.fExpected.end(), expected);
      return true;
   } catch (const std::bad_alloc &) {
      return false;
   }
}

bool GradCutExpectedDataVjp(const GradCutLikelihood *model, const double *theta, const double *inputs,
                            const double *cotangents, double *dTheta, double *dInputs)
{
   try {
      GradCut::Reverse<double> reverse(*model);
      reverse.fTheta.assign(theta, theta + model->fNParameters);
      reverse.Expect(inputs);
      reverse.PullExpected(cotangents);
      std::copy(reverse.fDTheta.begin(), reverse.fDTheta.end(), dTheta);
      std::copy(reverse.fDInputs.begin(), reverse.fDInputs.end(), dInputs);
      return true;
   } catch (const std::bad_alloc &) {
      return false;
   }
}

bool GradCutNegativeLogLikelihood(const GradCutLikelihood *model, const double *theta, const double *inputs,
                                  const double *data, double *value, double *dTheta, double *hessian, double *dInputs,
                                  double *dData)
{
   try {
      GradCut::Evaluator evaluator(*model);
      const bool good = evaluator.Bind(inputs, data);
      const double nan = std::numeric_limits<double>::quiet_NaN();
      const std::size_t n = model->fNParameters;
      const bool finite = std::all_of(theta, theta + n, [](double x) { return std::isfinite(x); });
      if (!good || !finite) {
         *value = nan;
         const auto spoil = [nan](double *x, std::size_t size) {
            if (x)
               std::fill(x, x + size, nan);
         };
         spoil(dTheta, n);
         spoil(hessian, n * n);
         spoil(dInputs, model->fNInputs);
         spoil(dData, model->NData());
         return true;
      }
      std::vector<double> gradient(n);
      *value = dTheta || hessian ? evaluator.Derivatives(theta, gradient.data(), hessian) : evaluator.Value(theta);
      *value += evaluator.Constant();
      if (dTheta)
         std::copy(gradient.begin(), gradient.end(), dTheta);
      if (!dInputs && !dData)
         return true;
      GradCut::Reverse<double> reverse(*model);
      reverse.fTheta.assign(theta, theta + n);
      reverse.Expect(inputs);
      reverse.PullLikelihood(data);
      GradCut::CopyTop(reverse.fDInputs, dInputs);
      GradCut::CopyTop(reverse.fDData, dData);
      GradCut::AddConstants(*model, inputs, data, dInputs, dData);
      return true;
   } catch (const std::bad_alloc &) {
      return false;
   }
}

bool GradCutHessianVector(const GradCutLikelihood *model, const double *theta, const double *inputs, const double *data,
                          const double *direction, double *dTheta, double *dInputs, double *dData)
{
   return GradCut::Along<GradCut::Dual>(model, theta, inputs, data, direction, dTheta, dInputs, dData);
}

bool GradCutHessianForm(const GradCutLikelihood *model, const double *theta, const double *inputs, const double *data,
                        const double *direction, double *dTheta, double *dInputs, double *dData)
{
   return GradCut::Along<GradCut::Jet>(model, theta, inputs, data, direction, dTheta, dInputs, dData);
}

bool GradCutHessianVjp(const GradCutLikelihood *model, const double *theta, const double *inputs, const double *data,
                       const double *matrix, double *dTheta, double *dInputs, double *dData)
{
   try {
      GradCut::Reverse<GradCut::Jet> jet(*model);
      std::vector<double> inTheta(model->fNParameters, 0.), inInputs(model->fNInputs, 0.), inData(model->NData(), 0.);
      GradCut::PullHessian(jet, theta, inputs, data, matrix, inTheta, inInputs, inData);
      std::copy(inTheta.begin(), inTheta.end(), dTheta);
      std::copy(inInputs.begin(), inInputs.end(), dInputs);
      std::copy(inData.begin(), inData.end(), dData);
      return true;
   } catch (const std::bad_alloc &) {
      return false;
   }
}
