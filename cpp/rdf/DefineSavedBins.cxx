#include "SavedBins.hxx"

#include <gradcut/rdf/BinMoments.hxx>
#include <gradcut/rdf/Network.hxx>

#include <ROOT/RVec.hxx>

#include <algorithm>

namespace GradCut {
namespace Internal {
namespace {

/// Smaller scores count as this in the coordinates; LEAST_SCORE of gradcut.binning.mixture.
constexpr const char *kLeastScore = "1e-09";

/// C++ of the coordinates of all features, of that of their values; as coordinate_codes of Python's LearnedMixture and
/// LearnedSoftmax.
std::vector<std::string> CoordinateCodes(const ChannelBins &bins, const std::vector<std::string> &values)
{
   const auto atLeast = [](const std::string &x) {
      // NaN is not larger than anything, and so has to be what is compared.
      return "(" + x + " < " + kLeastScore + " ? " + kLeastScore + " : " + x + ")";
   };
   std::string sum;
   for (const auto &value : values)
      sum += (sum.empty() ? "" : " + ") + value;
   std::vector<std::string> codes;
   for (const auto &x : values) {
      if (bins.fCoordinates == ECoordinates::kLinear)
         codes.push_back(x);
      else if (bins.fCoordinates == ECoordinates::kSimplex)
         codes.push_back("std::log(" + atLeast(x) + " / " + atLeast("(1. - (" + sum + "))") + ")");
      else if (bins.fKind == kGradCutSoftmax)
         codes.push_back("std::log" + atLeast(x));
      else
         codes.push_back(x + " > 0. ? std::log(" + x + ") : " + kMissing);
   }
   return codes;
}

/// Bins of a mixture, or of outputs.
ROOT::RDF::RNode DefineRegions(ROOT::RDF::RNode node, const std::string &name, const ChannelBins &bins,
                               const LearnedBins &learned, const std::vector<std::string> &read)
{
   const bool isSoftmax = bins.fKind == kGradCutSoftmax;
   if (!isSoftmax && bins.fCoordinates == ECoordinates::kLinear)
      return DefineBin(node, name, learned.fBins, read);
   std::vector<std::string> values, columns;
   std::string known;
   for (const auto &column : read) {
      values.push_back("double(" + column + ")");
      known += (known.empty() ? "std::isfinite(" : " && std::isfinite(") + values.back() + ")";
   }
   const auto codes = CoordinateCodes(bins, values);
   for (std::size_t i = 0; i < (isSoftmax ? learned.fOutputs.size() : codes.size()); ++i) {
      auto code = codes[isSoftmax ? learned.fOutputs[i] : i];
      if (isSoftmax && i == 0) // one output that is missing is enough, also one that is not left
         code = "(" + known + ") ? " + code + " : " + kMissing;
      columns.push_back("_gradcut_" + name + "_coordinate" + std::to_string(i));
      node = node.Define(columns.back(), code);
   }
   return DefineBin(node, name, learned.fBins, columns);
}

/// Bins of axes: between the inner edges, and in none beyond the ends of an axis that says so.
ROOT::RDF::RNode DefineAxes(ROOT::RDF::RNode node, const std::string &name, const ChannelBins &bins,
                            const LearnedBins &learned, const std::vector<std::string> &read)
{
   std::vector<std::size_t> closed;
   for (std::size_t axis = 0; axis < bins.fExplicit.size(); ++axis) {
      if (bins.fExplicit[axis])
         closed.push_back(axis);
   }
   const auto prefix = "_gradcut_" + name;
   auto last = closed.empty() ? name : prefix + "_inside";
   node = DefineBin(node, last, learned.fBins, read);
   for (const auto axis : closed) {
      const auto &edges = learned.fEdges[axis];
      const auto side = prefix + "_side" + std::to_string(axis);
      node = DefineBin(node, side, SoftBins::Edges({{edges.front(), edges.back()}}), {read[axis]});
      const auto next = axis == closed.back() ? name : prefix + "_within" + std::to_string(axis);
      node = node.Define(next, [](int bin, int where) { return where == 1 ? bin : -1; }, {last, side});
      last = next;
   }
   return node;
}

/// Outputs of a network of the first of the numbers that are read; inputs stand before what is alongside.
ROOT::RDF::RNode DefineOutputsOf(ROOT::RDF::RNode node, const std::string &name, const LearnedBins &learned,
                                 const std::vector<std::string> &read)
{
   const auto &network = learned.fNetwork->fNetwork;
   return DefineNetwork(node, name, network, {read.begin(), read.begin() + network.NInputs()});
}

/// What is binned where a network is between it and what is read: one column per output, then what is alongside.
std::vector<std::string> DefineCoordinates(ROOT::RDF::RNode &node, const std::string &name, const LearnedBins &learned,
                                           const std::vector<std::string> &read)
{
   const auto &network = learned.fNetwork->fNetwork;
   const auto own = "_gradcut_" + name + "_of_network";
   node = DefineOutputsOf(node, own, learned, read);
   std::vector<std::string> columns{own};
   if (network.NOutputs() > 1) {
      columns.clear();
      for (std::size_t i = 0; i < network.NOutputs(); ++i) {
         columns.push_back(own + std::to_string(i));
         node = node.Define(columns.back(), [i](const ROOT::RVec<double> &outputs) { return outputs[i]; }, {own});
      }
   }
   columns.insert(columns.end(), read.begin() + network.NInputs(), read.end());
   return columns;
}

ROOT::RDF::RNode DefineLearned(ROOT::RDF::RNode node, const std::string &name, const ChannelBins &bins,
                               const LearnedBins &learned, const std::vector<std::string> &read)
{
   const auto columns = learned.fNetwork ? DefineCoordinates(node, name, learned, read) : read;
   const auto define = bins.fKind == kGradCutAxes ? DefineAxes : DefineRegions;
   return define(node, name, bins, learned, columns);
}

bool MayBeVectors(const ChannelBins &bins)
{
   const bool isOpen = std::find(bins.fExplicit.begin(), bins.fExplicit.end(), true) == bins.fExplicit.end();
   return isOpen && bins.fKind != kGradCutSoftmax && bins.fCoordinates == ECoordinates::kLinear && !bins.fAll.fNetwork;
}

/// \brief Number of every bin among those of all folds: the last ones are the same.
/// Signal is where scores are large; see gradcut.binning.common.
std::vector<int> InCommon(const std::vector<std::size_t> &own, const std::vector<std::size_t> &common)
{
   std::vector<int> numbers{0};
   for (std::size_t axis = 0; axis < own.size(); ++axis) {
      std::vector<int> next;
      for (const auto number : numbers)
         for (std::size_t bin = 0; bin < own[axis]; ++bin)
            next.push_back(static_cast<int>(number * common[axis] + bin + common[axis] - own[axis]));
      numbers = next;
   }
   return numbers;
}

template <class T>
struct Chosen {
   int fFold;
   T operator()(int of, const T &own, const T &before) const { return of == fFold ? own : before; }
};

/// Of a column for every fold, the one of the fold of the event.
template <class T>
ROOT::RDF::RNode ChooseByFold(ROOT::RDF::RNode node, const std::string &name, const std::string &fold,
                              const std::vector<std::string> &perFold)
{
   auto last = perFold.front();
   for (std::size_t i = 1; i + 1 < perFold.size(); ++i) {
      const auto next = perFold[i] + "_or_before";
      node = node.Define(next, Chosen<T>{static_cast<int>(i)}, {fold, perFold[i], last});
      last = next;
   }
   return node.Define(name, Chosen<T>{static_cast<int>(perFold.size() - 1)}, {fold, perFold.back(), last});
}

std::string OfFold(const std::string &name, int fold)
{
   return "_gradcut_" + name + "_" + std::to_string(fold);
}

} // namespace

ROOT::RDF::RNode DefineBins(ROOT::RDF::RNode node, const std::string &name, const ChannelBins &bins)
{
   const auto read = DefineFeatures(node, name, bins.fFeatures, MayBeVectors(bins));
   return DefineLearned(node, name, bins, bins.fAll, read);
}

ROOT::RDF::RNode DefineBinsPerFold(ROOT::RDF::RNode node, const std::string &name, const ChannelBins &bins,
                                   const SavedFolds &folds)
{
   const auto fold = DefineFoldOf(node, folds);
   const auto read = DefineFeatures(node, name, bins.fFeatures, false);
   std::vector<std::string> perFold;
   for (int i = 0; i < folds.fNFolds; ++i) {
      const auto &learned = bins.fPerFold[i];
      perFold.push_back(OfFold(name, i));
      node = DefineLearned(node, perFold.back(), bins, learned, read);
      if (learned.fShape != bins.fFoldShape) {
         const auto own = perFold.back();
         perFold.back() += "_in_common";
         const auto common = InCommon(learned.fShape, bins.fFoldShape);
         const auto moved = [common](int bin) { return bin < 0 ? -1 : common[static_cast<std::size_t>(bin)]; };
         node = node.Define(perFold.back(), moved, {own});
      }
   }
   return ChooseByFold<int>(node, name, fold, perFold);
}

ROOT::RDF::RNode DefineOutputs(ROOT::RDF::RNode node, const std::string &name, const ChannelBins &bins)
{
   const auto read = DefineFeatures(node, name, bins.fFeatures, false);
   return DefineOutputsOf(node, name, bins.fAll, read);
}

ROOT::RDF::RNode DefineOutputsPerFold(ROOT::RDF::RNode node, const std::string &name, const ChannelBins &bins,
                                      const SavedFolds &folds)
{
   const auto fold = DefineFoldOf(node, folds);
   const auto read = DefineFeatures(node, name, bins.fFeatures, false);
   std::vector<std::string> perFold;
   for (int i = 0; i < folds.fNFolds; ++i) {
      perFold.push_back(OfFold(name, i));
      node = DefineOutputsOf(node, perFold.back(), bins.fPerFold[i], read);
   }
   const bool isVector = bins.fAll.fNetwork->fNetwork.NOutputs() > 1;
   return (isVector ? ChooseByFold<ROOT::RVec<double>> : ChooseByFold<double>)(node, name, fold, perFold);
}

} // namespace Internal
} // namespace GradCut
