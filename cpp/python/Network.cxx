#include "SelectionArguments.hxx"

#include <gradcut/kernels/CheckNetwork.hxx>

#include <nanobind/stl/vector.h>

#include <cstdint>
#include <new>
#include <vector>

namespace nb = nanobind;

namespace GradCut {
namespace Python {
namespace {

template <class Real>
struct Kernels;

template <>
struct Kernels<float> {
   static constexpr auto kPlanBytes = GradCutNetworkPlanBytesF32;
   static constexpr auto kPlan = GradCutNetworkPlanF32;
   static constexpr auto kWorkspace = GradCutNetworkWorkspaceF32;
   static constexpr auto kOutputs = GradCutNetworkOutputsF32;
};

template <>
struct Kernels<double> {
   static constexpr auto kPlanBytes = GradCutNetworkPlanBytesF64;
   static constexpr auto kPlan = GradCutNetworkPlanF64;
   static constexpr auto kWorkspace = GradCutNetworkWorkspaceF64;
   static constexpr auto kOutputs = GradCutNetworkOutputsF64;
};

/// Memory aligned to cache lines.
struct Memory {
   explicit Memory(std::size_t bytes) : fData(::operator new(bytes, std::align_val_t{64})) {}
   ~Memory() { ::operator delete(fData, std::align_val_t{64}); }
   Memory(const Memory &) = delete;
   Memory &operator=(const Memory &) = delete;
   void *fData;
};

template <class Real>
void Evaluate(const GradCutNetwork &network, std::size_t nEvents, const double *const *columns, double *outputs)
{
   const Memory plan(Kernels<Real>::kPlanBytes(&network));
   Kernels<Real>::kPlan(&network, plan.fData);
   const Memory workspace(Kernels<Real>::kWorkspace(plan.fData, nEvents));
   Kernels<Real>::kOutputs(plan.fData, nEvents, columns, workspace.fData, outputs);
}

Result<double> Outputs(const std::vector<Array<double, 1>> &inputs, const Array<double, 1> &centre,
                       const Array<double, 1> &scale, double clip, const Array<std::uint32_t, 1> &flagged,
                       const std::vector<Array<double, 2>> &weights, const std::vector<Array<double, 1>> &biases,
                       const std::vector<int> &activations, const std::vector<double> &slopes, bool single)
{
   const std::size_t nLayers = weights.size(), nEvents = inputs.empty() ? 0 : inputs[0].shape(0);
   Require(biases.size() == nLayers && activations.size() == nLayers && slopes.size() == nLayers,
           "layers need weights, biases, an activation and a slope each");
   Require(centre.shape(0) == inputs.size() && scale.shape(0) == inputs.size(),
           "inputs need a centre and a scale each");
   std::vector<GradCutLayer> layers;
   for (std::size_t l = 0; l < nLayers; ++l) {
      Require(biases[l].shape(0) == weights[l].shape(0), "a layer needs one bias per output");
      layers.push_back({weights[l].shape(1), weights[l].shape(0), weights[l].data(), biases[l].data(),
                        static_cast<GradCutActivation>(activations[l]), slopes[l]});
   }
   const GradCutNetwork network{inputs.size(),    centre.data(),  scale.data(), clip,
                                flagged.shape(0), flagged.data(), nLayers,      layers.data()};
   CheckNetwork(network);
   std::vector<const double *> columns;
   for (const auto &input : inputs) {
      Require(input.shape(0) == nEvents, "inputs differ in length");
      columns.push_back(input.data());
   }
   double *outputs = nullptr;
   auto result = NewArray<double>({layers.back().fNOut, nEvents}, outputs);
   nb::gil_scoped_release release;
   (single ? Evaluate<float> : Evaluate<double>)(network, nEvents, columns.data(), outputs);
   return result;
}

} // namespace

void RegisterNetwork(nb::module_ &module)
{
   module.def("network_outputs", &Outputs, nb::arg("inputs").noconvert(), nb::kw_only(), nb::arg("centre").noconvert(),
              nb::arg("scale").noconvert(), nb::arg("clip"), nb::arg("flagged").noconvert(),
              nb::arg("weights").noconvert(), nb::arg("biases").noconvert(), nb::arg("activations"), nb::arg("slopes"),
              nb::arg("single"), "Outputs of a network, shape (outputs, events); single: layers in single precision.");
}

} // namespace Python
} // namespace GradCut
