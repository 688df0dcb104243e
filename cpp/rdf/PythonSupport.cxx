#include <gradcut/rdf/PythonSupport.hxx>

namespace GradCut {
namespace PythonSupport {
namespace {

template <class T>
std::vector<T> Copy(std::uintptr_t address, std::size_t n)
{
   const auto *begin = reinterpret_cast<const T *>(address);
   return std::vector<T>(begin, begin + n);
}

} // namespace

SoftSelection MakeSoftSelection(int step, std::size_t nPoints, std::size_t nCuts, std::uintptr_t kinds,
                                std::uintptr_t flags, std::uintptr_t low, std::uintptr_t high, std::uintptr_t width)
{
   SoftSelection selection;
   selection.fStep = static_cast<GradCutStep>(step);
   selection.fNPoints = nPoints;
   selection.fKinds = Copy<std::uint8_t>(kinds, nCuts);
   selection.fFlags = Copy<std::uint8_t>(flags, nCuts);
   selection.fLow = Copy<double>(low, nPoints * nCuts);
   selection.fHigh = Copy<double>(high, nPoints * nCuts);
   selection.fWidth = Copy<double>(width, nPoints * nCuts);
   selection.Validate();
   return selection;
}

SoftTree MakeSoftTree(std::size_t nNodes, std::uintptr_t nodes, std::uintptr_t arguments, std::uintptr_t upper,
                      std::size_t nColumns, std::uintptr_t collections, std::size_t nTerms, std::uintptr_t termCuts,
                      std::uintptr_t termColumns, std::size_t nPoints, std::uintptr_t termValues)
{
   SoftTree tree;
   tree.fNodes = Copy<std::uint8_t>(nodes, nNodes);
   tree.fArguments = Copy<std::int32_t>(arguments, nNodes);
   tree.fUpper = Copy<std::int32_t>(upper, nNodes);
   tree.fCollections = Copy<std::int32_t>(collections, nColumns);
   tree.fTermCuts = Copy<std::int32_t>(termCuts, nTerms);
   tree.fTermColumns = Copy<std::int32_t>(termColumns, nTerms);
   tree.fTermValues = Copy<double>(termValues, nPoints * nTerms);
   return tree;
}

std::shared_ptr<BookedMoments> BookSoftMoments(ROOT::RDF::RNode node, const SoftSelection &selection,
                                               const SoftTree &tree, const std::vector<std::string> &columns,
                                               const std::string &weight, bool isDouble, int derivatives,
                                               const std::vector<double> &offsets,
                                               const std::vector<std::string> &labels)
{
   SoftMomentsOptions options;
   options.fPrecision = isDouble ? EPrecision::kDouble : EPrecision::kSingle;
   options.fDerivatives = static_cast<GradCutDerivatives>(derivatives);
   options.fOffsets = offsets;
   options.fLabels = labels;
   return std::make_shared<BookedMoments>(
      tree.fNodes.empty() ? GradCut::BookSoftMoments(node, selection, columns, weight, options)
                          : GradCut::BookSoftMoments(node, selection, tree, columns, weight, options));
}

SoftBins MakeSoftBins(int kind, int step, std::size_t nColumns, std::size_t nAxes, std::uintptr_t nEdges,
                      std::size_t nBins, bool localWidth, bool reflect, std::size_t nPoints, std::size_t nParameters,
                      std::uintptr_t parameters)
{
   SoftBins bins;
   bins.fKind = static_cast<GradCutBinsKind>(kind);
   bins.fStep = static_cast<GradCutStep>(step);
   bins.fNColumns = nColumns;
   bins.fNEdges = Copy<std::uint32_t>(nEdges, nAxes);
   bins.fNBins = nBins;
   bins.fLocalWidth = localWidth;
   bins.fReflect = reflect;
   bins.fNPoints = nPoints;
   bins.fParameters = Copy<double>(parameters, nPoints * nParameters);
   bins.Validate();
   return bins;
}

std::shared_ptr<BookedMoments> BookBins(ROOT::RDF::RNode node, const SoftBins &bins,
                                        const std::vector<std::string> &columns, const std::string &weight,
                                        bool isDouble, std::size_t nCotangents, std::uintptr_t cotangents)
{
   const auto precision = isDouble ? EPrecision::kDouble : EPrecision::kSingle;
   return std::make_shared<BookedMoments>(
      nCotangents == 0 ? BookBinMoments(node, bins, columns, weight, precision)
                       : BookBinVjp(node, bins, Copy<double>(cotangents, nCotangents), columns, weight, precision));
}

std::uintptr_t Address(const Moments &moments)
{
   return reinterpret_cast<std::uintptr_t>(moments.fValues.data());
}

std::shared_ptr<CollectedColumn> Column(const Collected &collected, std::size_t position)
{
   return collected.fColumns.at(position);
}

void Run(const Results &results)
{
   GradCut::Run(results.Get());
}

} // namespace PythonSupport
} // namespace GradCut
