/// \file KernelTable.hxx
/// \brief The functions that exist once per instruction set.
#ifndef GRADCUT_KERNELS_KERNELTABLE_HXX
#define GRADCUT_KERNELS_KERNELTABLE_HXX

#include <gradcut/kernels/Selection.h>

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

/// The table in use.
const KernelTable &CurrentKernels();

} // namespace Internal
} // namespace GradCut

#endif
