#include "SelectionArguments.hxx"

#include <gradcut/kernels/CheckTree.hxx>
#include <gradcut/kernels/Tree.h>

#include <nanobind/stl/vector.h>

#include <cstddef>
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
   static constexpr auto kMoments = GradCutTreeMomentsF32;
   static constexpr auto kWorkspace = GradCutTreeWorkspaceF32;
};

template <>
struct Kernels<double> {
   static constexpr auto kMoments = GradCutTreeMomentsF64;
   static constexpr auto kWorkspace = GradCutTreeWorkspaceF64;
};

using Numbers = Array<std::int32_t, 1>;
using Offsets = Array<std::int64_t, 1>;

template <class Real>
Result<double> Moments(const std::vector<Array<Real, 1>> &columns, const std::vector<Offsets> &offsets,
                       const Array<Real, 1> &weights, int step, const Codes &kinds, const Codes &flags,
                       const Points &low, const Points &high, const Points &width, const Codes &nodes,
                       const Numbers &arguments, const Numbers &upper, const Numbers &collections,
                       const Numbers &termCuts, const Numbers &termColumns, const Points &termValues, int derivatives)
{
   const auto selection = MakeSelection(step, kinds, flags, low, high, width);
   const std::size_t nEvents = weights.shape(0), nTerms = termCuts.shape(0);
   Require(arguments.shape(0) == nodes.shape(0) && upper.shape(0) == nodes.shape(0),
           "nodes, arguments and upper differ in length");
   Require(collections.shape(0) == columns.size(), "need one collection per column");
   Require(termColumns.shape(0) == nTerms && termValues.shape(1) == nTerms, "terms differ in length");
   Require(termValues.shape(0) == selection.fNPoints, "need the values of the terms at every point");
   const GradCutTree tree{nodes.shape(0),     nodes.data(), arguments.data(), upper.data(),       columns.size(),
                          collections.data(), nTerms,       termCuts.data(),  termColumns.data(), termValues.data()};
   CheckTree(tree, selection, offsets.size());
   std::vector<const std::int64_t *> begins;
   for (const auto &one : offsets) {
      Require(one.shape(0) == nEvents + 1, "offsets need one number per event and one more");
      for (std::size_t e = 0; e < nEvents; ++e)
         Require(one.data()[e] <= one.data()[e + 1], "offsets decrease");
      begins.push_back(one.data());
   }
   std::vector<const Real *> pointers;
   for (std::size_t c = 0; c < columns.size(); ++c) {
      const auto collection = collections.data()[c];
      const std::size_t n = collection < 0
                               ? nEvents
                               : static_cast<std::size_t>(begins[static_cast<std::size_t>(collection)][nEvents] -
                                                          begins[static_cast<std::size_t>(collection)][0]);
      Require(columns[c].shape(0) == n, "a column does not have one value per event or object");
      pointers.push_back(columns[c].data());
   }
   const auto level = Derivatives(derivatives);
   double *sums = nullptr;
   auto result = NewArray<double>({selection.fNPoints, 3, GRADCUT_TREE_ROW(selection.fNCuts, nTerms)}, sums);
   nb::gil_scoped_release release;
   const std::size_t bytes = Kernels<Real>::kWorkspace(&selection, &tree, nEvents, begins.data());
   void *workspace = ::operator new(bytes + 64, std::align_val_t(64));
   Kernels<Real>::kMoments(&selection, &tree, nEvents, pointers.data(), begins.data(), weights.data(), level, workspace,
                           sums);
   ::operator delete(workspace, std::align_val_t(64));
   return result;
}

template <class Real>
void Register(nb::module_ &module)
{
   module.def("tree_moments", &Moments<Real>, nb::arg("columns").noconvert(), nb::arg("offsets").noconvert(),
              nb::arg("weights").noconvert(), nb::kw_only(), nb::arg("step"), nb::arg("kinds").noconvert(),
              nb::arg("flags").noconvert(), nb::arg("low").noconvert(), nb::arg("high").noconvert(),
              nb::arg("width").noconvert(), nb::arg("nodes").noconvert(), nb::arg("arguments").noconvert(),
              nb::arg("upper").noconvert(), nb::arg("collections").noconvert(), nb::arg("term_cuts").noconvert(),
              nb::arg("term_columns").noconvert(), nb::arg("term_values").noconvert(), nb::arg("derivatives") = 1,
              "Moments of the weights in a tree of cuts with their Jacobian, shape (points, 3, 1 + 3 cuts + terms).");
}

} // namespace

void RegisterTree(nb::module_ &module)
{
   Register<float>(module);
   Register<double>(module);
}

} // namespace Python
} // namespace GradCut
