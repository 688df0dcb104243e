/// \file Tree.h
/// \brief Soft selections that are more than a product: alternatives, object counts, thresholds that depend on the
/// event.
///
/// A tree combines the memberships of cuts (\ref Selection.h). With `p_i` the memberships of a node's children
///
/// | node   | membership                                             |
/// |--------|--------------------------------------------------------|
/// | leaf   | that in one cut                                        |
/// | given  | 1 where a column is neither 0 nor NaN, else 0          |
/// | all of | `prod p_i` (CABIN eq. 4)                               |
/// | any of | `1 - prod (1 - p_i)`                                   |
/// | not    | `1 - p`                                                |
/// | count  | probability that at least `n`, or `n` to `m - 1`, of the objects of an event pass, each with the
/// membership of |        | the child (Poisson-binomial distribution)              |
///
/// Alternatives and objects are taken as independent, which is exact in the limit of hard cuts. What lies under a count
/// has one value per object. A one-sided cut may have a threshold that is linear in further parameters, `c + sum_t v_t
/// B_t(event)`, with a column for every `B_t`: knots of a spline, categories, or a slope.
///
/// Nothing is allocated and nothing is thrown; sums over blocks of events are accumulated in double, in order.
#ifndef GRADCUT_KERNELS_TREE_H
#define GRADCUT_KERNELS_TREE_H

#include <gradcut/kernels/Export.h>
#include <gradcut/kernels/Selection.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What a node does with its children.
typedef enum GradCutNode {
   kGradCutLeaf = 0,
   kGradCutGiven = 1,
   kGradCutAllOf = 2,
   kGradCutAnyOf = 3,
   kGradCutNot = 4,
   kGradCutCount = 5
} GradCutNode;

/// Largest number of nodes in a tree, and of terms.
#define GRADCUT_MAX_NODES 512
#define GRADCUT_MAX_TERMS 512

/// Numbers of a result: those of a selection, then one derivative per term.
#define GRADCUT_TREE_ROW(n_cuts, n_terms) (GRADCUT_ROW(n_cuts) + (n_terms))

/// \brief A tree of cuts and the terms of their thresholds.
///
/// Columns are numbered: one per cut of the selection, then those of terms and of given conditions, as the arrays here
/// refer to them. A column belongs to a collection, whose objects it has one value for each, or to the event. All
/// columns under a count, and no others, belong to the same collection; the terms of a cut belong where the cut does.
typedef struct GradCutTree {
   size_t fNNodes;            ///< 1 to \ref GRADCUT_MAX_NODES
   const uint8_t *fNodes;     ///< \ref GradCutNode in postfix order: children before parents, the root last
   const int32_t *fArguments; ///< leaf: cut; given: column; all of, any of: number of children; count: `n`
   const int32_t *fUpper;     ///< count: `m`, or -1 for no upper end; else not used
   size_t fNColumns;
   const int32_t *fCollections; ///< per column: its collection, or -1 for one value per event
   size_t fNTerms;
   const int32_t *fTermCuts;    ///< one-sided cut that a term belongs to
   const int32_t *fTermColumns; ///< column `B_t`
   const double *fTermValues;   ///< `v_t`, `[point][term]`
} GradCutTree;

/// \brief Bytes of working memory that the kernels need for some events.
/// \param[in] offsets per collection the begin of each event's objects and, last, the end: `nEvents + 1` numbers
GRADCUT_EXPORT size_t GradCutTreeWorkspaceF32(const GradCutSelection *selection, const GradCutTree *tree,
                                              size_t nEvents, const int64_t *const *offsets);
/// In double precision.
GRADCUT_EXPORT size_t GradCutTreeWorkspaceF64(const GradCutSelection *selection, const GradCutTree *tree,
                                              size_t nEvents, const int64_t *const *offsets);

/// \brief Moments of the weights and their Jacobian, all points in one pass over the events.
/// \param[in] selection  the cuts and the points
/// \param[in] tree       how they are combined
/// \param[in] nEvents    number of events
/// \param[in] columns    one pointer per column of the tree; objects are counted from the first one of the first event,
///                       which is number `offsets[c][0]`
/// \param[in] offsets    per collection, as for the working memory
/// \param[in] weights    `nEvents` weights of either sign
/// \param[in] derivatives how much to differentiate
/// \param[in] workspace  aligned to 64 bytes, as large as asked for
/// \param[in,out] sums   `[point][moment 0..2][GRADCUT_TREE_ROW(nCuts, nTerms)]`, **added to**: value, d/d low, d/d
/// high,
///                       d/d width, d/d term
GRADCUT_EXPORT void GradCutTreeMomentsF32(const GradCutSelection *selection, const GradCutTree *tree, size_t nEvents,
                                          const float *const *columns, const int64_t *const *offsets,
                                          const float *weights, GradCutDerivatives derivatives, void *workspace,
                                          double *sums);
/// The reference in double precision.
GRADCUT_EXPORT void GradCutTreeMomentsF64(const GradCutSelection *selection, const GradCutTree *tree, size_t nEvents,
                                          const double *const *columns, const int64_t *const *offsets,
                                          const double *weights, GradCutDerivatives derivatives, void *workspace,
                                          double *sums);

#ifdef __cplusplus
}
#endif

#endif
