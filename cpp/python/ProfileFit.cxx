#include "LikelihoodArguments.hxx"

#include <gradcut/kernels/ProfileFit.h>

#include <nanobind/stl/optional.h>

#include <optional>

namespace nb = nanobind;

namespace GradCut {
namespace Python {
namespace {

nb::tuple Fit(const Likelihood &self, const Rows &inputs, const Rows &data, const Rows &start,
              const Array<double, 1> &lower, const Array<double, 1> &upper, const Array<std::uint8_t, 1> &fixed)
{
   auto problem = MakeProblem(self, inputs, start, lower, upper, fixed);
   RequireColumns(data, self.NData(), "data");
   problem.fData = RowsOf(data);
   const std::size_t n = problem.fNModels = CountModels({&inputs, &data, &start}), p = self.NParameters();
   GradCutFitResults out{};
   auto theta = NewArray<double>({n, p}, out.fTheta), value = NewArray<double>({n}, out.fValue),
        hessian = NewArray<double>({n, p, p}, out.fHessian);
   auto active = NewArray<std::uint8_t>({n, p}, out.fActive);
   auto status = NewArray<std::int32_t>({n}, out.fStatus), flags = NewArray<std::int32_t>({n}, out.fFlags),
        iterations = NewArray<std::int32_t>({n}, out.fIterations);
   bool good;
   {
      nb::gil_scoped_release release;
      good = GradCutFit(&problem, &out);
   }
   RequireMemory(good);
   return nb::make_tuple(theta, value, hessian, active, status, flags, iterations);
}

nb::tuple FitVjp(const Likelihood &self, const Rows &inputs, const Rows &data, const Rows &theta,
                 const Array<std::uint8_t, 2> &active, const Rows &cotangents,
                 const std::optional<Array<double, 3>> &matrices)
{
   const std::size_t p = self.NParameters(), n = theta.shape(0);
   RequireColumns(inputs, self.NInputs(), "inputs");
   RequireColumns(data, self.NData(), "data");
   RequireColumns(theta, p, "parameters");
   RequireColumns(cotangents, p, "cotangents");
   if (CountModels({&inputs, &data, &theta}) != n || cotangents.shape(0) != n || active.shape(0) != n ||
       active.shape(1) != p)
      throw std::invalid_argument("parameters, active ones and cotangents differ in the number of models");
   if (matrices && (matrices->shape(0) != n || matrices->shape(1) != p || matrices->shape(2) != p))
      throw std::invalid_argument("matrices need one row and column per parameter");
   GradCutFitProblem problem{};
   problem.fModel = self.Get();
   problem.fNModels = n;
   problem.fInputs = RowsOf(inputs);
   problem.fData = RowsOf(data);
   double *dInputs = nullptr, *dData = nullptr;
   auto first = NewArray<double>({n, self.NInputs()}, dInputs), second = NewArray<double>({n, self.NData()}, dData);
   bool good;
   {
      nb::gil_scoped_release release;
      good = GradCutFitVjp(&problem, theta.data(), active.data(), cotangents.data(),
                           matrices ? matrices->data() : nullptr, dInputs, dData);
   }
   RequireMemory(good);
   return nb::make_tuple(first, second);
}

} // namespace

void RegisterProfileFit(nb::class_<Likelihood> &likelihood)
{
   const auto inputs = nb::arg("inputs").noconvert(), data = nb::arg("data").noconvert();
   likelihood
      .def("fit", &Fit, inputs, data, nb::arg("start").noconvert(), nb::arg("lower").noconvert(),
           nb::arg("upper").noconvert(), nb::arg("fixed").noconvert(),
           "Parameters, values, Hessians, active parameters, statuses, flags and iterations of fits.")
      .def("fit_vjp", &FitVjp, inputs, data, nb::arg("theta").noconvert(), nb::arg("active").noconvert(),
           nb::arg("cotangents").noconvert(), nb::arg("matrices").noconvert() = nb::none(),
           "Gradients of cotangents times fitted parameters, and of matrices times Hessians, in inputs and data.");
}

} // namespace Python
} // namespace GradCut
