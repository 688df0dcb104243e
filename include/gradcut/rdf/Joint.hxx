/// \file Joint.hxx
/// \brief Cuts learned together with what is filled behind them, from a file, on RDataFrame nodes without Python.
#ifndef GRADCUT_RDF_JOINT_HXX
#define GRADCUT_RDF_JOINT_HXX

#include <gradcut/rdf/Bins.hxx>
#include <gradcut/rdf/Cuts.hxx>
#include <gradcut/rdf/Observable.hxx>

#include <ROOT/RDF/InterfaceUtils.hxx>
#include <ROOT/RDF/RInterface.hxx>

#include <memory>
#include <string>
#include <utility>

namespace GradCut {

/// \brief What `JointResult.save` of the Python driver wrote, ready to be applied: cuts, and bins or an observable of
/// the events that pass.
///
/// - **Result**: the events and bins of `JointResult.apply` and `JointResult.index` in Python.
/// - **Thread safety**: no state; copies are cheap.
/// - **Vary**: filters and bins vary with their columns.
/// - **Cost per event**: with Apply, that of the bins only for events that pass.
class Joint {
public:
   /// The cuts by themselves.
   const Cuts &GetCuts() const { return fCuts; }
   /// The bins by themselves, which know nothing of the cuts: numbers, edges and models for histograms.
   const Bins &GetBins() const { return fBins; }
   /// \brief The same with the network.
   /// \throws std::invalid_argument where bins of columns were learned
   Observable GetObservable() const;

   /// \brief Filter by the cuts, one named Filter per requirement, and define the number of the bin of what is left.
   /// \throws std::invalid_argument for columns that the node does not have, or that are no numbers
   ROOT::RDF::RNode Apply(ROOT::RDF::RNode node, const std::string &name = "bin") const;
   /// \brief The same with cuts and bins of the fold that did not see the event.
   /// \throws std::invalid_argument as Apply, and as Cuts::ApplyPerFold
   ROOT::RDF::RNode ApplyPerFold(ROOT::RDF::RNode node, const std::string &name = "bin") const;

   /// \brief Define the number of the bin of every event: an int, -1 for events that fail the cuts or are in no bin.
   /// \throws std::invalid_argument as Apply
   ROOT::RDF::RNode Define(ROOT::RDF::RNode node, const std::string &name = "bin") const;
   /// \brief The same with cuts and bins of the fold that did not see the event.
   /// \throws std::invalid_argument as ApplyPerFold
   ROOT::RDF::RNode DefinePerFold(ROOT::RDF::RNode node, const std::string &name = "bin") const;

private:
   friend Joint LoadJoint(const std::string &path);
   Joint(Cuts cuts, Bins bins) : fCuts(std::move(cuts)), fBins(std::move(bins)) {}

   Cuts fCuts;
   Bins fBins;
};

/// \brief Read what `JointResult.save` wrote.
/// \param[in] path of the JSON file
/// \throws std::invalid_argument for a file that is missing, damaged, foreign or of another version
Joint LoadJoint(const std::string &path);

} // namespace GradCut

#endif
