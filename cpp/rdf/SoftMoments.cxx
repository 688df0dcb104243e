#include "MomentsPlan.hxx"

#include <gradcut/rdf/SoftMoments.hxx>

#include <cmath>
#include <memory>
#include <stdexcept>
#include <utility>

namespace GradCut {
namespace {

/// What is subtracted before a cast to float. Without advice from the caller the threshold, where precision matters
/// most. Columns beyond those of the cuts are not compared with anything.
std::vector<double> Advice(const SoftSelection &selection, std::size_t nColumns, const SoftMomentsOptions &options)
{
   std::vector<double> advice(nColumns, 0.);
   for (std::size_t k = 0; k < selection.NCuts(); ++k) {
      const double threshold = selection.fKinds[k] == kGradCutBelow ? selection.fHigh[k] : selection.fLow[k];
      advice[k] = !options.fOffsets.empty() ? options.fOffsets[k] : (std::isfinite(threshold) ? threshold : 0.);
   }
   return advice;
}

ROOT::RDF::RResultPtr<Moments> Book(ROOT::RDF::RNode node, const SoftSelection &selection,
                                    std::shared_ptr<const SoftTree> tree, const std::vector<std::string> &columns,
                                    const std::string &weight, const SoftMomentsOptions &options)
{
   selection.Validate();
   const std::size_t nCuts = selection.NCuts(), nColumns = tree ? tree->NColumns() : nCuts;
   const std::string what = tree ? " columns of the tree" : " cuts";
   if (columns.size() != nColumns)
      throw std::invalid_argument("BookSoftMoments: " + std::to_string(columns.size()) + " columns for " +
                                  std::to_string(nColumns) + what);
   if (nColumns > kMaxFeatures)
      throw std::invalid_argument("BookSoftMoments: " + std::to_string(nColumns) + what +
                                  ", the compiled action takes " + std::to_string(kMaxFeatures) +
                                  ": turn cuts that are not learned into Filters, or collect the columns");
   if (!options.fOffsets.empty() && options.fOffsets.size() != nCuts)
      throw std::invalid_argument("BookSoftMoments: " + std::to_string(options.fOffsets.size()) + " offsets for " +
                                  std::to_string(nCuts) + " cuts");

   Internal::SoftMomentsSetup setup;
   setup.fSelection = selection;
   setup.fTree = std::move(tree);
   setup.fDerivatives = options.fDerivatives;
   if (setup.fTree && setup.fTree->NCollections() > 0)
      setup.fCollections = setup.fTree->fCollections;
   return Internal::BookPlanned(node, std::move(setup), options.fPrecision, columns, weight,
                                Advice(selection, nColumns, options),
                                options.fLabels.size() == nColumns ? options.fLabels : columns);
}

} // namespace

ROOT::RDF::RResultPtr<Moments> BookSoftMoments(ROOT::RDF::RNode node, const SoftSelection &selection,
                                               const std::vector<std::string> &columns, const std::string &weight,
                                               const SoftMomentsOptions &options)
{
   return Book(node, selection, nullptr, columns, weight, options);
}

ROOT::RDF::RResultPtr<Moments> BookSoftMoments(ROOT::RDF::RNode node, const SoftSelection &selection,
                                               const SoftTree &tree, const std::vector<std::string> &columns,
                                               const std::string &weight, const SoftMomentsOptions &options)
{
   tree.Validate(selection);
   return Book(node, selection, std::make_shared<const SoftTree>(tree), columns, weight, options);
}

} // namespace GradCut
