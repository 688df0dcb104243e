/// \file Selection.h
/// \brief Soft selections: a product of smooth cuts, its weighted sums and every derivative.
///
/// With `u = (x - c) / h` and the smooth step `S` (\ref GradCutStep) the membership of an event in one cut is
///
/// | kind   | membership                          | derivative in its thresholds      |
/// |--------|-------------------------------------|-----------------------------------|
/// | above  | `S(u)`                              | `-S'(u)/h`                        |
/// | below  | `S(-u)`                             | `+S'(u)/h`                        |
/// | window | `S((x-lo)/h) - S((x-hi)/h)`         | `-S'(u_lo)/h`, `+S'(u_hi)/h`      |
/// | veto   | `1 - window`                        | the negative of the window's      |
///
/// and that in the selection is the product over the cuts (CABIN eq. 4). Sources: logistic step CABIN eq. 3 and
/// thesis 7.2.1; Gaussian step thesis 7.2.3; a window is a bin of the bKDE between its two ordered edges.
///
/// Moments of the event weight, `m = 0, 1, 2`: `M_m = sum_i [w_i != 0] w_i^m p_i`. `M_0` is the number of entries (an
/// event of weight zero, for instance one that a variation masks, is none), `M_1` the yield and `M_2` its MC variance;
/// `sum w^2 p^2` would reward smearing events over an edge.
///
/// A feature that is NaN fails its cut (membership 0, no derivative), or passes it with \ref kGradCutMissingPasses.
/// Nothing is allocated and nothing is thrown; sums over blocks of events are accumulated in double, in order.
#ifndef GRADCUT_KERNELS_SELECTION_H
#define GRADCUT_KERNELS_SELECTION_H

#include <gradcut/kernels/Export.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The smooth step `S(u)`.
typedef enum GradCutStep {
   kGradCutHard = 0,     ///< the limit of zero width: comparisons, derivative zero, widths not used
   kGradCutLogistic = 1, ///< `1 / (1 + exp(-u))`
   kGradCutGaussian = 2  ///< the normal cumulative distribution `Phi(u)`
} GradCutStep;

/// What a cut keeps.
typedef enum GradCutKind { kGradCutAbove = 0, kGradCutBelow = 1, kGradCutWindow = 2, kGradCutVeto = 3 } GradCutKind;

/// Bits of GradCutSelection::fFlags. The first two matter to the hard step only.
enum {
   kGradCutLowInclusive = 1,  ///< `x >= low` instead of `x > low`
   kGradCutHighInclusive = 2, ///< `x <= high` instead of `x < high`
   kGradCutMissingPasses = 4  ///< NaN passes this cut
};

/// How much a kernel differentiates.
typedef enum GradCutDerivatives {
   kGradCutValues = 0,     ///< values only
   kGradCutThresholds = 1, ///< thresholds; the slots of the widths stay zero
   kGradCutAll = 2         ///< thresholds and widths
} GradCutDerivatives;

/// Largest number of cuts in one selection.
#define GRADCUT_MAX_CUTS 128

/// Numbers of a result: one value and, per cut, the derivatives in low, high and width.
#define GRADCUT_ROW(n_cuts) (1 + 3 * (n_cuts))

/// A selection at `fNPoints` parameter points. Thresholds and widths are `[point][cut]`; a one-sided cut "above" uses
/// `fLow`, "below" uses `fHigh`, a window or veto both (`low <= high`). Widths are positive, in the unit of the
/// feature.
typedef struct GradCutSelection {
   size_t fNCuts;
   size_t fNPoints;
   GradCutStep fStep;
   const uint8_t *fKinds; ///< \ref GradCutKind per cut
   const uint8_t *fFlags; ///< bits per cut
   const double *fLow;
   const double *fHigh;
   const double *fWidth;
} GradCutSelection;

/// \brief Moments of the weights and their Jacobian, all points in one pass over the events.
/// \param[in] selection  the cuts and the points
/// \param[in] nEvents    number of events
/// \param[in] columns    one pointer to `nEvents` features per cut
/// \param[in] weights    `nEvents` weights of either sign
/// \param[in] derivatives how much to differentiate
/// \param[in,out] sums   `[point][moment 0..2][GRADCUT_ROW(nCuts)]`, **added to**: value, d/d low, d/d high, d/d width
///
/// In single precision thresholds are rounded to float: the caller shifts a feature whose float would lose the event.
/// Cost: per event, point and cut one exponential (two in a window); 300 kB of working memory on the stack.
GRADCUT_EXPORT void GradCutSelectionMomentsF32(const GradCutSelection *selection, size_t nEvents,
                                               const float *const *columns, const float *weights,
                                               GradCutDerivatives derivatives, double *sums);
/// The reference in double precision, with the C library's `exp` and `erfc`.
GRADCUT_EXPORT void GradCutSelectionMomentsF64(const GradCutSelection *selection, size_t nEvents,
                                               const double *const *columns, const double *weights,
                                               GradCutDerivatives derivatives, double *sums);

/// \brief Vector-Jacobian product: the gradient of `sum_m cotangent[m] M_m` at every point.
/// \param[in] cotangents `[point][moment 0..2]`
/// \param[in,out] gradient `[point][low, high, width][cut]`, **added to**
GRADCUT_EXPORT void GradCutSelectionVjpF32(const GradCutSelection *selection, size_t nEvents,
                                           const float *const *columns, const float *weights, const double *cotangents,
                                           GradCutDerivatives derivatives, double *gradient);
/// The reference in double precision.
GRADCUT_EXPORT void GradCutSelectionVjpF64(const GradCutSelection *selection, size_t nEvents,
                                           const double *const *columns, const double *weights,
                                           const double *cotangents, GradCutDerivatives derivatives, double *gradient);

/// \brief Membership of every event, `[point][event]`.
GRADCUT_EXPORT void GradCutSelectionMembershipF32(const GradCutSelection *selection, size_t nEvents,
                                                  const float *const *columns, float *membership);
/// The reference in double precision.
GRADCUT_EXPORT void GradCutSelectionMembershipF64(const GradCutSelection *selection, size_t nEvents,
                                                  const double *const *columns, double *membership);

#ifdef __cplusplus
}
#endif

#endif
