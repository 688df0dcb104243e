/// \file Network.hxx
/// \brief Trained networks inside the event loop: their outputs as columns, and histograms of them block by block.
#ifndef GRADCUT_RDF_NETWORK_HXX
#define GRADCUT_RDF_NETWORK_HXX

#include <gradcut/rdf/Moments.hxx>
#include <gradcut/rdf/NetworkNumbers.hxx>
#include <gradcut/rdf/SoftBins.hxx>
#include <gradcut/rdf/SoftMoments.hxx>

#include <ROOT/RDF/InterfaceUtils.hxx>
#include <ROOT/RDF/RInterface.hxx>
#include <ROOT/RResultPtr.hxx>

#include <memory>
#include <string>
#include <vector>

namespace GradCut {

/// \brief Define the outputs of a network: a double, or an `RVec<double>` where there are several.
/// \param[in] node the events
/// \param[in] name of the new column
/// \param[in] network copied
/// \param[in] columns one scalar column per input, of any arithmetic type
/// \param[in] precision of the layers; inputs are scaled in double in any case
/// \throws std::invalid_argument for columns that do not exist, are no scalars or not as many as inputs
///
/// - **Result**: a node with the column; NaN for events that lack an input which is not flagged.
/// - **Thread safety**: no state.
/// - **Vary**: the column varies with what it is made of.
/// - **Cost per event**: 10-128-128-128-1 some 1.5 us with AVX-512, twice that with SSE; block by block, as
///   BookNetworkMoments does it, half of that or less.
ROOT::RDF::RNode DefineNetwork(ROOT::RDF::RNode node, const std::string &name, const Network &network,
                               const std::vector<std::string> &columns, EPrecision precision = EPrecision::kSingle);

/// \brief Define the number of the largest output, the first of equal ones: an int, -1 where outputs are NaN.
/// See DefineNetwork for the rest.
ROOT::RDF::RNode DefineLargestOutput(ROOT::RDF::RNode node, const std::string &name, const Network &network,
                                     const std::vector<std::string> &columns,
                                     EPrecision precision = EPrecision::kSingle);

/// \brief Book the moments of the weights in bins of the outputs of a network.
/// \param[in] network copied
/// \param[in] bins whose columns are the outputs: hard or smooth, for example SoftBins::Edges, or a hard softmax with
/// biases 0 and temperature 1 for the number of the largest output
/// \param[in] columns one scalar column per input
/// \param[in] weight the weight column; empty for weight 1
/// \param[in] precision of the layers; bins are filled in double
/// \return a lazy result: Moments::fValues are `[point][moment][bin]`
/// \throws std::invalid_argument as DefineNetwork, and for bins of another number of columns than there are outputs
///
/// The bins are those of DefineNetwork for every event, to the bit; see BookBinMoments for the rest.
ROOT::RDF::RResultPtr<Moments> BookNetworkMoments(ROOT::RDF::RNode node, const Network &network, const SoftBins &bins,
                                                  const std::vector<std::string> &columns,
                                                  const std::string &weight = "",
                                                  EPrecision precision = EPrecision::kSingle);

namespace Internal {
struct SavedNetworkNumbers;
} // namespace Internal

/// \brief What `Network.save` of the Python driver wrote, ready to be applied.
///
/// The file holds inputs as trees of gradcut's expressions with missing values guarded, as for Cuts, and the network as
/// numbers. Nothing that stands in a file is ever executed as it stands. Inputs that are expressions and no columns are
/// compiled just in time.
class SavedNetwork {
public:
   /// Names of the inputs.
   std::vector<std::string> Inputs() const;
   /// Its numbers.
   const Network &Get() const;

   /// \brief The outputs; see DefineNetwork.
   ROOT::RDF::RNode Define(ROOT::RDF::RNode node, const std::string &name,
                           EPrecision precision = EPrecision::kSingle) const;
   /// \brief The number of the largest output; see DefineLargestOutput.
   ROOT::RDF::RNode DefineLargest(ROOT::RDF::RNode node, const std::string &name,
                                  EPrecision precision = EPrecision::kSingle) const;
   /// \brief Moments in bins of the outputs; see BookNetworkMoments.
   ROOT::RDF::RResultPtr<Moments> BookMoments(ROOT::RDF::RNode node, const SoftBins &bins,
                                              const std::string &weight = "",
                                              EPrecision precision = EPrecision::kSingle) const;

private:
   friend SavedNetwork LoadNetwork(const std::string &path);
   std::shared_ptr<const Internal::SavedNetworkNumbers> fSaved;
};

/// \brief Read what `Network.save` wrote.
/// \param[in] path of the JSON file
/// \throws std::invalid_argument for a file that is missing, damaged, foreign or of another version
SavedNetwork LoadNetwork(const std::string &path);

} // namespace GradCut

#endif
