#include <gradcut/rdf/SoftMomentsSetup.hxx>

#include <array>
#include <type_traits>

namespace GradCut {
namespace Internal {
namespace {

template <class Real>
struct Kernels;

template <>
struct Kernels<float> {
   static constexpr auto kSelection = GradCutSelectionMomentsF32;
   static constexpr auto kTree = GradCutTreeMomentsF32;
   static constexpr auto kWorkspace = GradCutTreeWorkspaceF32;
   static constexpr auto kBins = GradCutBinsMomentsF32;
   static constexpr auto kBinsVjp = GradCutBinsVjpF32;
};

template <>
struct Kernels<double> {
   static constexpr auto kSelection = GradCutSelectionMomentsF64;
   static constexpr auto kTree = GradCutTreeMomentsF64;
   static constexpr auto kWorkspace = GradCutTreeWorkspaceF64;
   static constexpr auto kBins = GradCutBinsMomentsF64;
   static constexpr auto kBinsVjp = GradCutBinsVjpF64;
};

using OutputColumns = std::array<const double *, GRADCUT_MAX_COMPONENTS>;

/// The outputs of a network for a block of events, in the workspace.
OutputColumns Outputs(const CompiledNetwork &network, std::size_t nEvents, const double *const *columns,
                      Buffer &workspace)
{
   const std::size_t bytes = network.WorkspaceBytes(nEvents);
   auto *work = static_cast<unsigned char *>(workspace.Get(bytes + network.NOutputs() * nEvents * sizeof(double)));
   auto *outputs = reinterpret_cast<double *>(work + bytes);
   network.Evaluate(nEvents, columns, work, outputs);
   OutputColumns found{};
   for (std::size_t k = 0; k < network.NOutputs(); ++k)
      found[k] = outputs + k * nEvents;
   return found;
}

} // namespace

template <class Real>
void AddMoments(const SoftMomentsSetup &setup, std::size_t nEvents, const Real *const *columns,
                const std::int64_t *const *offsets, const Real *weights, Buffer &workspace, double *sums)
{
   if (setup.fBins) {
      [[maybe_unused]] OutputColumns outputs;
      if constexpr (std::is_same<Real, double>::value) { // the plan sees to that for networks
         if (setup.fNetwork) {
            outputs = Outputs(*setup.fNetwork, nEvents, columns, workspace);
            columns = outputs.data();
         }
      }
      const auto bins = setup.fBins->View();
      if (setup.fCotangents.empty())
         Kernels<Real>::kBins(&bins, nEvents, columns, weights, sums);
      else
         Kernels<Real>::kBinsVjp(&bins, nEvents, columns, weights, setup.fCotangents.data(), sums);
      return;
   }
   const auto selection = setup.fSelection.View();
   if (!setup.fTree) {
      Kernels<Real>::kSelection(&selection, nEvents, columns, weights, setup.fDerivatives, sums);
      return;
   }
   const auto tree = setup.fTree->View();
   void *work = workspace.Get(Kernels<Real>::kWorkspace(&selection, &tree, nEvents, offsets));
   Kernels<Real>::kTree(&selection, &tree, nEvents, columns, offsets, weights, setup.fDerivatives, work, sums);
}

template void AddMoments<float>(const SoftMomentsSetup &, std::size_t, const float *const *,
                                const std::int64_t *const *, const float *, Buffer &, double *);
template void AddMoments<double>(const SoftMomentsSetup &, std::size_t, const double *const *,
                                 const std::int64_t *const *, const double *, Buffer &, double *);

} // namespace Internal
} // namespace GradCut
