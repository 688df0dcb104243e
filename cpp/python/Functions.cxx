#include "Module.hxx"

#include <gradcut/kernels/Asimov.h>
#include <gradcut/kernels/Dispatch.h>
#include <gradcut/kernels/Hash.h>
#include <gradcut/kernels/Libm.h>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <array>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace nb = nanobind;

namespace GradCut {
namespace Python {
namespace {

void AsimovAll(std::size_t n, const double *s, const double *b, const double *sigma, double *const *out)
{
   GradCutAsimovF64(n, s, b, sigma, out[0], out[1], out[2], out[3]);
}

void AsimovAll(std::size_t n, const float *s, const float *b, const float *sigma, float *const *out)
{
   GradCutAsimovF32(n, s, b, sigma, out[0], out[1], out[2], out[3]);
}

template <class Real>
nb::tuple Asimov(const Array<Real, 1> &s, const Array<Real, 1> &b, const Array<Real, 1> &sigma)
{
   const std::size_t n = s.shape(0);
   if (b.shape(0) != n || sigma.shape(0) != n)
      throw std::invalid_argument("s, b and sigma_b differ in length");
   std::array<Real *, 4> out{};
   auto z = NewArray<Real>({n}, out[0]), dS = NewArray<Real>({n}, out[1]), dB = NewArray<Real>({n}, out[2]),
        dSigma = NewArray<Real>({n}, out[3]);
   AsimovAll(n, s.data(), b.data(), sigma.data(), out.data());
   return nb::make_tuple(z, dS, dB, dSigma);
}

const std::array<std::pair<const char *, GradCutFunction>, 8> kFunctions{{{"exp", kGradCutExp},
                                                                          {"log", kGradCutLog},
                                                                          {"sin", kGradCutSin},
                                                                          {"cos", kGradCutCos},
                                                                          {"tan", kGradCutTan},
                                                                          {"pow", kGradCutPow},
                                                                          {"atan2", kGradCutAtan2},
                                                                          {"hypot", kGradCutHypot}}};

Result<double> Libm(const std::string &name, const Array<double, 1> &x, const std::optional<Array<double, 1>> &y)
{
   for (const auto &[known, function] : kFunctions) {
      if (name != known)
         continue;
      const bool binary = function >= kGradCutPow;
      if (binary != y.has_value() || (binary && y->shape(0) != x.shape(0)))
         throw std::invalid_argument(name + (binary ? " needs two arrays of one length" : " needs one array"));
      double *data = nullptr;
      auto result = NewArray<double>({x.shape(0)}, data);
      nb::gil_scoped_release release;
      GradCutLibm(function, x.shape(0), x.data(), binary ? y->data() : nullptr, data);
      return result;
   }
   throw std::invalid_argument("no function " + name);
}

Result<double> EventHash(const std::vector<Array<std::uint64_t, 1>> &ids, std::uint64_t seed)
{
   if (ids.empty())
      throw std::invalid_argument("need at least one array of identity numbers");
   const std::size_t n = ids.front().shape(0);
   std::vector<const std::uint64_t *> pointers;
   for (const auto &id : ids) {
      if (id.shape(0) != n)
         throw std::invalid_argument("the arrays of identity numbers differ in length");
      pointers.push_back(id.data());
   }
   double *uniform = nullptr;
   auto result = NewArray<double>({n}, uniform);
   nb::gil_scoped_release release;
   GradCutEventHash(n, pointers.size(), pointers.data(), seed, uniform);
   return result;
}

constexpr std::array<const char *, 3> kSets{"baseline", "avx2", "avx512"};

std::vector<std::string> InstructionSets()
{
   std::vector<std::string> names;
   for (std::size_t i = 0; i < kSets.size(); ++i) {
      if (GradCutHasInstructionSet(static_cast<GradCutInstructionSet>(i)))
         names.emplace_back(kSets[i]);
   }
   return names;
}

void UseInstructionSet(const std::string &name)
{
   for (std::size_t i = 0; i < kSets.size(); ++i) {
      if (name == kSets[i] && GradCutUseInstructionSet(static_cast<GradCutInstructionSet>(i)))
         return;
   }
   throw std::invalid_argument("instruction set '" + name + "' is not available here");
}

} // namespace

void RegisterFunctions(nb::module_ &module)
{
   for (const int precision : {64, 32}) {
      const auto s = nb::arg("s").noconvert(), b = nb::arg("b").noconvert(), sigma = nb::arg("sigma_b").noconvert();
      const char *doc = "Signed Asimov significance per bin and its derivatives in s, b and sigma_b.";
      if (precision == 64)
         module.def("asimov_significance", &Asimov<double>, s, b, sigma, doc);
      else
         module.def("asimov_significance", &Asimov<float>, s, b, sigma, doc);
   }
   module.def("libm", &Libm, nb::arg("name"), nb::arg("x").noconvert(), nb::arg("y").noconvert() = nb::none(),
              "A function of the C library over one or two arrays.");
   module.def("event_hash", &EventHash, nb::arg("ids").noconvert(), nb::arg("seed"),
              "A number uniform in [0, 1) per event from its identity numbers.");
   module.def("instruction_sets", &InstructionSets, "Names of the instruction sets that this processor can run.");
   module.def("instruction_set", [] { return std::string(kSets[GradCutGetInstructionSet()]); }, "The one in use.");
   module.def("use_instruction_set", &UseInstructionSet, nb::arg("name"), "Use another one from now on.");
}

} // namespace Python
} // namespace GradCut
