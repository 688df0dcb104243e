/// \file Bins.h
/// \brief Soft bins of one or several columns: products of edges, Gaussian mixtures, the softmax of outputs.
///
/// A bin is a membership `p_b(x)` in [0, 1], smooth in its parameters, and the memberships of an event sum to one.
///
/// **Axes** (thesis 7.2, bKDE). With the edges `e_1 <= ... <= e_n` of an axis, its width `h`, `u_k = (x - e_k) / h` and
/// the smooth step `S` (\ref GradCutStep), the `n + 1` bins, of which the first and the last are open, are
///
///     p_0 = S(-u_1),   p_k = S(u_k) - S(u_{k+1}),   p_n = S(u_n)
///
/// and those of several axes their products, the last axis fastest. The hard step is `e_k <= x < e_{k+1}`. Infinities
/// lie in the open bins. Two options:
///
/// * *Local width*: `h(x) = r W(x)` with the ratio `r` in the place of the width. `W` is the width of the inner bins,
///   linear in `x` between their centres and constant beyond the first and the last one; 1 with fewer than two edges.
///   It is a width per event and not per edge, so that memberships neither become negative nor miss the sum of one.
/// * *Reflection* (at least two edges): for `e_1 <= x < e_n` what leaks over the first or the last edge comes back from
///   the mirror images of `x`, and the open bins get nothing. With `C_k`, the share above edge `k`,
///
///       C_1 = 1,   C_k = S(u_k) + S(-(x + e_k - 2 e_1) / h) - S((x + e_k - 2 e_n) / h),   C_n = 0,   p_k = C_k -
///       C_{k+1}
///
///   which is one image at either end; what these images leak over the far end stays in the outermost inner bin, so
///   that the sum is one for every width. Other events are in an open bin, wholly, with no derivative.
///
/// **Mixture**: the softmax of `a_k = (log_weight_k + sum_i log A_k,ii - |A_k (x - mu_k)|^2 / 2) / T`; `A_k` is lower
/// triangular, `Sigma_k^-1 = A_k^T A_k`. The hard step is the largest, the first of equals. A coordinate that is
/// infinite is missing.
///
/// **Softmax** (INFERNO): the softmax of `(y_k + bias_k) / T` over as many columns as bins; hard as for a mixture.
///
/// An event with a column that is NaN is in no bin: membership 0, no derivative, index -1. Parameters of a point, in
/// this order:
///
/// | kind    | parameters                                                                          |
/// |---------|-------------------------------------------------------------------------------------|
/// | axes    | the edges of every axis, then a width (or ratio) per axis                           |
/// | mixture | log weights, means `[k][column]`, rows of the triangles `A_k` one after another, `T`  |
/// | softmax | biases, `T`                                                                         |
///
/// Moments of the weights are those of gradcut/kernels/Selection.h. Nothing is allocated and nothing is thrown: callers
/// check their bins (gradcut/kernels/CheckBins.hxx). Sums over blocks of events are accumulated in double, in order. In
/// single precision columns and edges are rounded to float, so that callers shift and scale what would lose the event;
/// the error of a membership is below 1e-6 plus 1e-7 times the largest `a` that matters, or with local widths the
/// largest ratio of neighbouring bins. Working memory of up to 1 MB is on the stack; tens of bins touch some tens of kB
/// of it.
#ifndef GRADCUT_KERNELS_BINS_H
#define GRADCUT_KERNELS_BINS_H

#include <gradcut/kernels/Export.h>
#include <gradcut/kernels/Selection.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum GradCutBinsKind { kGradCutAxes = 0, kGradCutMixture = 1, kGradCutSoftmax = 2 } GradCutBinsKind;

/// Largest number of bins, of columns (a softmax has as many as bins), of components or outputs.
#define GRADCUT_MAX_BINS 1024
#define GRADCUT_MAX_BIN_COLUMNS 16
#define GRADCUT_MAX_COMPONENTS 128

/// Bins at `fNPoints` parameter points. A mixture or a softmax is smooth unless its step is hard.
typedef struct GradCutBins {
   GradCutBinsKind fKind;
   GradCutStep fStep;
   size_t fNColumns;
   const uint32_t *fNEdges; ///< axes: edges of each
   size_t fNBins;
   int fLocalWidth; ///< axes: widths are ratios
   int fReflect;    ///< axes: reflect at the first and the last edge
   size_t fNPoints;
   size_t fNParameters;
   const double *fParameters; ///< `[point][parameter]`
} GradCutBins;

/// \brief Membership of every event.
/// \param[in] bins       the bins and the points
/// \param[in] nEvents    number of events
/// \param[in] columns    one pointer to `nEvents` numbers per column
/// \param[out] membership `[point][bin][event]`
GRADCUT_EXPORT void GradCutBinsMembershipF32(const GradCutBins *bins, size_t nEvents, const float *const *columns,
                                             float *membership);
/// The reference in double precision, with the C library's functions.
GRADCUT_EXPORT void GradCutBinsMembershipF64(const GradCutBins *bins, size_t nEvents, const double *const *columns,
                                             double *membership);

/// \brief Gradient of `sum over events and bins of cotangent * membership` at every point.
/// \param[in] cotangents `[point][bin][event]`
/// \param[in,out] gradient `[point][parameter]`, **added to**
GRADCUT_EXPORT void GradCutBinsMembershipVjpF32(const GradCutBins *bins, size_t nEvents, const float *const *columns,
                                                const float *cotangents, double *gradient);
/// The reference in double precision.
GRADCUT_EXPORT void GradCutBinsMembershipVjpF64(const GradCutBins *bins, size_t nEvents, const double *const *columns,
                                                const double *cotangents, double *gradient);

/// \brief Moments of the weights per bin, `sum_i [w_i != 0] w_i^m p_b(x_i)`.
/// \param[in] weights    `nEvents` weights of either sign
/// \param[in,out] sums   `[point][moment 0..2][bin]`, **added to**
GRADCUT_EXPORT void GradCutBinsMomentsF32(const GradCutBins *bins, size_t nEvents, const float *const *columns,
                                          const float *weights, double *sums);
/// The reference in double precision.
GRADCUT_EXPORT void GradCutBinsMomentsF64(const GradCutBins *bins, size_t nEvents, const double *const *columns,
                                          const double *weights, double *sums);

/// \brief Gradient of `sum over moments and bins of cotangent * moment` at every point.
/// \param[in] cotangents `[point][moment 0..2][bin]`
/// \param[in,out] gradient `[point][parameter]`, **added to**
GRADCUT_EXPORT void GradCutBinsVjpF32(const GradCutBins *bins, size_t nEvents, const float *const *columns,
                                      const float *weights, const double *cotangents, double *gradient);
/// The reference in double precision.
GRADCUT_EXPORT void GradCutBinsVjpF64(const GradCutBins *bins, size_t nEvents, const double *const *columns,
                                      const double *weights, const double *cotangents, double *gradient);

/// \brief The bin of every event in the limit of the hard step, whatever the step is; -1 for missing values.
///
/// Computed in double in both precisions: a float is compared as C++ compares it with a double.
/// \param[out] index `[point][event]`
GRADCUT_EXPORT void GradCutBinsIndexF32(const GradCutBins *bins, size_t nEvents, const float *const *columns,
                                        int32_t *index);
/// For columns in double precision.
GRADCUT_EXPORT void GradCutBinsIndexF64(const GradCutBins *bins, size_t nEvents, const double *const *columns,
                                        int32_t *index);

#ifdef __cplusplus
}
#endif

#endif
