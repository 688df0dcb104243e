#include "SavedBins.hxx"

#include <utility>

namespace GradCut {
namespace Internal {
namespace {

/// The declaration of an observable, as far as it says what its network and its bins have to be.
struct Declared {
   std::vector<std::string> fInputs;
   std::vector<std::size_t> fShape;
   std::size_t fNOutputs = 1;
};

std::size_t ReadCount(const JsonValue &count)
{
   const auto number = count.Integer();
   if (number < 1 || number > GRADCUT_MAX_COMPONENTS)
      count.Refuse("there are 1 to " + std::to_string(GRADCUT_MAX_COMPONENTS) + " bins");
   return static_cast<std::size_t>(number);
}

Declared ReadDeclared(const JsonValue &plain, ChannelBins &bins)
{
   CheckKeys(plain, {"kind", "bins", "network", "activation", "histogram", "edges", "width", "missing", "clip", "name",
                     "names", "expressions", "alongside"});
   if (plain.At("kind").String() != "observable")
      plain.At("kind").Refuse("this is not an observable");
   Declared declared;
   for (const auto &name : plain.At("names").Items())
      declared.fInputs.push_back(name.String());
   declared.fShape.push_back(ReadCount(plain.At("bins")));
   const auto &name = plain.At("name").String();
   const auto &histogram = plain.At("histogram").String();
   const auto &alongside = plain.At("alongside");
   const bool isAlone = alongside.GetKind() == JsonValue::EKind::kNull;
   if (histogram == "softmax") {
      if (!isAlone)
         alongside.Refuse("nothing stands alongside the bins of a softmax");
      bins.fKind = kGradCutSoftmax;
      declared.fNOutputs = declared.fShape[0];
      for (std::size_t i = 0; i < declared.fNOutputs; ++i)
         bins.fNames.push_back(name + "_" + std::to_string(i));
      return declared;
   }
   if (histogram != "logistic" && histogram != "gaussian")
      plain.At("histogram").Refuse("unknown histogram '" + histogram + "': update gradcut");
   bins.fNames.push_back(name);
   bins.fExplicit.push_back(false);
   if (!isAlone) {
      ReadAxis(alongside, bins);
      const auto nEdges = alongside.At("edges").Items().size();
      declared.fShape.push_back(nEdges > 0 ? nEdges - 1 : 0);
   }
   return declared;
}

void CheckNetworkOf(const JsonValue &plain, const SavedNetworkNumbers &network, const ChannelBins &bins,
                    std::size_t nOutputs)
{
   bool isSame = network.fInputs.size() + bins.fNames.size() - nOutputs == bins.fFeatures.size();
   for (std::size_t i = 0; isSame && i < network.fInputs.size(); ++i)
      isSame = network.fInputs[i].fName == bins.fFeatures[i].fName;
   if (!isSame)
      plain.At("inputs").Refuse("the network has other inputs than the declaration");
   if (network.fNetwork.NOutputs() != nOutputs)
      plain.At("layers").Refuse("the network has " + std::to_string(network.fNetwork.NOutputs()) + " outputs, not " +
                                std::to_string(nOutputs));
}

LearnedBins ReadLearnedObservable(const JsonValue &plain, const ChannelBins &bins)
{
   CheckKeys(plain, {"kind", "network", "bins"});
   if (plain.At("kind").String() != "observable")
      plain.At("kind").Refuse("this is not an observable");
   auto network = ReadNetwork(plain.At("network"));
   CheckNetworkOf(plain.At("network"), network, bins, bins.fKind == kGradCutSoftmax ? bins.fNames.size() : 1);
   auto learned = ReadLearned(plain.At("bins"), bins);
   learned.fNetwork = std::make_shared<const SavedNetworkNumbers>(std::move(network));
   return learned;
}

} // namespace

SavedBins ReadObservable(const JsonValue &content, const JsonValue &provenance)
{
   ChannelBins bins;
   const auto declared = ReadDeclared(content.At("binning"), bins);
   auto read = declared.fInputs;
   read.insert(read.end(), bins.fNames.begin() + declared.fNOutputs, bins.fNames.end());
   ReadFeatures(content.At("features"), read, bins, false);
   ReadAllLearned(content, bins, false, ReadLearnedObservable);
   const auto check = [&](const LearnedBins &learned) {
      if (learned.fShape != declared.fShape)
         content.At("bins").Refuse("there are other bins than were declared");
   };
   check(bins.fAll);
   for (const auto &learned : bins.fPerFold)
      check(learned);
   SavedBins saved;
   saved.fFolds = ReadFolds(provenance, static_cast<int>(bins.fPerFold.size()), "bins");
   saved.fChannels.push_back(std::move(bins));
   return saved;
}

} // namespace Internal
} // namespace GradCut
