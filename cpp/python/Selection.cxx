#include "SelectionArguments.hxx"

#include <gradcut/kernels/Selection.h>

#include <nanobind/stl/vector.h>

#include <vector>

namespace nb = nanobind;

namespace GradCut {
namespace Python {
namespace {

/// The kernels of one precision under one name.
template <class Real>
struct Kernels;

template <>
struct Kernels<float> {
   static constexpr auto kMoments = GradCutSelectionMomentsF32;
   static constexpr auto kVjp = GradCutSelectionVjpF32;
   static constexpr auto kMembership = GradCutSelectionMembershipF32;
};

template <>
struct Kernels<double> {
   static constexpr auto kMoments = GradCutSelectionMomentsF64;
   static constexpr auto kVjp = GradCutSelectionVjpF64;
   static constexpr auto kMembership = GradCutSelectionMembershipF64;
};

template <class Real>
std::vector<const Real *> Pointers(const std::vector<Array<Real, 1>> &columns, std::size_t nCuts, std::size_t nEvents)
{
   Require(columns.size() == nCuts, "need one column per cut");
   std::vector<const Real *> pointers;
   for (const auto &column : columns) {
      Require(column.shape(0) == nEvents, "columns and weights differ in length");
      pointers.push_back(column.data());
   }
   return pointers;
}

template <class Real>
Result<double> Moments(const std::vector<Array<Real, 1>> &columns, const Array<Real, 1> &weights, int step,
                       const Codes &kinds, const Codes &flags, const Points &low, const Points &high,
                       const Points &width, int derivatives)
{
   const auto selection = MakeSelection(step, kinds, flags, low, high, width);
   const auto pointers = Pointers(columns, selection.fNCuts, weights.shape(0));
   const auto level = Derivatives(derivatives);
   double *sums = nullptr;
   auto result = NewArray<double>({selection.fNPoints, 3, GRADCUT_ROW(selection.fNCuts)}, sums);
   nb::gil_scoped_release release;
   Kernels<Real>::kMoments(&selection, weights.shape(0), pointers.data(), weights.data(), level, sums);
   return result;
}

template <class Real>
Result<double> Vjp(const std::vector<Array<Real, 1>> &columns, const Array<Real, 1> &weights, int step,
                   const Codes &kinds, const Codes &flags, const Points &low, const Points &high, const Points &width,
                   const Points &cotangents, int derivatives)
{
   const auto selection = MakeSelection(step, kinds, flags, low, high, width);
   const auto pointers = Pointers(columns, selection.fNCuts, weights.shape(0));
   const auto level = Derivatives(derivatives);
   Require(cotangents.shape(0) == selection.fNPoints && cotangents.shape(1) == 3,
           "cotangents need the shape (points, 3)");
   double *gradient = nullptr;
   auto result = NewArray<double>({selection.fNPoints, 3, selection.fNCuts}, gradient);
   nb::gil_scoped_release release;
   Kernels<Real>::kVjp(&selection, weights.shape(0), pointers.data(), weights.data(), cotangents.data(), level,
                       gradient);
   return result;
}

template <class Real>
Result<Real> Membership(const std::vector<Array<Real, 1>> &columns, std::size_t nEvents, int step, const Codes &kinds,
                        const Codes &flags, const Points &low, const Points &high, const Points &width)
{
   const auto selection = MakeSelection(step, kinds, flags, low, high, width);
   const auto pointers = Pointers(columns, selection.fNCuts, nEvents);
   Real *membership = nullptr;
   auto result = NewArray<Real>({selection.fNPoints, nEvents}, membership);
   nb::gil_scoped_release release;
   Kernels<Real>::kMembership(&selection, nEvents, pointers.data(), membership);
   return result;
}

template <class Real>
void Register(nb::module_ &module)
{
   module.def("selection_moments", &Moments<Real>, nb::arg("columns").noconvert(), nb::arg("weights").noconvert(),
              nb::kw_only(), nb::arg("step"), nb::arg("kinds").noconvert(), nb::arg("flags").noconvert(),
              nb::arg("low").noconvert(), nb::arg("high").noconvert(), nb::arg("width").noconvert(),
              nb::arg("derivatives") = 1, "Moments of the weights with their Jacobian, shape (points, 3, 1 + 3 cuts).");
   module.def("selection_vjp", &Vjp<Real>, nb::arg("columns").noconvert(), nb::arg("weights").noconvert(),
              nb::kw_only(), nb::arg("step"), nb::arg("kinds").noconvert(), nb::arg("flags").noconvert(),
              nb::arg("low").noconvert(), nb::arg("high").noconvert(), nb::arg("width").noconvert(),
              nb::arg("cotangents").noconvert(), nb::arg("derivatives") = 1,
              "Gradient of the moments contracted with cotangents, shape (points, 3, cuts): low, high, width.");
   module.def("selection_membership", &Membership<Real>, nb::arg("columns").noconvert(), nb::arg("n_events"),
              nb::kw_only(), nb::arg("step"), nb::arg("kinds").noconvert(), nb::arg("flags").noconvert(),
              nb::arg("low").noconvert(), nb::arg("high").noconvert(), nb::arg("width").noconvert(),
              "Membership of every event, shape (points, events).");
}

} // namespace

void RegisterSelection(nb::module_ &module)
{
   Register<float>(module);
   Register<double>(module);
}

} // namespace Python
} // namespace GradCut
