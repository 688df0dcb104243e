/// \file LikelihoodArguments.hxx
/// \brief Models in Python, and arrays with one row per model.
#ifndef GRADCUT_PYTHON_LIKELIHOODARGUMENTS_HXX
#define GRADCUT_PYTHON_LIKELIHOODARGUMENTS_HXX

#include "Module.hxx"

#include <gradcut/kernels/Likelihood.h>
#include <gradcut/kernels/ProfileFit.h>

#include <nanobind/nanobind.h>

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>

namespace GradCut {
namespace Python {

using Rows = Array<double, 2>;

struct DeleteLikelihood {
   void operator()(GradCutLikelihood *model) const { GradCutDeleteLikelihood(model); }
};

/// A model that Python owns.
struct Likelihood {
   std::unique_ptr<GradCutLikelihood, DeleteLikelihood> fModel;

   const GradCutLikelihood *Get() const { return fModel.get(); }
   std::size_t NParameters() const { return GradCutGetPlan(Get())->fNParameters; }
   std::size_t NInputs() const { return GradCutGetPlan(Get())->fNInputs; }
   std::size_t NData() const { return GradCutGetPlan(Get())->fNBins + GradCutGetPlan(Get())->fNConstraints; }
};

/// The row of a model, or the only one.
inline const double *RowOf(const Rows &rows, std::size_t i)
{
   return rows.data() + (rows.shape(0) == 1 ? 0 : i) * rows.shape(1);
}

inline void RequireColumns(const Rows &rows, std::size_t n, const char *what)
{
   if (rows.shape(1) != n)
      throw std::invalid_argument(std::string(what) + " need " + std::to_string(n) + " numbers per model");
}

/// How many models: the rows of all arrays, of which each has that many or one.
inline std::size_t CountModels(std::initializer_list<const Rows *> arrays)
{
   std::size_t n = 1;
   for (const auto *rows : arrays)
      n = rows->shape(0) == 1 ? n : rows->shape(0);
   for (const auto *rows : arrays) {
      if (rows->shape(0) != 1 && rows->shape(0) != n)
         throw std::invalid_argument("arrays differ in the number of models");
   }
   return n;
}

inline GradCutRows RowsOf(const Rows &rows)
{
   return {rows.data(), rows.shape(0) == 1 ? 0 : rows.shape(1)};
}

/// A fit of one or many models, still without data.
inline GradCutFitProblem MakeProblem(const Likelihood &self, const Rows &inputs, const Rows &start,
                                     const Array<double, 1> &lower, const Array<double, 1> &upper,
                                     const Array<std::uint8_t, 1> &fixed)
{
   RequireColumns(inputs, self.NInputs(), "inputs");
   RequireColumns(start, self.NParameters(), "parameters");
   if (lower.shape(0) != self.NParameters() || upper.shape(0) != self.NParameters() ||
       fixed.shape(0) != self.NParameters())
      throw std::invalid_argument("need bounds, and whether it is fixed, for every parameter");
   return {self.Get(),     CountModels({&inputs, &start}),
           RowsOf(inputs), {nullptr, 0},
           RowsOf(start),  lower.data(),
           upper.data(),   fixed.data()};
}

/// The other parts of the class.
void RegisterProfileFit(nanobind::class_<Likelihood> &likelihood);
void RegisterHypoTest(nanobind::class_<Likelihood> &likelihood);

inline void RequireMemory(bool there)
{
   if (!there)
      throw std::bad_alloc();
}

} // namespace Python
} // namespace GradCut

#endif
