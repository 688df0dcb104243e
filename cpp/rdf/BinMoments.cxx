#include "MomentsPlan.hxx"

#include <gradcut/rdf/BinMoments.hxx>
#include <gradcut/rdf/ColumnTypes.hxx>

#include <cmath>
#include <memory>
#include <stdexcept>
#include <utility>

namespace GradCut {
namespace {

/// What is subtracted before a cast to float: the middle of the edges or of the means, or what the biases take away
/// again, at the first point.
std::vector<double> Advice(const SoftBins &bins)
{
   std::vector<double> advice(bins.fNColumns, 0.);
   const double *at = bins.fParameters.data();
   if (bins.fKind == kGradCutAxes) {
      for (std::size_t a = 0; a < bins.fNColumns; at += bins.fNEdges[a], ++a)
         advice[a] = bins.fNEdges[a] > 0 ? at[bins.fNEdges[a] / 2] : 0.;
   } else if (bins.fKind == kGradCutMixture) {
      at += bins.fNBins;
      for (std::size_t i = 0; i < bins.fNBins * bins.fNColumns; ++i)
         advice[i % bins.fNColumns] += at[i] / static_cast<double>(bins.fNBins);
   } else {
      for (std::size_t k = 0; k < bins.fNBins; ++k)
         advice[k] = std::isfinite(at[k]) ? -at[k] : 0.;
   }
   return advice;
}

ROOT::RDF::RResultPtr<Moments> Book(ROOT::RDF::RNode node, const SoftBins &bins, std::vector<double> cotangents,
                                    const std::vector<std::string> &columns, const std::string &weight,
                                    EPrecision precision, const std::string &where)
{
   Internal::CheckBinColumns(bins, columns, where);
   Internal::SoftMomentsSetup setup;
   setup.fBins = std::make_shared<const SoftBins>(bins);
   setup.fCotangents = std::move(cotangents);
   setup.fCollections = Internal::OneCollection(node, columns);
   return Internal::BookPlanned(node, std::move(setup), precision, columns, weight, Advice(bins), columns);
}

} // namespace

namespace Internal {

void CheckBinColumns(const SoftBins &bins, const std::vector<std::string> &columns, const std::string &where)
{
   bins.Validate();
   if (columns.size() != bins.fNColumns)
      throw std::invalid_argument(where + ": " + std::to_string(columns.size()) + " columns for bins of " +
                                  std::to_string(bins.fNColumns));
   if (columns.size() > kMaxFeatures)
      throw std::invalid_argument(where + ": " + std::to_string(columns.size()) + " columns, the compiled code takes " +
                                  std::to_string(kMaxFeatures) + ": collect them, and use the kernels in memory");
}

std::vector<std::int32_t> OneCollection(ROOT::RDF::RNode &node, const std::vector<std::string> &columns)
{
   std::vector<std::int32_t> collections;
   bool isAny = false;
   for (const auto &column : columns) {
      const bool isVector = GetColumnType(node, column).fIsVector;
      collections.push_back(isVector ? 0 : -1);
      isAny |= isVector;
   }
   return isAny ? collections : std::vector<std::int32_t>{};
}

} // namespace Internal

ROOT::RDF::RResultPtr<Moments> BookBinMoments(ROOT::RDF::RNode node, const SoftBins &bins,
                                              const std::vector<std::string> &columns, const std::string &weight,
                                              EPrecision precision)
{
   return Book(node, bins, {}, columns, weight, precision, "BookBinMoments");
}

ROOT::RDF::RResultPtr<Moments> BookBinVjp(ROOT::RDF::RNode node, const SoftBins &bins,
                                          const std::vector<double> &cotangents,
                                          const std::vector<std::string> &columns, const std::string &weight,
                                          EPrecision precision)
{
   const std::size_t n = 3 * bins.fNPoints * bins.fNBins;
   if (cotangents.size() != n)
      throw std::invalid_argument("BookBinVjp: " + std::to_string(cotangents.size()) +
                                  " cotangents, points x 3 x bins are " + std::to_string(n));
   return Book(node, bins, cotangents, columns, weight, precision, "BookBinVjp");
}

} // namespace GradCut
