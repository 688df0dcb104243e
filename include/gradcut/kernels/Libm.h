/// \file Libm.h
/// \brief The C library's functions over arrays.
///
/// RDataFrame evaluates an expression with the C library; numpy has vectorised functions of its own, which differ in
/// the last bit. An event at a threshold must not depend on who evaluates it, so the numpy side uses these.
#ifndef GRADCUT_KERNELS_LIBM_H
#define GRADCUT_KERNELS_LIBM_H

#include <gradcut/kernels/Export.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum GradCutFunction {
   kGradCutExp = 0,
   kGradCutLog = 1,
   kGradCutSin = 2,
   kGradCutCos = 3,
   kGradCutTan = 4,
   kGradCutPow = 5,
   kGradCutAtan2 = 6,
   kGradCutHypot = 7
} GradCutFunction;

/// \brief `result[i] = function(x[i])` or `function(x[i], y[i])`; `y` is not read by functions of one argument.
GRADCUT_EXPORT void GradCutLibm(GradCutFunction function, size_t n, const double *x, const double *y, double *result);

#ifdef __cplusplus
}
#endif

#endif
