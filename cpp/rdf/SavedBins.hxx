/// \file SavedBins.hxx
/// \brief Learned bins as a file holds them. Internal to the ROOT library.
#ifndef GRADCUT_CPP_RDF_SAVEDBINS_HXX
#define GRADCUT_CPP_RDF_SAVEDBINS_HXX

#include "Json.hxx"
#include "SavedFeatures.hxx"
#include "SavedFile.hxx"

#include <gradcut/rdf/SoftBins.hxx>

#include <cstddef>
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
};

enum class ECoordinates { kLinear, kLog, kSimplex };

/// The bins of one channel, or of all.
struct ChannelBins {
   std::string fChannel;
   GradCutBinsKind fKind = kGradCutAxes;
   ECoordinates fCoordinates = ECoordinates::kLinear;
   std::vector<SavedFeature> fFeatures;
   std::vector<bool> fExplicit; ///< per axis: events beyond its ends are in no bin
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

/// \brief Read a document.
/// \throws std::invalid_argument for anything that is not a result of gradcut.fit_binning, saying where
SavedBins ReadBins(const JsonValue &document);

/// \brief Define the bin of every event; see GradCut::Bins.
ROOT::RDF::RNode DefineBins(ROOT::RDF::RNode node, const std::string &name, const ChannelBins &bins);
/// The same with the bins of the fold that did not see an event.
ROOT::RDF::RNode DefineBinsPerFold(ROOT::RDF::RNode node, const std::string &name, const ChannelBins &bins,
                                   const SavedFolds &folds);

} // namespace Internal
} // namespace GradCut

#endif
