#include "SavedNetwork.hxx"

#include "SavedFile.hxx"

#include <gradcut/rdf/ColumnTypes.hxx>
#include <gradcut/rdf/Network.hxx>

#include <algorithm>
#include <iterator>

namespace GradCut {
namespace Internal {

namespace {

constexpr long long kVersion = 1;

/// In the order of GradCutActivation; the names of gradcut.networks.ACTIVATIONS.
constexpr const char *kActivations[] = {"linear",    "relu", "leaky_relu", "elu",      "silu",   "gelu",
                                        "gelu_tanh", "tanh", "sigmoid",    "softplus", "softmax"};

std::vector<double> Numbers(const JsonValue &list)
{
   std::vector<double> numbers;
   for (const auto &item : list.Items())
      numbers.push_back(item.Finite());
   return numbers;
}

void ReadInput(const JsonValue &input, SavedNetworkNumbers &saved)
{
   CheckKeys(input, {"name", "expression", "value", "absent", "centre", "scale"});
   saved.fInputs.push_back({input.At("name").String(), input.At("value"), input.At("absent")});
   CheckFeature(saved.fInputs.back());
   saved.fNetwork.fCentre.push_back(input.At("centre").Finite());
   saved.fNetwork.fScale.push_back(input.At("scale").Finite());
}

DenseLayer ReadLayer(const JsonValue &plain)
{
   CheckKeys(plain, {"activation", "slope", "bias", "weight"});
   DenseLayer layer;
   const auto &name = plain.At("activation").String();
   const auto found = std::find(std::begin(kActivations), std::end(kActivations), name);
   if (found == std::end(kActivations))
      plain.At("activation").Refuse("unknown activation '" + name + "': update gradcut");
   layer.fActivation = static_cast<GradCutActivation>(found - std::begin(kActivations));
   if (layer.fActivation == kGradCutLeakyReLU || layer.fActivation == kGradCutELU)
      layer.fSlope = plain.At("slope").Finite();
   layer.fBias = Numbers(plain.At("bias"));
   const auto &rows = plain.At("weight");
   for (const auto &row : rows.Items()) {
      const auto numbers = Numbers(row);
      if (&row == &rows.Items().front())
         layer.fNIn = numbers.size();
      if (numbers.size() != layer.fNIn)
         row.Refuse("rows of weights have one length");
      layer.fWeights.insert(layer.fWeights.end(), numbers.begin(), numbers.end());
   }
   if (rows.Items().size() != layer.fBias.size())
      rows.Refuse("one row for each of " + std::to_string(layer.fBias.size()) + " outputs is expected");
   return layer;
}

} // namespace

SavedNetworkNumbers ReadNetwork(const JsonValue &content)
{
   CheckKeys(content, {"kind", "version", "inputs", "clip", "flagged", "sentinels", "layers"});
   if (content.At("kind").String() != "network")
      content.At("kind").Refuse("this is not a network");
   if (content.At("version").Integer() != kVersion)
      content.At("version").Refuse("a network from another version of gradcut");
   SavedNetworkNumbers saved;
   for (const auto &input : content.At("inputs").Items())
      ReadInput(input, saved);
   const auto &clip = content.At("clip");
   if (clip.GetKind() != JsonValue::EKind::kString)
      saved.fNetwork.fClip = clip.Finite();
   else if (clip.String() != "inf")
      clip.Refuse("'clip' is a positive number, or \"inf\"");
   for (const auto &flag : content.At("flagged").Items()) {
      const auto number = flag.Integer();
      if (number < 0 || number >= static_cast<long long>(saved.fInputs.size()))
         flag.Refuse("a flag is of no input");
      saved.fNetwork.fFlagged.push_back(static_cast<std::uint32_t>(number));
   }
   for (const auto &layer : content.At("layers").Items())
      saved.fNetwork.fLayers.push_back(ReadLayer(layer));
   try {
      saved.fNetwork.Validate();
   } catch (const std::invalid_argument &error) {
      content.Refuse(error.what());
   }
   return saved;
}

} // namespace Internal

SavedNetwork LoadNetwork(const std::string &path)
{
   auto saved = Internal::OfFile(path, [&] {
      const auto document = Internal::JsonValue::Parse(Internal::ReadText(path));
      return Internal::ReadNetwork(Internal::ContentOf(document, "gradcut-network", "networks.Network"));
   });
   saved.fPath = path;
   SavedNetwork network;
   network.fSaved = std::make_shared<const Internal::SavedNetworkNumbers>(std::move(saved));
   return network;
}

std::vector<std::string> SavedNetwork::Inputs() const
{
   std::vector<std::string> names;
   for (const auto &input : fSaved->fInputs)
      names.push_back(input.fName);
   return names;
}

const Network &SavedNetwork::Get() const
{
   return fSaved->fNetwork;
}

ROOT::RDF::RNode SavedNetwork::Define(ROOT::RDF::RNode node, const std::string &name, EPrecision precision) const
{
   return Internal::OfFile(fSaved->fPath, [&] {
      const auto columns = Internal::DefineFeatures(node, name, fSaved->fInputs, false);
      return DefineNetwork(node, name, Get(), columns, precision);
   });
}

ROOT::RDF::RNode SavedNetwork::DefineLargest(ROOT::RDF::RNode node, const std::string &name, EPrecision precision) const
{
   return Internal::OfFile(fSaved->fPath, [&] {
      const auto columns = Internal::DefineFeatures(node, name, fSaved->fInputs, false);
      return DefineLargestOutput(node, name, Get(), columns, precision);
   });
}

ROOT::RDF::RResultPtr<Moments> SavedNetwork::BookMoments(ROOT::RDF::RNode node, const SoftBins &bins,
                                                         const std::string &weight, EPrecision precision) const
{
   return Internal::OfFile(fSaved->fPath, [&] {
      const auto columns = Internal::DefineFeatures(node, FreshColumnName("network"), fSaved->fInputs, false);
      return BookNetworkMoments(node, Get(), bins, columns, weight, precision);
   });
}

} // namespace GradCut
