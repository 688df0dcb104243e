#include "LikelihoodArguments.hxx"

#include <gradcut/kernels/HypoTest.h>

#include <nanobind/stl/optional.h>

#include <array>
#include <optional>

namespace nb = nanobind;

namespace GradCut {
namespace Python {
namespace {

using OptionalRows = std::optional<Rows>;
using Vector = Array<double, 1>;

/// A test of models; data that are not given are those expected.
GradCutTest MakeTest(const Likelihood &self, const Rows &inputs, const OptionalRows &data, const Rows &start,
                     const Vector &lower, const Vector &upper, const Array<std::uint8_t, 1> &fixed, std::size_t poi,
                     int statistic)
{
   GradCutTest test{};
   test.fFit = MakeProblem(self, inputs, start, lower, upper, fixed);
   if (data) {
      RequireColumns(*data, self.NData(), "data");
      test.fFit.fNModels = CountModels({&inputs, &start, &*data});
      test.fFit.fData = RowsOf(*data);
   }
   if (poi >= self.NParameters())
      throw std::invalid_argument("there is no such parameter to be tested");
   if (statistic < kGradCutQMuTilde || statistic > kGradCutTMu)
      throw std::invalid_argument("a test statistic is one of 0 to 3");
   test.fPoi = poi;
   test.fStatistic = static_cast<GradCutTestStatistic>(statistic);
   test.fExpected = !data;
   return test;
}

nb::tuple HypoTest(const Likelihood &self, const Rows &inputs, const OptionalRows &data, const Rows &start,
                   const Vector &lower, const Vector &upper, const Array<std::uint8_t, 1> &fixed, std::size_t poi,
                   int statistic, const Vector &mu, const OptionalRows &cotangents)
{
   auto test = MakeTest(self, inputs, data, start, lower, upper, fixed, poi, statistic);
   auto &n = test.fFit.fNModels;
   n = n == 1 ? mu.shape(0) : n;
   if (mu.shape(0) != n && mu.shape(0) != 1)
      throw std::invalid_argument("need one tested value per model, or one for all");
   if (cotangents) {
      RequireColumns(*cotangents, kGradCutTestOutputs, "cotangents");
      if (cotangents->shape(0) != n && cotangents->shape(0) != 1)
         throw std::invalid_argument("need cotangents for every model, or some for all");
   }
   double *outputs = nullptr, *muHat = nullptr;
   std::int32_t *status = nullptr, *flags = nullptr;
   auto first = NewArray<double>({n, kGradCutTestOutputs}, outputs), second = NewArray<double>({n}, muHat);
   auto third = NewArray<std::int32_t>({n}, status), fourth = NewArray<std::int32_t>({n}, flags);
   const std::size_t nGradients = cotangents ? n : 0;
   GradCutTestGradient gradient{};
   auto dInputs = NewArray<double>({nGradients, self.NInputs()}, gradient.fDInputs),
        dData = NewArray<double>({nGradients, self.NData()}, gradient.fDData),
        dMu = NewArray<double>({nGradients}, gradient.fDMu);
   if (cotangents)
      gradient.fCotangents = RowsOf(*cotangents);
   bool good;
   {
      nb::gil_scoped_release release;
      good = GradCutHypoTest(&test, {mu.data(), mu.shape(0) == 1 ? std::size_t(0) : std::size_t(1)}, outputs, muHat,
                             status, flags, cotangents ? &gradient : nullptr);
   }
   RequireMemory(good);
   return nb::make_tuple(first, second, third, fourth, dInputs, dData, dMu);
}

nb::tuple UpperLimit(const Likelihood &self, const Rows &inputs, const OptionalRows &data, const Rows &start,
                     const Vector &lower, const Vector &upper, const Array<std::uint8_t, 1> &fixed, std::size_t poi,
                     int statistic, double level, const OptionalRows &cotangents)
{
   constexpr std::size_t kNLimits = 6;
   const auto test = MakeTest(self, inputs, data, start, lower, upper, fixed, poi, statistic);
   const std::size_t n = test.fFit.fNModels;
   if (statistic == kGradCutQ0)
      throw std::invalid_argument("q0 has no upper limit");
   if (!(level > 0. && level < 0.5))
      throw std::invalid_argument("a level lies between 0 and 0.5");
   if (cotangents) {
      RequireColumns(*cotangents, kNLimits, "cotangents");
      if (cotangents->shape(0) != n && cotangents->shape(0) != 1)
         throw std::invalid_argument("need cotangents for every model, or some for all");
   }
   double *limits = nullptr;
   std::int32_t *status = nullptr, *flags = nullptr;
   auto first = NewArray<double>({n, kNLimits}, limits);
   auto second = NewArray<std::int32_t>({n}, status), third = NewArray<std::int32_t>({n}, flags);
   const std::size_t nGradients = cotangents ? n : 0;
   GradCutTestGradient gradient{};
   auto dInputs = NewArray<double>({nGradients, self.NInputs()}, gradient.fDInputs),
        dData = NewArray<double>({nGradients, self.NData()}, gradient.fDData);
   if (cotangents)
      gradient.fCotangents = RowsOf(*cotangents);
   bool good;
   {
      nb::gil_scoped_release release;
      good = GradCutUpperLimit(&test, level, limits, status, flags, cotangents ? &gradient : nullptr);
   }
   RequireMemory(good);
   return nb::make_tuple(first, second, third, dInputs, dData);
}

} // namespace

void RegisterHypoTest(nb::class_<Likelihood> &likelihood)
{
   const auto data = nb::arg("data").noconvert().none();
   const auto inputs = nb::arg("inputs").noconvert(), start = nb::arg("start").noconvert(),
              lower = nb::arg("lower").noconvert(), upper = nb::arg("upper").noconvert(),
              fixed = nb::arg("fixed").noconvert();
   likelihood
      .def("hypotest", &HypoTest, inputs, data, start, lower, upper, fixed, nb::arg("poi"), nb::arg("statistic"),
           nb::arg("mu").noconvert(), nb::arg("cotangents").noconvert() = nb::none(),
           "Outputs, best fits, statuses and flags of tests; gradients in inputs, data and tested values.")
      .def("upper_limit", &UpperLimit, inputs, data, start, lower, upper, fixed, nb::arg("poi"), nb::arg("statistic"),
           nb::arg("level"), nb::arg("cotangents").noconvert() = nb::none(),
           "Observed and expected limits, statuses and flags; gradients in inputs and data.");
}

} // namespace Python
} // namespace GradCut
