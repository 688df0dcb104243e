#include "KernelTable.hxx"

using GradCut::Internal::CurrentKernels;

void GradCutSelectionMomentsF32(const GradCutSelection *selection, size_t nEvents, const float *const *columns,
                                const float *weights, GradCutDerivatives derivatives, double *sums)
{
   CurrentKernels().fF32.fMoments(*selection, nEvents, columns, weights, derivatives, sums);
}

void GradCutSelectionMomentsF64(const GradCutSelection *selection, size_t nEvents, const double *const *columns,
                                const double *weights, GradCutDerivatives derivatives, double *sums)
{
   CurrentKernels().fF64.fMoments(*selection, nEvents, columns, weights, derivatives, sums);
}

void GradCutSelectionVjpF32(const GradCutSelection *selection, size_t nEvents, const float *const *columns,
                            const float *weights, const double *cotangents, GradCutDerivatives derivatives,
                            double *gradient)
{
   CurrentKernels().fF32.fVjp(*selection, nEvents, columns, weights, cotangents, derivatives, gradient);
}

void GradCutSelectionVjpF64(const GradCutSelection *selection, size_t nEvents, const double *const *columns,
                            const double *weights, const double *cotangents, GradCutDerivatives derivatives,
                            double *gradient)
{
   CurrentKernels().fF64.fVjp(*selection, nEvents, columns, weights, cotangents, derivatives, gradient);
}

void GradCutSelectionMembershipF32(const GradCutSelection *selection, size_t nEvents, const float *const *columns,
                                   float *membership)
{
   CurrentKernels().fF32.fMembership(*selection, nEvents, columns, membership);
}

void GradCutSelectionMembershipF64(const GradCutSelection *selection, size_t nEvents, const double *const *columns,
                                   double *membership)
{
   CurrentKernels().fF64.fMembership(*selection, nEvents, columns, membership);
}
