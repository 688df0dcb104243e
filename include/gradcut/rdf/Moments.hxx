/// \file Moments.hxx
/// \brief The result of an action for soft yields or bins.
#ifndef GRADCUT_RDF_MOMENTS_HXX
#define GRADCUT_RDF_MOMENTS_HXX

#include <gradcut/kernels/Tree.h>

#include <cstddef>
#include <vector>

namespace GradCut {

/// \brief Moments of the event weights under a soft selection, with derivatives, or in bins: plain numbers.
struct Moments {
   std::size_t fNPoints = 0;
   std::size_t fNCuts = 0;
   std::size_t fNTerms = 0;      ///< of thresholds that depend on the event
   std::size_t fNBins = 0;       ///< of BookBinMoments, whose values are `[point][moment][bin]`
   std::size_t fNParameters = 0; ///< of BookBinVjp, whose values are `[point][parameter]`
   /// \brief `[point][moment 0 entries, 1 sum w, 2 sum w^2]
   /// [value, d/d low per cut, d/d high per cut, d/d width per cut, d/d term]`
   std::vector<double> fValues;
   unsigned long long fNEvents = 0; ///< events that reached the action
   unsigned int fNTasks = 0;        ///< tasks (ranges of entries) with at least one event
   unsigned int fNSlots = 0;        ///< processing slots with at least one event

   std::size_t Row() const { return fNBins > 0 ? fNBins : GRADCUT_TREE_ROW(fNCuts, fNTerms); }
   /// One row: the value and its derivatives, or the bins.
   const double *At(std::size_t point, std::size_t moment) const
   {
      return fValues.data() + (3 * point + moment) * Row();
   }

   double Entries(std::size_t point = 0) const { return *At(point, 0); }
   /// Soft yield `sum w p`.
   double Yield(std::size_t point = 0) const { return *At(point, 1); }
   /// MC variance of the yield, `sum w^2 p`.
   double Variance(std::size_t point = 0) const { return *At(point, 2); }
   /// Derivatives of the yield in the lower (or only) and in the upper thresholds, and in the widths.
   double YieldSlopeLow(std::size_t cut, std::size_t point = 0) const { return At(point, 1)[1 + cut]; }
   double YieldSlopeHigh(std::size_t cut, std::size_t point = 0) const { return At(point, 1)[1 + fNCuts + cut]; }
   double YieldSlopeWidth(std::size_t cut, std::size_t point = 0) const { return At(point, 1)[1 + 2 * fNCuts + cut]; }
   double YieldSlopeTerm(std::size_t term, std::size_t point = 0) const
   {
      return At(point, 1)[GRADCUT_ROW(fNCuts) + term];
   }
};

} // namespace GradCut

#endif
