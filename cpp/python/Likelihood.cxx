#include "LikelihoodArguments.hxx"

#include <array>

namespace nb = nanobind;

namespace GradCut {
namespace Python {
namespace {

using Codes2 = Array<std::int32_t, 2>;

void Make(Likelihood *self, std::size_t nParameters, std::size_t nBins, std::size_t nInputs, const Codes2 &samples,
          const Codes2 &modifiers, const Codes2 &constraints)
{
   if (samples.shape(1) != 3 || modifiers.shape(1) != 5 || constraints.shape(1) != 3)
      throw std::invalid_argument("samples have 3 codes, modifiers 5, constraints 3");
   const GradCutLikelihoodPlan plan{
      nParameters,          nBins,          nInputs,          samples.shape(0),  modifiers.shape(0),
      constraints.shape(0), samples.data(), modifiers.data(), constraints.data()};
   const char *problem = nullptr;
   std::unique_ptr<GradCutLikelihood, DeleteLikelihood> model(GradCutNewLikelihood(&plan, &problem));
   if (!model && problem)
      throw std::invalid_argument(problem);
   RequireMemory(model != nullptr);
   new (self) Likelihood{std::move(model)};
}

Result<double> ExpectedData(const Likelihood &self, const Rows &theta, const Rows &inputs)
{
   RequireColumns(theta, self.NParameters(), "parameters");
   RequireColumns(inputs, self.NInputs(), "inputs");
   const std::size_t n = CountModels({&theta, &inputs}), width = self.NData();
   double *expected = nullptr;
   auto result = NewArray<double>({n, width}, expected);
   bool good = true;
   {
      nb::gil_scoped_release release;
      for (std::size_t i = 0; i < n; ++i)
         good = good && GradCutExpectedData(self.Get(), RowOf(theta, i), RowOf(inputs, i), expected + i * width);
   }
   RequireMemory(good);
   return result;
}

nb::tuple ExpectedDataVjp(const Likelihood &self, const Rows &theta, const Rows &inputs, const Rows &cotangents)
{
   RequireColumns(theta, self.NParameters(), "parameters");
   RequireColumns(inputs, self.NInputs(), "inputs");
   RequireColumns(cotangents, self.NData(), "cotangents");
   const std::size_t n = CountModels({&theta, &inputs, &cotangents});
   double *dTheta = nullptr, *dInputs = nullptr;
   auto first = NewArray<double>({n, self.NParameters()}, dTheta);
   auto second = NewArray<double>({n, self.NInputs()}, dInputs);
   bool good = true;
   {
      nb::gil_scoped_release release;
      for (std::size_t i = 0; i < n; ++i)
         good = good && GradCutExpectedDataVjp(self.Get(), RowOf(theta, i), RowOf(inputs, i), RowOf(cotangents, i),
                                               dTheta + i * self.NParameters(), dInputs + i * self.NInputs());
   }
   RequireMemory(good);
   return nb::make_tuple(first, second);
}

nb::tuple Evaluate(const Likelihood &self, const Rows &theta, const Rows &inputs, const Rows &data)
{
   RequireColumns(theta, self.NParameters(), "parameters");
   RequireColumns(inputs, self.NInputs(), "inputs");
   RequireColumns(data, self.NData(), "data");
   const std::size_t n = CountModels({&theta, &inputs, &data}), p = self.NParameters();
   std::array<double *, 5> out{};
   auto value = NewArray<double>({n}, out[0]), dTheta = NewArray<double>({n, p}, out[1]),
        hessian = NewArray<double>({n, p, p}, out[2]), dInputs = NewArray<double>({n, self.NInputs()}, out[3]),
        dData = NewArray<double>({n, self.NData()}, out[4]);
   bool good = true;
   {
      nb::gil_scoped_release release;
      for (std::size_t i = 0; i < n; ++i)
         good = good && GradCutNegativeLogLikelihood(self.Get(), RowOf(theta, i), RowOf(inputs, i), RowOf(data, i),
                                                     out[0] + i, out[1] + i * p, out[2] + i * p * p,
                                                     out[3] + i * self.NInputs(), out[4] + i * self.NData());
   }
   RequireMemory(good);
   return nb::make_tuple(value, dTheta, hessian, dInputs, dData);
}

Result<double> Value(const Likelihood &self, const Rows &theta, const Rows &inputs, const Rows &data)
{
   RequireColumns(theta, self.NParameters(), "parameters");
   RequireColumns(inputs, self.NInputs(), "inputs");
   RequireColumns(data, self.NData(), "data");
   const std::size_t n = CountModels({&theta, &inputs, &data});
   double *value = nullptr;
   auto result = NewArray<double>({n}, value);
   bool good = true;
   {
      nb::gil_scoped_release release;
      for (std::size_t i = 0; i < n; ++i)
         good = good && GradCutNegativeLogLikelihood(self.Get(), RowOf(theta, i), RowOf(inputs, i), RowOf(data, i),
                                                     value + i, nullptr, nullptr, nullptr, nullptr);
   }
   RequireMemory(good);
   return result;
}

/// Derivatives along a direction: \ref GradCutHessianVector and \ref GradCutHessianForm.
template <decltype(&GradCutHessianVector) Function>
nb::tuple Along(const Likelihood &self, const Rows &theta, const Rows &inputs, const Rows &data, const Rows &direction)
{
   RequireColumns(theta, self.NParameters(), "parameters");
   RequireColumns(inputs, self.NInputs(), "inputs");
   RequireColumns(data, self.NData(), "data");
   RequireColumns(direction, self.NParameters(), "directions");
   const std::size_t n = CountModels({&theta, &inputs, &data, &direction}), p = self.NParameters();
   std::array<double *, 3> out{};
   auto dTheta = NewArray<double>({n, p}, out[0]), dInputs = NewArray<double>({n, self.NInputs()}, out[1]),
        dData = NewArray<double>({n, self.NData()}, out[2]);
   bool good = true;
   {
      nb::gil_scoped_release release;
      for (std::size_t i = 0; i < n; ++i)
         good = good && Function(self.Get(), RowOf(theta, i), RowOf(inputs, i), RowOf(data, i), RowOf(direction, i),
                                 out[0] + i * p, out[1] + i * self.NInputs(), out[2] + i * self.NData());
   }
   RequireMemory(good);
   return nb::make_tuple(dTheta, dInputs, dData);
}

nb::tuple HessianVjp(const Likelihood &self, const Rows &theta, const Rows &inputs, const Rows &data,
                     const Array<double, 3> &matrices)
{
   const std::size_t p = self.NParameters(), n = matrices.shape(0);
   RequireColumns(theta, p, "parameters");
   RequireColumns(inputs, self.NInputs(), "inputs");
   RequireColumns(data, self.NData(), "data");
   const std::size_t nOthers = CountModels({&theta, &inputs, &data});
   if ((nOthers != 1 && nOthers != n) || matrices.shape(1) != p || matrices.shape(2) != p)
      throw std::invalid_argument("need one matrix with a row and a column per parameter for every model");
   std::array<double *, 3> out{};
   auto dTheta = NewArray<double>({n, p}, out[0]), dInputs = NewArray<double>({n, self.NInputs()}, out[1]),
        dData = NewArray<double>({n, self.NData()}, out[2]);
   bool good = true;
   {
      nb::gil_scoped_release release;
      for (std::size_t i = 0; i < n; ++i)
         good = good && GradCutHessianVjp(self.Get(), RowOf(theta, i), RowOf(inputs, i), RowOf(data, i),
                                          matrices.data() + i * p * p, out[0] + i * p, out[1] + i * self.NInputs(),
                                          out[2] + i * self.NData());
   }
   RequireMemory(good);
   return nb::make_tuple(dTheta, dInputs, dData);
}

} // namespace

void RegisterLikelihood(nb::module_ &module)
{
   const auto theta = nb::arg("theta").noconvert(), inputs = nb::arg("inputs").noconvert(),
              data = nb::arg("data").noconvert(), direction = nb::arg("direction").noconvert();
   nb::class_<Likelihood> likelihood(
      module, "Likelihood", "A HistFactory model without its numbers; arrays have one row per model, or one for all.");
   likelihood
      .def("__init__", &Make, nb::arg("n_parameters"), nb::arg("n_bins"), nb::arg("n_inputs"),
           nb::arg("samples").noconvert(), nb::arg("modifiers").noconvert(), nb::arg("constraints").noconvert())
      .def("expected_data", &ExpectedData, theta, inputs, "Expected bins and auxiliary measurements.")
      .def("expected_data_vjp", &ExpectedDataVjp, theta, inputs, nb::arg("cotangents").noconvert(),
           "Gradients of cotangents times expected data in the parameters and the inputs.")
      .def("value", &Value, theta, inputs, data, "Negative logarithm of the likelihood.")
      .def("evaluate", &Evaluate, theta, inputs, data,
           "The same, its gradient and Hessian in the parameters, its gradients in inputs and data.")
      .def("hessian_vector", &Along<&GradCutHessianVector>, theta, inputs, data, direction,
           "Gradients of direction times gradient in parameters, inputs and data.")
      .def("hessian_vjp", &HessianVjp, theta, inputs, data, nb::arg("matrices").noconvert(),
           "Gradients of matrices times Hessians in parameters, inputs and data.")
      .def("hessian_form", &Along<&GradCutHessianForm>, theta, inputs, data, direction,
           "Gradients of direction times Hessian times direction in parameters, inputs and data.");
   RegisterProfileFit(likelihood);
   RegisterHypoTest(likelihood);
}

} // namespace Python
} // namespace GradCut
