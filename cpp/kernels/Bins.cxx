#include "KernelTable.hxx"

using GradCut::Internal::CurrentBinsKernels;

void GradCutBinsMembershipF32(const GradCutBins *bins, size_t nEvents, const float *const *columns, float *membership)
{
   CurrentBinsKernels().fF32.fMembership(*bins, nEvents, columns, membership);
}

void GradCutBinsMembershipF64(const GradCutBins *bins, size_t nEvents, const double *const *columns, double *membership)
{
   CurrentBinsKernels().fF64.fMembership(*bins, nEvents, columns, membership);
}

void GradCutBinsMembershipVjpF32(const GradCutBins *bins, size_t nEvents, const float *const *columns,
                                 const float *cotangents, double *gradient)
{
   CurrentBinsKernels().fF32.fMembershipVjp(*bins, nEvents, columns, cotangents, gradient);
}

void GradCutBinsMembershipVjpF64(const GradCutBins *bins, size_t nEvents, const double *const *columns,
                                 const double *cotangents, double *gradient)
{
   CurrentBinsKernels().fF64.fMembershipVjp(*bins, nEvents, columns, cotangents, gradient);
}

void GradCutBinsMomentsF32(const GradCutBins *bins, size_t nEvents, const float *const *columns, const float *weights,
                           double *sums)
{
   CurrentBinsKernels().fF32.fMoments(*bins, nEvents, columns, weights, sums);
}

void GradCutBinsMomentsF64(const GradCutBins *bins, size_t nEvents, const double *const *columns, const double *weights,
                           double *sums)
{
   CurrentBinsKernels().fF64.fMoments(*bins, nEvents, columns, weights, sums);
}

void GradCutBinsVjpF32(const GradCutBins *bins, size_t nEvents, const float *const *columns, const float *weights,
                       const double *cotangents, double *gradient)
{
   CurrentBinsKernels().fF32.fVjp(*bins, nEvents, columns, weights, cotangents, gradient);
}

void GradCutBinsVjpF64(const GradCutBins *bins, size_t nEvents, const double *const *columns, const double *weights,
                       const double *cotangents, double *gradient)
{
   CurrentBinsKernels().fF64.fVjp(*bins, nEvents, columns, weights, cotangents, gradient);
}

void GradCutBinsIndexF32(const GradCutBins *bins, size_t nEvents, const float *const *columns, int32_t *index)
{
   CurrentBinsKernels().fF32.fIndex(*bins, nEvents, columns, index);
}

void GradCutBinsIndexF64(const GradCutBins *bins, size_t nEvents, const double *const *columns, int32_t *index)
{
   CurrentBinsKernels().fF64.fIndex(*bins, nEvents, columns, index);
}
