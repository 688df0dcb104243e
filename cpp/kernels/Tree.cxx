#include "KernelTable.hxx"
#include "TreePlan.hxx"

using GradCut::Internal::CurrentTreeKernels;

namespace {

template <class Real>
size_t Workspace(const GradCutTree &tree, size_t nEvents, const int64_t *const *offsets)
{
   const TreePlan plan(tree);
   Memory<Real> memory(nullptr);
   const TreeWork<Real> work(tree, plan, nEvents, offsets, memory);
   return memory.Bytes();
}

} // namespace

size_t GradCutTreeWorkspaceF32(const GradCutSelection *, const GradCutTree *tree, size_t nEvents,
                               const int64_t *const *offsets)
{
   return Workspace<float>(*tree, nEvents, offsets);
}

size_t GradCutTreeWorkspaceF64(const GradCutSelection *, const GradCutTree *tree, size_t nEvents,
                               const int64_t *const *offsets)
{
   return Workspace<double>(*tree, nEvents, offsets);
}

void GradCutTreeMomentsF32(const GradCutSelection *selection, const GradCutTree *tree, size_t nEvents,
                           const float *const *columns, const int64_t *const *offsets, const float *weights,
                           GradCutDerivatives derivatives, void *workspace, double *sums)
{
   CurrentTreeKernels().fF32(*selection, *tree, nEvents, columns, offsets, weights, derivatives, workspace, sums);
}

void GradCutTreeMomentsF64(const GradCutSelection *selection, const GradCutTree *tree, size_t nEvents,
                           const double *const *columns, const int64_t *const *offsets, const double *weights,
                           GradCutDerivatives derivatives, void *workspace, double *sums)
{
   CurrentTreeKernels().fF64(*selection, *tree, nEvents, columns, offsets, weights, derivatives, workspace, sums);
}
