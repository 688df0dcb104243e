#include "SavedBins.hxx"

#include <gradcut/rdf/Bins.hxx>

#include <functional>
#include <numeric>
#include <utility>

namespace GradCut {
namespace {

/// Stands for none of several channels.
constexpr std::size_t kNoChannel = static_cast<std::size_t>(-1);

std::string Joined(const std::vector<std::string> &names, const std::string &between)
{
   std::string joined;
   for (const auto &name : names)
      joined += (joined.empty() ? "" : between) + name;
   return joined;
}

} // namespace

Bins LoadBins(const std::string &path)
{
   auto saved = Internal::OfFile(path, [&] {
      const auto document = Internal::JsonValue::Parse(Internal::ReadText(path));
      const auto &content = Internal::ContentOf(document, "gradcut-binning-result", "fit_binning");
      return Internal::ReadBins(content, content.At("provenance"));
   });
   saved.fPath = path;
   return Bins(std::make_shared<const Internal::SavedBins>(std::move(saved)));
}

Bins::Bins(std::shared_ptr<const Internal::SavedBins> saved)
   : fSaved(std::move(saved)), fChannel(fSaved->fByChannel ? kNoChannel : 0)
{
}

std::vector<std::string> Bins::Channels() const
{
   std::vector<std::string> names;
   if (fSaved->fByChannel && fChannel == kNoChannel) {
      for (const auto &channel : fSaved->fChannels)
         names.push_back(channel.fChannel);
   }
   return names;
}

Bins Bins::Channel(const std::string &name) const
{
   const auto names = Channels();
   for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] == name) {
         auto bins = *this;
         bins.fChannel = i;
         return bins;
      }
   }
   throw std::invalid_argument(fSaved->fPath + ": " +
                               (names.empty()
                                   ? "these bins are not divided by channel"
                                   : "no channel is called '" + name + "', there are " + Joined(names, ", ")));
}

const Internal::ChannelBins &Bins::Own() const
{
   if (fChannel == kNoChannel)
      throw std::invalid_argument(fSaved->fPath + ": bins differ between channels, name one of " +
                                  Joined(Channels(), ", ") + " with Channel");
   return fSaved->fChannels[fChannel];
}

std::vector<std::string> Bins::Names() const
{
   return Own().fNames;
}

std::vector<std::size_t> Bins::Shape(bool perFold) const
{
   return perFold ? Own().fFoldShape : Own().fAll.fShape;
}

std::size_t Bins::NBins(bool perFold) const
{
   const auto shape = Shape(perFold);
   return std::accumulate(shape.begin(), shape.end(), std::size_t(1), std::multiplies<>());
}

std::vector<double> Bins::Edges(const std::string &name) const
{
   const auto &edges = Own().fAll.fEdges;
   const auto names = Names();
   const auto refuse = [&](const std::string &problem) { throw std::invalid_argument(fSaved->fPath + ": " + problem); };
   if (edges.empty())
      refuse("these bins have no edges");
   if (name.empty() && edges.size() != 1)
      refuse("there are several axes, name one of " + Joined(names, ", "));
   for (std::size_t axis = 0; axis < edges.size(); ++axis) {
      if (name.empty() || names[axis] == name)
         return edges[axis];
   }
   refuse("no axis is called '" + name + "', there are " + Joined(names, ", "));
   return {};
}

ROOT::RDF::TH1DModel Bins::Model(const std::string &name, const std::string &title) const
{
   if (Own().fAll.fEdges.size() == 1) {
      const auto edges = Edges();
      const auto text = title.empty() ? ";" + Names()[0] : title;
      return {name.c_str(), text.c_str(), static_cast<int>(edges.size() - 1), edges.data()};
   }
   const auto text = title.empty() ? std::string(";bin") : title;
   const auto nBins = static_cast<int>(NBins());
   return {name.c_str(), text.c_str(), nBins, -0.5, nBins - 0.5};
}

ROOT::RDF::TH2DModel Bins::Model2D(const std::string &name, const std::string &title) const
{
   const auto &edges = Own().fAll.fEdges;
   if (edges.size() != 2)
      throw std::invalid_argument(fSaved->fPath + ": a model of two axes for bins of " + Joined(Names(), ", "));
   const auto text = title.empty() ? ";" + Joined(Names(), ";") : title;
   return {name.c_str(),
           text.c_str(),
           static_cast<int>(edges[0].size() - 1),
           edges[0].data(),
           static_cast<int>(edges[1].size() - 1),
           edges[1].data()};
}

ROOT::RDF::RNode Bins::Define(ROOT::RDF::RNode node, const std::string &name) const
{
   return Internal::OfFile(fSaved->fPath, [&] { return Internal::DefineBins(node, name, Own()); });
}

ROOT::RDF::RNode Bins::DefinePerFold(ROOT::RDF::RNode node, const std::string &name) const
{
   return Internal::OfFile(fSaved->fPath,
                           [&] { return Internal::DefineBinsPerFold(node, name, Own(), fSaved->fFolds); });
}

} // namespace GradCut
