#include "Module.hxx"

#include <gradcut/kernels/Selection.h>

#include <nanobind/stl/vector.h>

#include <stdexcept>
#include <string>
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

void Require(bool condition, const char *message)
{
   if (!condition)
      throw std::invalid_argument(message);
}

using Codes = Array<std::uint8_t, 1>;
using Points = Array<double, 2>;

GradCutSelection MakeSelection(int step, const Codes &kinds, const Codes &flags, const Points &low, const Points &high,
                               const Points &width)
{
   const std::size_t nCuts = kinds.shape(0), nPoints = low.shape(0);
   Require(step >= kGradCutHard && step <= kGradCutGaussian, "step is not one of 0 (hard), 1 (logistic), 2 (Gaussian)");
   Require(nCuts <= GRADCUT_MAX_CUTS, "more cuts than the kernels take at once (128)");
   Require(flags.shape(0) == nCuts, "flags and kinds differ in length");
   for (std::size_t k = 0; k < nCuts; ++k)
      Require(kinds(k) <= kGradCutVeto, "a kind is not one of 0 (above), 1 (below), 2 (window), 3 (veto)");
   for (const Points *p : {&low, &high, &width})
      Require(p->shape(0) == nPoints && p->shape(1) == nCuts, "low, high and width need the shape (points, cuts)");
   for (std::size_t i = 0; i < nPoints * nCuts; ++i)
      Require(step == kGradCutHard || width.data()[i] > 0., "a width is not positive");
   return {nCuts,       nPoints,     static_cast<GradCutStep>(step), kinds.data(), flags.data(), low.data(),
           high.data(), width.data()};
}

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

GradCutDerivatives Derivatives(int derivatives)
{
   Require(derivatives >= kGradCutValues && derivatives <= kGradCutAll,
           "derivatives is not one of 0 (none), 1 (thresholds), 2 (thresholds and widths)");
   return static_cast<GradCutDerivatives>(derivatives);
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
