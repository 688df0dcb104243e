/// \file SavedBins.hxx
/// \brief Learned bins as a file holds them. Internal to the ROOT library.
#ifndef GRADCUT_CPP_RDF_SAVEDBINS_HXX
#define GRADCUT_CPP_RDF_SAVEDBINS_HXX

#include "Json.hxx"
#include "SavedFeatures.hxx"
#include "SavedFile.hxx"
#include "SavedNetwork.hxx"

#include <gradcut/rdf/SoftBins.hxx>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace GradCut {
namespace Internal {

/// The bins that some events gave.
struct LearnedBins {
   SoftBins fBins;                          ///< of the coordinates; of axes between inner edges
   std::vector<std::size_t> fShape;         ///< numbers of bins along the axes
   std::vector<std::vector<double>> fEdges; ///< of axes, the ends included
   std::vector<std::size_t> fOutputs;       ///< softmax: which features are left
   /// Of an observable: its outputs stand before what is alongside; without one, the features themselves are binned.
   std::shared_ptr<const SavedNetworkNumbers> fNetwork;
};

enum class ECoordinates { kLinear, kLog, kSimplex };

/// The bins of one channel, or of all.
struct ChannelBins {
   std::string fChannel;
   GradCutBinsKind fKind = kGradCutAxes;
   ECoordinates fCoordinates = ECoordinates::kLinear;
   std::vector<std::string> fNames;     ///< of what is binned
   std::vector<SavedFeature> fFeatures; ///< what is read for it
   std::vector<bool> fExplicit;         ///< per axis: events beyond its ends are in no bin
   LearnedBins fAll;
   std::vector<LearnedBins> fPerFold;
   std::vector<std::size_t> fFoldShape; ///< the largest of all folds
};

struct SavedBins {
   std::string fPath;
   bool fByChannel = false;
   std::vector<ChannelBins> fChannels;
   SavedFolds fFolds;
};

/// \brief Read the content of a result of gradcut.fit_binning.
/// \param[in] provenance of the fit
/// \throws std::invalid_argument for anything that is none, saying where
SavedBins ReadBins(const JsonValue &content, const JsonValue &provenance);
/// The same of a result of gradcut.fit_observable.
SavedBins ReadObservable(const JsonValue &content, const JsonValue &provenance);

/// \brief Read an axis of a declaration: its name, and what becomes of events beyond its ends.
void ReadAxis(const JsonValue &axis, ChannelBins &bins);
/// \brief Read what is read of an event, and check all of it but the columns.
/// \param[in] names one per number that is read
void ReadFeatures(const JsonValue &features, const std::vector<std::string> &names, ChannelBins &bins, bool byChannel);
/// Read what has been learned: bins of what `bins` names.
LearnedBins ReadLearned(const JsonValue &plain, const ChannelBins &bins);
/// Read what all events gave, and every fold.
void ReadAllLearned(const JsonValue &content, ChannelBins &bins, bool byChannel,
                    LearnedBins (*read)(const JsonValue &, const ChannelBins &));

/// \brief Define the bin of every event; see GradCut::Bins.
ROOT::RDF::RNode DefineBins(ROOT::RDF::RNode node, const std::string &name, const ChannelBins &bins);
/// The same with the bins of the fold that did not see an event.
ROOT::RDF::RNode DefineBinsPerFold(ROOT::RDF::RNode node, const std::string &name, const ChannelBins &bins,
                                   const SavedFolds &folds);
/// \brief Define the outputs of the network of an observable; see GradCut::Observable.
ROOT::RDF::RNode DefineOutputs(ROOT::RDF::RNode node, const std::string &name, const ChannelBins &bins);
/// The same with the network of the fold that did not see an event.
ROOT::RDF::RNode DefineOutputsPerFold(ROOT::RDF::RNode node, const std::string &name, const ChannelBins &bins,
                                      const SavedFolds &folds);

} // namespace Internal
} // namespace GradCut

#endif
