/// \file Bins.hxx
/// \brief Learned bins from a file, applied to RDataFrame nodes without Python.
#ifndef GRADCUT_RDF_BINS_HXX
#define GRADCUT_RDF_BINS_HXX

#include <ROOT/RDF/HistoModels.hxx>
#include <ROOT/RDF/InterfaceUtils.hxx>
#include <ROOT/RDF/RInterface.hxx>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace GradCut {

class Joint;
class Observable;

namespace Internal {
struct ChannelBins;
struct SavedBins;
} // namespace Internal

/// \brief What `BinningResult.save` of the Python driver wrote, ready to be applied: edges of one or several columns,
/// mixtures, outputs of a network; where bins differ between channels, those of one of them (see Channel).
///
/// The file holds what is binned as trees of gradcut's expressions with missing values guarded, as for Cuts, and the
/// bins as numbers. Nothing that stands in a file is ever executed as it stands.
///
/// - **Result**: the bins of `BinningResult.define` and `BinningResult.index` in Python.
/// - **Thread safety**: no state; copies are cheap.
/// - **Vary**: the bin varies with what it is made of.
/// - **Cost per event**: that of DefineBin; what is an expression and no column is compiled just in time.
class Bins {
public:
   /// Channels that have bins of their own; none where all have the same.
   std::vector<std::string> Channels() const;

   /// \brief The bins of one channel.
   /// \throws std::invalid_argument where there is none of that name
   Bins Channel(const std::string &name) const;

   /// Names of what is binned.
   std::vector<std::string> Names() const;
   /// \brief Numbers of bins along every axis.
   /// \param[in] perFold those of DefinePerFold: the largest of all folds
   std::vector<std::size_t> Shape(bool perFold = false) const;
   /// Number of all bins; see Shape.
   std::size_t NBins(bool perFold = false) const;

   /// \brief Edges of an axis, the ends of its range included.
   /// \param[in] name of the axis; empty for the only one
   /// \throws std::invalid_argument for bins without edges, such as those of a mixture, and for unknown names
   std::vector<double> Edges(const std::string &name = "") const;

   /// \brief A model for Histo1D: the edges of one axis, else the numbers of the bins.
   /// \param[in] title empty for one with the names of what is binned, or of the bins
   ROOT::RDF::TH1DModel Model(const std::string &name = "bins", const std::string &title = "") const;
   /// \brief A model for Histo2D of two axes.
   /// \throws std::invalid_argument for bins without edges, and for another number of axes
   ROOT::RDF::TH2DModel Model2D(const std::string &name = "bins", const std::string &title = "") const;

   /// \brief Define the number of the bin of every event: an int, -1 for events in none; `RVec<int>` for vectors.
   /// \throws std::invalid_argument for columns that the node does not have, or that are no numbers
   ROOT::RDF::RNode Define(ROOT::RDF::RNode node, const std::string &name) const;

   /// \brief Each event in the bins of the fold that did not see it: for the events of the fit themselves.
   ///
   /// Where folds have different numbers of bins, the last ones of each are the same.
   /// \throws std::invalid_argument as Define; where the result has no bins for every fold; where its folds were made
   /// by an expression and not by a hash of the event identity
   ROOT::RDF::RNode DefinePerFold(ROOT::RDF::RNode node, const std::string &name) const;

private:
   friend Bins LoadBins(const std::string &path);
   friend Observable LoadObservable(const std::string &path);
   friend Joint LoadJoint(const std::string &path);
   friend class Joint;
   friend class Observable;
   explicit Bins(std::shared_ptr<const Internal::SavedBins> saved);
   const Internal::ChannelBins &Own() const;

   std::shared_ptr<const Internal::SavedBins> fSaved;
   std::size_t fChannel = 0;
};

/// \brief Read what `BinningResult.save` wrote.
/// \param[in] path of the JSON file
/// \throws std::invalid_argument for a file that is missing, damaged, foreign or of another version
Bins LoadBins(const std::string &path);

} // namespace GradCut

#endif
