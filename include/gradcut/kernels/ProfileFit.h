/// \file ProfileFit.h
/// \brief Maximum-likelihood fits with bounds, and the derivatives of where they end.
///
/// Newton's method with the analytic gradient and Hessian. Every step solves the quadratic problem inside the bounds
/// exactly (active sets); where the Hessian is not positive definite its diagonal is raised until it is. At a
/// stationary point with a direction of negative curvature (a saddle) the fit goes on from both sides along it. Where
/// the curvature of interpolated templates could make another minimum (an upper limit from the residuals, against what
/// constraint and slopes give at least), it starts again from the other side of that parameter, and keeps the best.
#ifndef GRADCUT_KERNELS_PROFILEFIT_H
#define GRADCUT_KERNELS_PROFILEFIT_H

#include <gradcut/kernels/Export.h>
#include <gradcut/kernels/Likelihood.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// How a fit ended.
typedef enum GradCutFitStatus {
   kGradCutConverged = 0,    ///< a minimum to rounding, the Hessian of the free parameters positive definite
   kGradCutFlat = 1,         ///< a minimum to rounding, but some direction does not change the likelihood
   kGradCutNotConverged = 2, ///< steps used up
   kGradCutSaddle = 3,       ///< stationary, with a direction of negative curvature that could not be followed
   kGradCutUnbounded = 4,    ///< parameters without bounds run away
   kGradCutImpossible = 5,   ///< events where none are expected whatever the parameters: the likelihood is zero
   kGradCutInvalid = 6       ///< numbers outside the domain, or lower bounds above upper ones
} GradCutFitStatus;

/// What a fit met on its way; bits.
typedef enum GradCutFitFlag {
   kGradCutAtBound = 1,      ///< parameters are held by their bounds
   kGradCutAtKink = 2,       ///< parameters are held by a kink (codes 0 and 1 at zero)
   kGradCutNegativeRate = 4, ///< a bin without events has a negative rate
   kGradCutOtherMinimum = 8, ///< the minimum was not the first one found
   kGradCutLeftSaddle = 16,  ///< a saddle was met and left
   kGradCutNoLimit = 32      ///< of upper limits: one was not found, as nothing is excluded
} GradCutFitFlag;

/// Rows of numbers, one per model; a stride of zero is one row for all.
typedef struct GradCutRows {
   const double *fData;
   size_t fStride;
} GradCutRows;

/// What is to be fitted.
typedef struct GradCutFitProblem {
   const GradCutLikelihood *fModel;
   size_t fNModels;
   GradCutRows fInputs, fData;
   GradCutRows fStart;            ///< where fits start, and where fixed parameters stay
   const double *fLower, *fUpper; ///< bounds, one per parameter
   const uint8_t *fFixed;         ///< not zero for parameters that are not fitted
} GradCutFitProblem;

/// Results, each with one row per model.
typedef struct GradCutFitResults {
   double *fTheta;       ///< `[model][parameter]`
   double *fValue;       ///< `-log L`
   double *fHessian;     ///< `[model][parameter][parameter]`, or NULL
   uint8_t *fActive;     ///< `[model][parameter]`: fixed, or held by a bound or a kink
   int32_t *fStatus;     ///< \ref GradCutFitStatus
   int32_t *fFlags;      ///< \ref GradCutFitFlag
   int32_t *fIterations; ///< how often gradient and Hessian were calculated
} GradCutFitResults;

/// Fit all models.
GRADCUT_EXPORT bool GradCutFit(const GradCutFitProblem *problem, const GradCutFitResults *results);

/// \brief Derivatives of where fits ended (the implicit function theorem), of sums
/// `sum_i cotangent_i theta_i + sum_ij matrix_ij hessian_ij`.
/// \param[in] theta,active results of the fit
/// \param[in] cotangents `[model][parameter]`
/// \param[in] matrices `[model][parameter][parameter]`, cotangents of the Hessian of `-log L` there, or NULL
/// \param[out] dInputs,dData overwritten; NaN where the Hessian of the free parameters is not positive definite
///
/// Parameters that are active do not move.
GRADCUT_EXPORT bool GradCutFitVjp(const GradCutFitProblem *problem, const double *theta, const uint8_t *active,
                                  const double *cotangents, const double *matrices, double *dInputs, double *dData);

#ifdef __cplusplus
}
#endif

#endif
