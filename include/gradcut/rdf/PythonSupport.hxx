/// \file PythonSupport.hxx
/// \brief Functions for the Python layer, with types that are cheap to hand over (addresses of numpy arrays).
#ifndef GRADCUT_RDF_PYTHONSUPPORT_HXX
#define GRADCUT_RDF_PYTHONSUPPORT_HXX

#include <gradcut/rdf/BinMoments.hxx>
#include <gradcut/rdf/Booked.hxx>
#include <gradcut/rdf/Collect.hxx>
#include <gradcut/rdf/Network.hxx>
#include <gradcut/rdf/PlainColumns.hxx>
#include <gradcut/rdf/SoftBins.hxx>
#include <gradcut/rdf/SoftMoments.hxx>
#include <gradcut/rdf/SoftSelection.hxx>
#include <gradcut/rdf/SoftTree.hxx>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace GradCut {
namespace PythonSupport {

/// A checked selection from contiguous arrays: kinds and flags `[cut]`, the others `[point][cut]`.
SoftSelection MakeSoftSelection(int step, std::size_t nPoints, std::size_t nCuts, std::uintptr_t kinds,
                                std::uintptr_t flags, std::uintptr_t low, std::uintptr_t high, std::uintptr_t width);

/// A tree from contiguous arrays: per node, per column, per term, and the values `[point][term]`.
SoftTree MakeSoftTree(std::size_t nNodes, std::uintptr_t nodes, std::uintptr_t arguments, std::uintptr_t upper,
                      std::size_t nColumns, std::uintptr_t collections, std::size_t nTerms, std::uintptr_t termCuts,
                      std::uintptr_t termColumns, std::size_t nPoints, std::uintptr_t termValues);

/// \brief Book moments; a tree without nodes stands for the product of the cuts.
std::shared_ptr<BookedMoments> BookSoftMoments(ROOT::RDF::RNode node, const SoftSelection &selection,
                                               const SoftTree &tree, const std::vector<std::string> &columns,
                                               const std::string &weight, bool isDouble, int derivatives,
                                               const std::vector<double> &offsets,
                                               const std::vector<std::string> &labels);

/// Checked bins from contiguous arrays: edges per axis, and parameters `[point][parameter]`.
SoftBins MakeSoftBins(int kind, int step, std::size_t nColumns, std::size_t nAxes, std::uintptr_t nEdges,
                      std::size_t nBins, bool localWidth, bool reflect, std::size_t nPoints, std::size_t nParameters,
                      std::uintptr_t parameters);

/// \brief Book moments in bins, or with cotangents `[point][moment][bin]` their gradient.
std::shared_ptr<BookedMoments> BookBins(ROOT::RDF::RNode node, const SoftBins &bins,
                                        const std::vector<std::string> &columns, const std::string &weight,
                                        bool isDouble, std::size_t nCotangents, std::uintptr_t cotangents);

/// A network from contiguous arrays: centres and scales, flags; per layer its numbers of inputs and outputs, activation
/// and slope, and the weights and biases of all layers one after another.
Network MakeNetwork(std::size_t nInputs, std::uintptr_t centre, std::uintptr_t scale, double clip, std::size_t nFlagged,
                    std::uintptr_t flagged, std::size_t nLayers, std::uintptr_t sizes, std::uintptr_t activations,
                    std::uintptr_t slopes, std::uintptr_t weights, std::uintptr_t biases);

/// \brief Define the outputs of a network, or the number of the largest.
ROOT::RDF::RNode DefineNetwork(ROOT::RDF::RNode node, const std::string &name, const Network &network,
                               const std::vector<std::string> &columns, bool isDouble, bool isLargest);

/// \brief Book moments in bins of the outputs of a network.
std::shared_ptr<BookedMoments> BookNetwork(ROOT::RDF::RNode node, const Network &network, const SoftBins &bins,
                                           const std::vector<std::string> &columns, const std::string &weight,
                                           bool isDouble);

/// Where the numbers of a result are.
std::uintptr_t Address(const Moments &moments);

/// One column, to be kept as long as an array looks at its memory.
std::shared_ptr<CollectedColumn> Column(const Collected &collected, std::size_t position);

/// The type of a plain column, as CollectedColumn has it.
int ElementCode(const PlainColumns &columns, std::size_t position);

/// Read plain columns into arrays. Called without Python's lock.
void ReadPlain(PlainColumns &columns, unsigned long long first, unsigned long long last,
               const std::vector<std::uintptr_t> &to);

/// Results of any kind, to be computed together.
class Results {
public:
   void Add(std::shared_ptr<BookedMoments> result) { fResults.push_back(std::move(result)); }
   void Add(std::shared_ptr<BookedColumns> result) { fResults.push_back(std::move(result)); }
   const std::vector<std::shared_ptr<Booked>> &Get() const { return fResults; }

private:
   std::vector<std::shared_ptr<Booked>> fResults;
};

/// Compute them. Called without Python's lock.
void Run(const Results &results);

} // namespace PythonSupport
} // namespace GradCut

#endif
