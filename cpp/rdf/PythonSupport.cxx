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

Network MakeNetwork(std::size_t nInputs, std::uintptr_t centre, std::uintptr_t scale, double clip, std::size_t nFlagged,
                    std::uintptr_t flagged, std::size_t nLayers, std::uintptr_t sizes, std::uintptr_t activations,
                    std::uintptr_t slopes, std::uintptr_t weights, std::uintptr_t biases)
{
   Network network;
   network.fCentre = Copy<double>(centre, nInputs);
   network.fScale = Copy<double>(scale, nInputs);
   network.fClip = clip;
   network.fFlagged = Copy<std::uint32_t>(flagged, nFlagged);
   const auto nInOut = Copy<std::uint64_t>(sizes, 2 * nLayers);
   const auto codes = Copy<std::int32_t>(activations, nLayers);
   const auto ofNegative = Copy<double>(slopes, nLayers);
   for (std::size_t l = 0; l < nLayers; ++l) {
      const std::size_t nIn = nInOut[2 * l], nOut = nInOut[2 * l + 1];
      network.fLayers.push_back({nIn, Copy<double>(weights, nIn * nOut), Copy<double>(biases, nOut),
                                 static_cast<GradCutActivation>(codes[l]), ofNegative[l]});
      weights += nIn * nOut * sizeof(double);
      biases += nOut * sizeof(double);
   }
   network.Validate();
   return network;
}

ROOT::RDF::RNode DefineNetwork(ROOT::RDF::RNode node, const std::string &name, const Network &network,
                               const std::vector<std::string> &columns, bool isDouble, bool isLargest)
{
   const auto precision = isDouble ? EPrecision::kDouble : EPrecision::kSingle;
   return (isLargest ? DefineLargestOutput : GradCut::DefineNetwork)(node, name, network, columns, precision);
}

std::shared_ptr<BookedMoments> BookNetwork(ROOT::RDF::RNode node, const Network &network, const SoftBins &bins,
                                           const std::vector<std::string> &columns, const std::string &weight,
                                           bool isDouble)
{
   return std::make_shared<BookedMoments>(
      BookNetworkMoments(node, network, bins, columns, weight, isDouble ? EPrecision::kDouble : EPrecision::kSingle));
}

std::uintptr_t Address(const Moments &moments)
{
   return reinterpret_cast<std::uintptr_t>(moments.fValues.data());
}

std::shared_ptr<CollectedColumn> Column(const Collected &collected, std::size_t position)
{
   return collected.fColumns.at(position);
}

int ElementCode(const PlainColumns &columns, std::size_t position)
{
   return static_cast<int>(columns.Elements().at(position));
}

void ReadPlain(PlainColumns &columns, unsigned long long first, unsigned long long last,
               const std::vector<std::uintptr_t> &to)
{
   std::vector<void *> memory;
   for (const auto address : to)
      memory.push_back(reinterpret_cast<void *>(address));
   columns.Read(first, last, memory);
}

void Run(const Results &results)
{
   GradCut::Run(results.Get());
}

} // namespace PythonSupport
} // namespace GradCut
