/// \file Observable.hxx
/// \brief Learned observables from a file: a network and the bins of its output, on RDataFrame nodes without Python.
#ifndef GRADCUT_RDF_OBSERVABLE_HXX
#define GRADCUT_RDF_OBSERVABLE_HXX

#include <gradcut/rdf/Bins.hxx>
#include <gradcut/rdf/Network.hxx>

#include <ROOT/RDF/InterfaceUtils.hxx>
#include <ROOT/RDF/RInterface.hxx>
#include <ROOT/RResultPtr.hxx>

#include <string>
#include <utility>
#include <vector>

namespace GradCut {

class Joint;

/// \brief What `ObservableResult.save` of the Python driver wrote, ready to be applied: a trained network, and the bins
/// of its output, with an axis alongside where there is one.
///
/// It is Bins: Define gives the number of the bin, Edges and Model the histogram of the output. The file holds inputs
/// as trees of gradcut's expressions with missing values guarded, network and bins as numbers. Nothing that stands in a
/// file is ever executed as it stands.
///
/// - **Result**: bins and outputs of `ObservableResult.index` and `ObservableResult.values` in Python, for every event.
/// - **Thread safety**: no state; copies are cheap.
/// - **Vary**: output and bin vary with the inputs.
/// - **Cost per event**: that of DefineNetwork, once per fold where it is per fold; block by block with BookMoments.
class Observable : public Bins {
public:
   /// Names of the inputs.
   std::vector<std::string> Inputs() const;
   /// The numbers of the network that all events gave; its last layer is a sigmoid, unless its outputs are bins.
   const Network &GetNetwork() const;

   /// \brief Define the observable: a double between 0 and 1, NaN for events without it. Where outputs are bins (a
   /// softmax), an `RVec<double>` of their logits.
   /// \throws std::invalid_argument for columns that the node does not have, or that are no numbers
   ROOT::RDF::RNode DefineOutput(ROOT::RDF::RNode node, const std::string &name) const;

   /// \brief The observable of the network of the fold that did not see the event.
   /// \throws std::invalid_argument as DefineOutput and DefinePerFold
   ROOT::RDF::RNode DefineOutputPerFold(ROOT::RDF::RNode node, const std::string &name) const;

   /// \brief Book entries, yield and MC variance in the bins, with the network evaluated on blocks of events.
   /// \param[in] weight the weight column; empty for weight 1
   /// \return Moments with one point: the bins of Define for every event
   /// \throws std::invalid_argument as DefineOutput, and where an axis stands alongside: fill the column of Define then
   ROOT::RDF::RResultPtr<Moments> BookMoments(ROOT::RDF::RNode node, const std::string &weight = "") const;

private:
   friend Observable LoadObservable(const std::string &path);
   friend class Joint;
   explicit Observable(Bins bins) : Bins(std::move(bins)) {}
};

/// \brief Read what `ObservableResult.save` wrote.
/// \param[in] path of the JSON file
/// \throws std::invalid_argument for a file that is missing, damaged, foreign or of another version
Observable LoadObservable(const std::string &path);

} // namespace GradCut

#endif
