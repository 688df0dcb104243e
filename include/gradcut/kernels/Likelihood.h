/// \file Likelihood.h
/// \brief HistFactory likelihoods on flat arrays: expected data, value, gradient, Hessian, derivatives in all inputs.
///
/// A model has parameters `theta`, *inputs* (templates, variations, widths of constraints: one flat vector) and *data*
/// (the bins of all channels, then one auxiliary measurement per constraint). Rates are
///
///     nu_b = sum_samples prod_k f_k(theta) (nominal_b + sum_h delta_hb(theta))
///
/// and, with K. Cranmer et al., CERN-OPEN-2012-016 (HistFactory),
///
///     -log L = sum_b [nu_b - n_b log nu_b + log Gamma(n_b + 1)] + sum_c constraint_c
///
/// Constraints are Gaussian, `(a - theta)^2 / (2 sigma^2) + log(sigma sqrt(2 pi))`, or Poisson of mean `tau theta`.
///
/// **Floor.** Where `n > 0` and the rate is below `1e-20 n`, a term is continued by its Taylor polynomial of second
/// order there, so that it is finite and steep; where `n = 0` it is the rate itself, of either sign, as in pyhf. Terms
/// of that kind are counted, and fits say in their status and flags that they met them.
///
/// **Kinks.** Codes 0 and 1 have a kink at `alpha = 0`; exactly there derivatives are those of the side above.
/// Code 2 is continued as in ROOT, `(b + 2a)(alpha - 1) + a + b` above 1 (pyhf leaves out the constant).
///
/// A model is made once and may then be used by several threads. Functions allocate working memory once a call, throw
/// nothing, and return false if there is none.
#ifndef GRADCUT_KERNELS_LIKELIHOOD_H
#define GRADCUT_KERNELS_LIKELIHOOD_H

#include <gradcut/kernels/Export.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What a modifier does with the rates of a sample.
typedef enum GradCutModifierKind {
   kGradCutFactor = 0,   ///< the parameter multiplies all bins
   kGradCutNormsys = 1,  ///< a factor interpolated between two inputs, that at +1 and that at -1; codes 1 and 4
   kGradCutHistosys = 2, ///< added bins, interpolated between the templates at +1 and at -1; codes 0, 2, 4 (for 4p)
   kGradCutBinFactor = 3 ///< one parameter multiplies one bin
} GradCutModifierKind;

typedef enum GradCutConstraintKind { kGradCutGaussian = 0, kGradCutPoisson = 1 } GradCutConstraintKind;

/// A model without its numbers.
typedef struct GradCutLikelihoodPlan {
   size_t fNParameters, fNBins, fNInputs, fNSamples, fNModifiers, fNConstraints;
   const int32_t *fSamples;     ///< `[sample][3]`: first bin, number of bins, where its template starts in the inputs
   const int32_t *fModifiers;   ///< `[modifier][5]`: kind, sample, (first) parameter, where its inputs start, code
   const int32_t *fConstraints; ///< `[constraint][3]`: kind, parameter, which input is its `sigma` or `tau`
} GradCutLikelihoodPlan;

typedef struct GradCutLikelihood GradCutLikelihood;

/// \brief Make a model.
/// \param[in] plan copied
/// \param[out] problem what is wrong with the plan; not set where memory is short
/// \return the model, or NULL
GRADCUT_EXPORT GradCutLikelihood *GradCutNewLikelihood(const GradCutLikelihoodPlan *plan, const char **problem);
GRADCUT_EXPORT void GradCutDeleteLikelihood(GradCutLikelihood *model);
/// The plan of a model.
GRADCUT_EXPORT const GradCutLikelihoodPlan *GradCutGetPlan(const GradCutLikelihood *model);

/// \brief Expected bins and auxiliary measurements.
/// \param[out] expected `fNBins + fNConstraints` numbers
GRADCUT_EXPORT bool GradCutExpectedData(const GradCutLikelihood *model, const double *theta, const double *inputs,
                                        double *expected);

/// \brief Gradient of `sum_i cotangent_i expected_i`.
/// \param[out] dTheta,dInputs overwritten
GRADCUT_EXPORT bool GradCutExpectedDataVjp(const GradCutLikelihood *model, const double *theta, const double *inputs,
                                           const double *cotangents, double *dTheta, double *dInputs);

/// \brief `-log L` with its derivatives in everything.
/// \param[out] dTheta,hessian,dInputs,dData may each be NULL; the Hessian is `[parameter][parameter]`
/// \param[out] value NaN, with all derivatives, where numbers are outside the domain: not finite, data of a Poisson
/// term negative, a width or a factor of a normsys not positive
///
/// The derivative in `n` of a bin with `nu <= 0` takes the smallest number for `nu`.
GRADCUT_EXPORT bool GradCutNegativeLogLikelihood(const GradCutLikelihood *model, const double *theta,
                                                 const double *inputs, const double *data, double *value,
                                                 double *dTheta, double *hessian, double *dInputs, double *dData);

/// \brief Gradient of `sum_i v_i d(-log L)/dtheta_i` in everything: the Hessian times `v`,
/// and mixed derivatives.
GRADCUT_EXPORT bool GradCutHessianVector(const GradCutLikelihood *model, const double *theta, const double *inputs,
                                         const double *data, const double *direction, double *dTheta, double *dInputs,
                                         double *dData);

/// \brief Gradient of `sum_ij v_i v_j d^2(-log L)/(dtheta_i dtheta_j)` in everything: third derivatives.
GRADCUT_EXPORT bool GradCutHessianForm(const GradCutLikelihood *model, const double *theta, const double *inputs,
                                       const double *data, const double *direction, double *dTheta, double *dInputs,
                                       double *dData);

/// \brief Gradient of `sum_ij matrix_ij d^2(-log L)/(dtheta_i dtheta_j)` in everything.
/// \param[in] matrix `[parameter][parameter]`; only its symmetric part counts
GRADCUT_EXPORT bool GradCutHessianVjp(const GradCutLikelihood *model, const double *theta, const double *inputs,
                                      const double *data, const double *matrix, double *dTheta, double *dInputs,
                                      double *dData);

#ifdef __cplusplus
}
#endif

#endif
