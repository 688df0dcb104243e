/// \file Asimov.h
/// \brief Median discovery significance of counting experiments, with all derivatives.
#ifndef GRADCUT_KERNELS_ASIMOV_H
#define GRADCUT_KERNELS_ASIMOV_H

#include <gradcut/kernels/Export.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// \brief Signed Asimov significance `Z` of every bin and its derivatives.
/// \param[in] nBins number of bins
/// \param[in] s expected signal yields, in events; negative gives a negative `Z`
/// \param[in] b expected background yields, in events
/// \param[in] sigmaB absolute uncertainties of `b`, in events; zero gives the known-background formula
/// \param[out] z significance per bin; bins combine as `Z^2 = sum_b Z_b^2`
/// \param[out] dZdS,dZdB,dZdSigma derivatives per bin; any may be NULL
///
/// `Z^2 = 2 [ (s+b) ln((s+b)(b+v) / (b^2 + (s+b)v)) - b^2/v ln(1 + v s / (b (b+v))) ]`, `v = sigmaB^2`, with the sign
/// of `s` (ATL-PHYS-PUB-2020-025; G. Cowan, 2012). It is evaluated in a form without cancellation (see Asimov.cxx), so
/// the limits `v -> 0` (thesis eq. 7.1) and `s -> 0` (`Z -> s / sqrt(b + v)`) hold in value and derivative.
///
/// With `b = 0` the formula gives 0 for `v > 0` and infinity for `v = 0`, `s > 0`; derivatives are then the limits
/// where they exist and 0 otherwise. Outside its domain (`b < 0`, `s + b < 0`, NaN) everything is NaN.
GRADCUT_EXPORT void GradCutAsimovF64(size_t nBins, const double *s, const double *b, const double *sigmaB, double *z,
                                     double *dZdS, double *dZdB, double *dZdSigma);
/// The same in single precision.
GRADCUT_EXPORT void GradCutAsimovF32(size_t nBins, const float *s, const float *b, const float *sigmaB, float *z,
                                     float *dZdS, float *dZdB, float *dZdSigma);

#ifdef __cplusplus
}
#endif

#endif
