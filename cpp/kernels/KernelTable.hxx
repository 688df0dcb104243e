/// \file KernelTable.hxx
/// \brief The functions that exist once per instruction set.
#ifndef GRADCUT_KERNELS_KERNELTABLE_HXX
#define GRADCUT_KERNELS_KERNELTABLE_HXX

#include <gradcut/kernels/Bins.h>
#include <gradcut/kernels/Selection.h>
#include <gradcut/kernels/Tree.h>

namespace GradCut {
namespace Internal {

/// Kernels of one precision.
template <class Real>
struct SelectionKernels {
   void (*fMoments)(const GradCutSelection &, size_t, const Real *const *, const Real *, GradCutDerivatives, double *);
   void (*fVjp)(const GradCutSelection &, size_t, const Real *const *, const Real *, const double *, GradCutDerivatives,
                double *);
   void (*fMembership)(const GradCutSelection &, size_t, const Real *const *, Real *);
};

struct KernelTable {
   SelectionKernels<float> fF32;
   SelectionKernels<double> fF64;
};

extern const KernelTable kKernelsBaseline;
extern const KernelTable kKernelsAvx2;
extern const KernelTable kKernelsAvx512;

template <class Real>
using TreeMomentsFunction = void (*)(const GradCutSelection &, const GradCutTree &, size_t, const Real *const *,
                                     const int64_t *const *, const Real *, GradCutDerivatives, void *, double *);

struct TreeTable {
   TreeMomentsFunction<float> fF32;
   TreeMomentsFunction<double> fF64;
};

extern const TreeTable kTreeKernelsBaseline;
extern const TreeTable kTreeKernelsAvx2;
extern const TreeTable kTreeKernelsAvx512;

/// Kernels of bins of one precision.
template <class Real>
struct BinsKernels {
   void (*fMembership)(const GradCutBins &, size_t, const Real *const *, Real *);
   void (*fMembershipVjp)(const GradCutBins &, size_t, const Real *const *, const Real *, double *);
   void (*fMoments)(const GradCutBins &, size_t, const Real *const *, const Real *, double *);
   void (*fVjp)(const GradCutBins &, size_t, const Real *const *, const Real *, const double *, double *);
   void (*fIndex)(const GradCutBins &, size_t, const Real *const *, int32_t *);
};

struct BinsTable {
   BinsKernels<float> fF32;
   BinsKernels<double> fF64;
};

extern const BinsTable kBinsKernelsBaseline;
extern const BinsTable kBinsKernelsAvx2;
extern const BinsTable kBinsKernelsAvx512;

/// The tables in use.
const KernelTable &CurrentKernels();
const TreeTable &CurrentTreeKernels();
const BinsTable &CurrentBinsKernels();

} // namespace Internal
} // namespace GradCut

#endif
