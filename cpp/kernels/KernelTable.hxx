/// \file KernelTable.hxx
/// \brief The functions that exist once per instruction set.
#ifndef GRADCUT_KERNELS_KERNELTABLE_HXX
#define GRADCUT_KERNELS_KERNELTABLE_HXX

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

/// The tables in use.
const KernelTable &CurrentKernels();
const TreeTable &CurrentTreeKernels();

} // namespace Internal
} // namespace GradCut

#endif
