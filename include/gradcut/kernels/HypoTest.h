/// \file HypoTest.h
/// \brief Asymptotic hypothesis tests and upper limits with their gradients, one call for all fits that they need.
///
/// Formulas: G. Cowan et al., arXiv:1007.1727; conventions: pyhf's `hypotest(calctype="asymptotics")`. With
/// `q = 2 [min -log L(mu) - min -log L]` of the data and `q_A` of Asimov data (expected data, auxiliary ones included,
/// where a fit of the data with `mu = 0`, for `q_0` with `mu = 1`, ends), `r = sqrt(q)`, `a = sqrt(q_A)`:
///
/// | statistic | q is 0 where | t                                                | p_s+b             | p_b          |
/// |-----------|--------------|--------------------------------------------------|-------------------|--------------|
/// | q~_mu     | mu^ > mu     | `r - a` for `r <= a`, else `(q - q_A) / (2 a)`   | `Phi(-t - a)`     | `Phi(-t)`    |
/// | q_mu      | mu^ > mu     | `r - a`                                          | `Phi(-t - a)`     | `Phi(-t)`    |
/// | q_0       | mu^ < 0      | `r - a`                                          | `Phi(-r)` (p_0)   | `Phi(-t)`    |
/// | t_mu      |              | `r`                                              | `2 Phi(-r)`       | `Phi(-r-a) +
/// Phi(-r+a)` |
///
/// `CLs = p_s+b / p_b`. Expected values: `t = N` for N = 2, 1, 0, -1, -2 (for t_mu `r = |a + N|`), of `p_0` for q_0 and
/// of CLs otherwise. `q~` and `q` differ otherwise only in the lower bound of the parameter, which is the caller's.
///
/// Where `r` is zero its derivative is taken as zero; without sensitivity (`a < 1e-7`) `t` is `r - a`. Negative rates
/// of Asimov data are set to zero.
#ifndef GRADCUT_KERNELS_HYPOTEST_H
#define GRADCUT_KERNELS_HYPOTEST_H

#include <gradcut/kernels/Export.h>
#include <gradcut/kernels/ProfileFit.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum GradCutTestStatistic {
   kGradCutQMuTilde = 0,
   kGradCutQMu = 1,
   kGradCutQ0 = 2,
   kGradCutTMu = 3
} GradCutTestStatistic;

/// Numbers of a result. Logarithms are exact where the numbers underflow.
typedef enum GradCutTestOutput {
   kGradCutTestQ = 0,
   kGradCutTestQAsimov = 1,
   kGradCutTestZ = 2,       ///< `t + a`, the significance of `p_s+b`; `r` for q_0 and t_mu
   kGradCutTestZAsimov = 3, ///< `a`
   kGradCutTestLogPsb = 4,
   kGradCutTestLogPb = 5,
   kGradCutTestLogCLs = 6,
   kGradCutTestLogBand = 7, ///< five, N = 2, 1, 0, -1, -2
   kGradCutTestPsb = 12,
   kGradCutTestPb = 13,
   kGradCutTestCLs = 14,
   kGradCutTestBand = 15, ///< five
   kGradCutTestOutputs = 20
} GradCutTestOutput;

/// What is to be tested.
typedef struct GradCutTest {
   GradCutFitProblem fFit; ///< models, numbers, where fits start, bounds
   size_t fPoi;            ///< the parameter that is tested
   GradCutTestStatistic fStatistic;
   /// Not the data of the problem but those expected at the start of fits with `mu = 0` (for q_0: 1), of which the best
   /// fit is known: the median expectation. Gradients go through them; `fFit.fData` is not used.
   bool fExpected;
} GradCutTest;

/// Gradients of `sum_k cotangent_k output_k`; any pointer may be NULL.
typedef struct GradCutTestGradient {
   GradCutRows fCotangents; ///< one per output
   double *fDInputs;        ///< `[model][input]`
   double *fDData;          ///< `[model][datum]`; zero for expected data
   double *fDMu;            ///< `[model]`, in the tested value
} GradCutTestGradient;

/// \brief Test all models.
/// \param[in] mu tested value per model (not used for q_0, which tests 0)
/// \param[out] outputs `[model][kGradCutTestOutputs]`; NaN where a fit did not end
/// \param[out] muHat best fit of the parameter
/// \param[out] status worst \ref GradCutFitStatus of the fits
/// \param[out] flags all \ref GradCutFitFlag of the fits
/// \param[in] gradient NULL for values alone
GRADCUT_EXPORT bool GradCutHypoTest(const GradCutTest *test, GradCutRows mu, double *outputs, double *muHat,
                                    int32_t *status, int32_t *flags, const GradCutTestGradient *gradient);

/// \brief Where CLs (of t_mu too) reaches a level: observed, then expected for N = 2, 1, 0, -1, -2.
/// \param[in] level below 0.5
/// \param[out] limits `[model][6]`; NaN where a fit did not end, and (flag \ref kGradCutNoLimit) where nothing is
/// excluded up to 1e9 standard deviations
/// \param[out] status,flags as for tests
/// \param[in] gradient of `sum_k cotangent_k limit_k`, six cotangents; `fDMu` is not used; NULL for values alone
GRADCUT_EXPORT bool GradCutUpperLimit(const GradCutTest *test, double level, double *limits, int32_t *status,
                                      int32_t *flags, const GradCutTestGradient *gradient);

#ifdef __cplusplus
}
#endif

#endif
