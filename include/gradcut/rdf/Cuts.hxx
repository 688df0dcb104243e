/// \file Cuts.hxx
/// \brief Learned cuts from a file, applied to RDataFrame nodes without Python.
#ifndef GRADCUT_RDF_CUTS_HXX
#define GRADCUT_RDF_CUTS_HXX

#include <ROOT/RDF/InterfaceUtils.hxx>
#include <ROOT/RDF/RInterface.hxx>

#include <memory>
#include <string>
#include <vector>

namespace GradCut {

class Joint;

namespace Internal {
struct SavedCuts;
}

/// One filter: what `Filter(code, name)` takes.
struct CutFilter {
   std::string fCode;
   std::string fName;
};

/// \brief What `CutResult.save` of the Python driver wrote, ready to be applied.
///
/// The file holds the conditions as trees of gradcut's expressions, with the thresholds filled in and missing values
/// guarded; their C++ is written here, of known operators, known functions and columns that the node has. So nothing
/// that stands in a file is ever executed as it stands.
///
/// - **Result**: the events that `CutResult.apply` and `CutResult.mask` keep in Python.
/// - **Thread safety**: no state; copies are cheap.
/// - **Vary**: the filters honour the variations of the columns.
/// - **Cost per event**: that of the filters, which RDataFrame compiles just in time.
class Cuts {
public:
   /// One filter per requirement, as `CutResult.filters` writes them.
   /// \throws std::invalid_argument for columns that the node does not have, or that are no numbers
   std::vector<CutFilter> Filters(ROOT::RDF::RNode node) const;

   /// \brief The node behind one named Filter per requirement, of the cuts that all events gave together.
   /// \throws std::invalid_argument as Filters
   ROOT::RDF::RNode Apply(ROOT::RDF::RNode node) const;

   /// \brief Each event behind the cuts of the fold that did not see it: for the events of the fit themselves.
   /// \throws std::invalid_argument as Filters; where the result has no cuts for every fold; where its folds were made
   /// by an expression and not by a hash of the event identity
   ROOT::RDF::RNode ApplyPerFold(ROOT::RDF::RNode node) const;

   /// \brief Define a bool that says which events pass, instead of filtering.
   /// \throws std::invalid_argument as Filters
   ROOT::RDF::RNode Define(ROOT::RDF::RNode node, const std::string &name) const;

   /// \brief The same by the cuts of the fold that did not see the event.
   /// \throws std::invalid_argument as ApplyPerFold
   ROOT::RDF::RNode DefinePerFold(ROOT::RDF::RNode node, const std::string &name) const;

private:
   friend Cuts LoadCuts(const std::string &path);
   friend Joint LoadJoint(const std::string &path);
   std::vector<CutFilter> FiltersPerFold(ROOT::RDF::RNode &node) const;

   std::shared_ptr<const Internal::SavedCuts> fSaved;
};

/// \brief Read what `CutResult.save` wrote.
/// \param[in] path of the JSON file
/// \throws std::invalid_argument for a file that is missing, damaged, foreign or of another version
Cuts LoadCuts(const std::string &path);

} // namespace GradCut

#endif
