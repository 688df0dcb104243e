#include "SavedBins.hxx"

#include <algorithm>
#include <functional>
#include <utility>

namespace GradCut {
namespace Internal {
namespace {

std::vector<double> Numbers(const JsonValue &list)
{
   std::vector<double> numbers;
   for (const auto &item : list.Items())
      numbers.push_back(item.Finite());
   return numbers;
}

/// Numbers of bins and of columns are limited by the kernels, which say so.
void Validate(const JsonValue &where, const SoftBins &bins)
{
   try {
      bins.Validate();
   } catch (const std::invalid_argument &error) {
      where.Refuse(error.what());
   }
}

void ReadCoordinates(const JsonValue &value, ChannelBins &bins)
{
   const auto &name = value.String();
   if (name == "log")
      bins.fCoordinates = ECoordinates::kLog;
   else if (name == "simplex" && bins.fKind == kGradCutMixture)
      bins.fCoordinates = ECoordinates::kSimplex;
   else if (name != "linear")
      value.Refuse("unknown coordinates '" + name + "'");
}

/// The declaration.
void ReadDeclared(const JsonValue &declared, ChannelBins &bins)
{
   const auto &kind = declared.At("kind").String();
   if (kind == "axis") {
      ReadAxis(declared, bins);
   } else if (kind == "product") {
      CheckKeys(declared, {"kind", "axes"});
      for (const auto &axis : declared.At("axes").Items())
         ReadAxis(axis, bins);
   } else if (kind == "mixture" || kind == "softmax") {
      CheckKeys(declared, {"kind", "expressions", "names", "bins", "coordinates", "temperature", "means", "biases"});
      bins.fKind = kind == "mixture" ? kGradCutMixture : kGradCutSoftmax;
      for (const auto &name : declared.At("names").Items())
         bins.fNames.push_back(name.String());
      ReadCoordinates(declared.At("coordinates"), bins);
   } else {
      declared.Refuse("unknown kind of bins '" + kind + "': update gradcut");
   }
}

void ReadEdges(const JsonValue &plain, const ChannelBins &bins, LearnedBins &learned)
{
   CheckKeys(plain, {"kind", "edges", "widths"});
   const auto &axes = plain.At("edges");
   if (axes.Items().size() != bins.fNames.size())
      axes.Refuse("there are edges of " + std::to_string(axes.Items().size()) + " axes, not of " +
                  std::to_string(bins.fNames.size()));
   std::vector<std::vector<double>> inner;
   for (const auto &axis : axes.Items()) {
      const auto edges = Numbers(axis);
      if (edges.size() < 2 || std::adjacent_find(edges.begin(), edges.end(), std::greater_equal<>()) != edges.end())
         axis.Refuse("edges increase, and there are at least two");
      learned.fEdges.push_back(edges);
      learned.fShape.push_back(edges.size() - 1);
      inner.emplace_back(edges.begin() + 1, edges.end() - 1);
   }
   try {
      learned.fBins = SoftBins::Edges(inner);
   } catch (const std::invalid_argument &error) {
      axes.Refuse(error.what());
   }
}

void ReadMixture(const JsonValue &plain, const ChannelBins &bins, LearnedBins &learned)
{
   CheckKeys(plain, {"kind", "log_weights", "means", "precisions"});
   const auto nColumns = bins.fNames.size();
   auto &made = learned.fBins;
   made.fParameters = Numbers(plain.At("log_weights"));
   made.fNBins = made.fParameters.size();
   const auto add = [&](const JsonValue &row, std::size_t size, std::size_t kept) {
      const auto numbers = Numbers(row);
      if (numbers.size() != size)
         row.Refuse(std::to_string(size) + " numbers are expected, not " + std::to_string(numbers.size()));
      made.fParameters.insert(made.fParameters.end(), numbers.begin(), numbers.begin() + kept);
   };
   const auto &means = plain.At("means"), &precisions = plain.At("precisions");
   for (const auto *list : {&means, &precisions}) {
      if (list->Items().size() != made.fNBins)
         list->Refuse("one for each of " + std::to_string(made.fNBins) + " bins is expected");
   }
   for (const auto &mean : means.Items())
      add(mean, nColumns, nColumns);
   for (const auto &triangle : precisions.Items()) {
      if (triangle.Items().size() != nColumns)
         triangle.Refuse(std::to_string(nColumns) + " rows are expected");
      for (std::size_t row = 0; row < nColumns; ++row)
         add(triangle.Items()[row], nColumns, row + 1);
   }
   made.fParameters.push_back(1.);
   made.fNColumns = nColumns;
   learned.fShape = {made.fNBins};
}

void ReadSoftmax(const JsonValue &plain, const ChannelBins &bins, LearnedBins &learned)
{
   CheckKeys(plain, {"kind", "outputs", "biases", "temperature"});
   const auto &outputs = plain.At("outputs");
   for (const auto &output : outputs.Items()) {
      const auto number = output.Integer();
      const auto least = learned.fOutputs.empty() ? 0 : static_cast<long long>(learned.fOutputs.back()) + 1;
      if (number < least || number >= static_cast<long long>(bins.fNames.size()))
         output.Refuse("outputs are different ones of " + std::to_string(bins.fNames.size()) + ", in order");
      learned.fOutputs.push_back(static_cast<std::size_t>(number));
   }
   learned.fBins.fParameters = Numbers(plain.At("biases"));
   if (learned.fBins.fParameters.size() != learned.fOutputs.size())
      plain.At("biases").Refuse("one for each of " + std::to_string(learned.fOutputs.size()) + " outputs is expected");
   learned.fBins.fNColumns = learned.fBins.fNBins = learned.fOutputs.size();
   learned.fBins.fParameters.push_back(1.);
   learned.fShape = {learned.fBins.fNBins};
}

/// The part of a channel, or the value itself where all channels have the same bins.
const JsonValue &OfChannel(const JsonValue &value, const ChannelBins &bins, bool byChannel)
{
   if (!byChannel)
      return value;
   CheckKeys(value, {"kind", "by_channel"});
   return value.At("by_channel").At(bins.fChannel);
}

} // namespace

void ReadAxis(const JsonValue &axis, ChannelBins &bins)
{
   CheckKeys(axis, {"kind", "name", "expression", "bins", "edges", "range", "coordinates", "flow", "step", "width"});
   const auto &flow = axis.At("flow").String();
   if (flow != "open" && flow != "explicit")
      axis.At("flow").Refuse("unknown flow '" + flow + "'");
   bins.fNames.push_back(axis.At("name").String());
   bins.fExplicit.push_back(flow == "explicit");
}

LearnedBins ReadLearned(const JsonValue &plain, const ChannelBins &bins)
{
   constexpr const char *kKinds[] = {"edges", "mixture", "softmax"};
   const auto &kind = plain.At("kind").String();
   if (kind != kKinds[bins.fKind])
      plain.Refuse("the bins are not those of the declaration: '" + kind + "'");
   LearnedBins learned;
   learned.fBins.fKind = bins.fKind;
   if (bins.fKind == kGradCutAxes)
      ReadEdges(plain, bins, learned);
   else if (bins.fKind == kGradCutMixture)
      ReadMixture(plain, bins, learned);
   else
      ReadSoftmax(plain, bins, learned);
   Validate(plain, learned.fBins);
   return learned;
}

void ReadFeatures(const JsonValue &features, const std::vector<std::string> &names, ChannelBins &bins, bool byChannel)
{
   for (const auto &feature : features.Items()) {
      CheckKeys(feature, {"channel", "value", "absent"});
      const auto &channel = feature.At("channel");
      if ((channel.GetKind() == JsonValue::EKind::kNull ? !byChannel : channel.String() == bins.fChannel)) {
         const auto number = bins.fFeatures.size();
         bins.fFeatures.push_back(
            {number < names.size() ? names[number] : "", feature.At("value"), feature.At("absent")});
         // Everything but the columns is checked here, not only when the bins are applied.
         CheckFeature(bins.fFeatures.back());
      }
   }
   if (bins.fFeatures.size() != names.size() || names.empty())
      features.Refuse("one for each of " + std::to_string(names.size()) + " columns of the bins is expected");
}

void ReadAllLearned(const JsonValue &content, ChannelBins &bins, bool byChannel,
                    LearnedBins (*read)(const JsonValue &, const ChannelBins &))
{
   const auto &folds = content.At("folds").Items();
   bins.fAll = read(OfChannel(content.At("bins"), bins, byChannel), bins);
   bins.fFoldShape = folds.empty() ? bins.fAll.fShape : std::vector<std::size_t>(bins.fAll.fShape.size(), 0);
   for (const auto &fold : folds) {
      bins.fPerFold.push_back(read(OfChannel(fold.At("bins"), bins, byChannel), bins));
      for (std::size_t axis = 0; axis < bins.fFoldShape.size(); ++axis)
         bins.fFoldShape[axis] = std::max(bins.fFoldShape[axis], bins.fPerFold.back().fShape[axis]);
   }
}

SavedBins ReadBins(const JsonValue &content, const JsonValue &provenance)
{
   const auto &declared = content.At("binning");
   SavedBins saved;
   saved.fByChannel = declared.At("kind").String() == "channels";
   std::vector<std::string> channels{""};
   if (saved.fByChannel) {
      channels.clear();
      for (const auto &member : declared.At("by_channel").Members())
         channels.push_back(member.first);
   }
   for (const auto &channel : channels) {
      ChannelBins bins;
      bins.fChannel = channel;
      ReadDeclared(OfChannel(declared, bins, saved.fByChannel), bins);
      ReadFeatures(content.At("features"), bins.fNames, bins, saved.fByChannel);
      ReadAllLearned(content, bins, saved.fByChannel, ReadLearned);
      saved.fChannels.push_back(std::move(bins));
   }
   if (saved.fChannels.empty())
      declared.Refuse("bins of no channel");
   saved.fFolds = ReadFolds(provenance, static_cast<int>(content.At("folds").Items().size()), "bins");
   return saved;
}

} // namespace Internal
} // namespace GradCut
