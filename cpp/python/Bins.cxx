#include "SelectionArguments.hxx"

#include <gradcut/kernels/Bins.h>
#include <gradcut/kernels/CheckBins.hxx>

#include <nanobind/stl/vector.h>

#include <cstdint>
#include <vector>

namespace nb = nanobind;

namespace GradCut {
namespace Python {
namespace {

template <class Real>
struct Kernels;

template <>
struct Kernels<float> {
   static constexpr auto kMembership = GradCutBinsMembershipF32;
   static constexpr auto kMembershipVjp = GradCutBinsMembershipVjpF32;
   static constexpr auto kMoments = GradCutBinsMomentsF32;
   static constexpr auto kVjp = GradCutBinsVjpF32;
   static constexpr auto kIndex = GradCutBinsIndexF32;
};

template <>
struct Kernels<double> {
   static constexpr auto kMembership = GradCutBinsMembershipF64;
   static constexpr auto kMembershipVjp = GradCutBinsMembershipVjpF64;
   static constexpr auto kMoments = GradCutBinsMomentsF64;
   static constexpr auto kVjp = GradCutBinsVjpF64;
   static constexpr auto kIndex = GradCutBinsIndexF64;
};

using Counts = Array<std::uint32_t, 1>;

/// Bins and the columns of events, checked.
template <class Real>
struct Arguments {
   GradCutBins fBins;
   std::vector<const Real *> fColumns;
   std::size_t fNEvents;

   Arguments(const std::vector<Array<Real, 1>> &columns, int kind, int step, const Counts &nEdges, std::size_t nBins,
             bool localWidth, bool reflect, const Points &parameters)
      : fBins{static_cast<GradCutBinsKind>(kind),
              static_cast<GradCutStep>(step),
              columns.size(),
              nEdges.data(),
              nBins,
              localWidth,
              reflect,
              parameters.shape(0),
              parameters.shape(1),
              parameters.data()},
        fNEvents(columns.empty() ? 0 : columns[0].shape(0))
   {
      Require(nEdges.shape(0) == (kind == kGradCutAxes ? columns.size() : 0),
              "n_edges needs a number per column of axes, none for others");
      CheckBins(fBins);
      for (const auto &column : columns) {
         Require(column.shape(0) == fNEvents, "columns differ in length");
         fColumns.push_back(column.data());
      }
   }
};

template <class Real>
Result<Real> Membership(const std::vector<Array<Real, 1>> &columns, int kind, int step, const Counts &nEdges,
                        std::size_t nBins, bool localWidth, bool reflect, const Points &parameters)
{
   const Arguments<Real> arguments(columns, kind, step, nEdges, nBins, localWidth, reflect, parameters);
   Real *membership = nullptr;
   auto result = NewArray<Real>({parameters.shape(0), nBins, arguments.fNEvents}, membership);
   nb::gil_scoped_release release;
   Kernels<Real>::kMembership(&arguments.fBins, arguments.fNEvents, arguments.fColumns.data(), membership);
   return result;
}

template <class Real>
Result<double> MembershipVjp(const std::vector<Array<Real, 1>> &columns, const Array<Real, 3> &cotangents, int kind,
                             int step, const Counts &nEdges, std::size_t nBins, bool localWidth, bool reflect,
                             const Points &parameters)
{
   const Arguments<Real> arguments(columns, kind, step, nEdges, nBins, localWidth, reflect, parameters);
   Require(cotangents.shape(0) == parameters.shape(0) && cotangents.shape(1) == nBins &&
              cotangents.shape(2) == arguments.fNEvents,
           "cotangents need the shape (points, bins, events)");
   double *gradient = nullptr;
   auto result = NewArray<double>({parameters.shape(0), parameters.shape(1)}, gradient);
   nb::gil_scoped_release release;
   Kernels<Real>::kMembershipVjp(&arguments.fBins, arguments.fNEvents, arguments.fColumns.data(), cotangents.data(),
                                 gradient);
   return result;
}

template <class Real>
Result<double> Moments(const std::vector<Array<Real, 1>> &columns, const Array<Real, 1> &weights, int kind, int step,
                       const Counts &nEdges, std::size_t nBins, bool localWidth, bool reflect, const Points &parameters)
{
   const Arguments<Real> arguments(columns, kind, step, nEdges, nBins, localWidth, reflect, parameters);
   Require(weights.shape(0) == arguments.fNEvents, "columns and weights differ in length");
   double *sums = nullptr;
   auto result = NewArray<double>({parameters.shape(0), 3, nBins}, sums);
   nb::gil_scoped_release release;
   Kernels<Real>::kMoments(&arguments.fBins, arguments.fNEvents, arguments.fColumns.data(), weights.data(), sums);
   return result;
}

template <class Real>
Result<double> Vjp(const std::vector<Array<Real, 1>> &columns, const Array<Real, 1> &weights,
                   const Array<double, 3> &cotangents, int kind, int step, const Counts &nEdges, std::size_t nBins,
                   bool localWidth, bool reflect, const Points &parameters)
{
   const Arguments<Real> arguments(columns, kind, step, nEdges, nBins, localWidth, reflect, parameters);
   Require(weights.shape(0) == arguments.fNEvents, "columns and weights differ in length");
   Require(cotangents.shape(0) == parameters.shape(0) && cotangents.shape(1) == 3 && cotangents.shape(2) == nBins,
           "cotangents need the shape (points, 3, bins)");
   double *gradient = nullptr;
   auto result = NewArray<double>({parameters.shape(0), parameters.shape(1)}, gradient);
   nb::gil_scoped_release release;
   Kernels<Real>::kVjp(&arguments.fBins, arguments.fNEvents, arguments.fColumns.data(), weights.data(),
                       cotangents.data(), gradient);
   return result;
}

template <class Real>
Result<std::int32_t> Index(const std::vector<Array<Real, 1>> &columns, int kind, int step, const Counts &nEdges,
                           std::size_t nBins, bool localWidth, bool reflect, const Points &parameters)
{
   const Arguments<Real> arguments(columns, kind, step, nEdges, nBins, localWidth, reflect, parameters);
   std::int32_t *index = nullptr;
   auto result = NewArray<std::int32_t>({parameters.shape(0), arguments.fNEvents}, index);
   nb::gil_scoped_release release;
   Kernels<Real>::kIndex(&arguments.fBins, arguments.fNEvents, arguments.fColumns.data(), index);
   return result;
}

template <class Real>
void Register(nb::module_ &module)
{
   const auto columns = nb::arg("columns").noconvert(), weights = nb::arg("weights").noconvert();
   const auto cotangents = nb::arg("cotangents").noconvert();
   const auto define = [&](const char *name, auto function, const char *doc, const auto &...arrays) {
      module.def(name, function, columns, arrays..., nb::kw_only(), nb::arg("kind"), nb::arg("step"),
                 nb::arg("n_edges").noconvert(), nb::arg("n_bins"), nb::arg("local_width"), nb::arg("reflect"),
                 nb::arg("parameters").noconvert(), doc);
   };
   define("bins_membership", &Membership<Real>, "Membership of every event, shape (points, bins, events).");
   define("bins_membership_vjp", &MembershipVjp<Real>,
          "Gradient of memberships contracted with cotangents (points, bins, events), shape (points, parameters).",
          cotangents);
   define("bins_moments", &Moments<Real>, "Moments of the weights per bin, shape (points, 3, bins).", weights);
   define("bins_vjp", &Vjp<Real>,
          "Gradient of the moments contracted with cotangents (points, 3, bins), shape (points, parameters).", weights,
          cotangents);
   define("bins_index", &Index<Real>, "Bin of every event, -1 for missing values, shape (points, events).");
}

} // namespace

void RegisterBins(nb::module_ &module)
{
   Register<float>(module);
   Register<double>(module);
}

} // namespace Python
} // namespace GradCut
