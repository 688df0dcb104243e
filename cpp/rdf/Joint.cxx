#include "SavedBins.hxx"
#include "SavedCuts.hxx"

#include <gradcut/rdf/ColumnTypes.hxx>
#include <gradcut/rdf/Joint.hxx>

#include <memory>
#include <stdexcept>
#include <utility>

namespace GradCut {
namespace {

using Internal::JsonValue;

Internal::SavedBins ReadInside(const JsonValue &content)
{
   const auto &kind = content.At("kind").String();
   if (kind != "bins" && kind != "observable")
      content.At("kind").Refuse("unknown kind '" + kind + "' behind cuts: update gradcut");
   const auto read = kind == "bins" ? Internal::ReadBins : Internal::ReadObservable;
   auto saved = read(content.At("inside"), content.At("provenance"));
   if (saved.fByChannel)
      content.At("inside").Refuse("bins behind cuts are those of all channels");
   if (content.At("folds").Items().size() != saved.fChannels.front().fPerFold.size())
      content.At("folds").Refuse("cuts and bins are of different folds");
   return saved;
}

/// The number of the bin of events that pass.
ROOT::RDF::RNode DefineBehind(ROOT::RDF::RNode node, const std::string &name, const std::string &passed,
                              const std::string &inside)
{
   GetScalarType(node, inside); // a bin for every object is none of an event
   return node.Define(name, [](bool isPassed, int bin) { return isPassed ? bin : -1; }, {passed, inside});
}

std::string Passed(const std::string &name)
{
   return "_gradcut_" + name + "_passed";
}

std::string Inside(const std::string &name)
{
   return "_gradcut_" + name + "_behind";
}

} // namespace

Joint LoadJoint(const std::string &path)
{
   auto saved = Internal::OfFile(path, [&] {
      const auto document = JsonValue::Parse(Internal::ReadText(path));
      const auto &content = Internal::ContentOf(document, "gradcut-joint-result", "fit");
      return std::make_pair(Internal::ReadCuts(content), ReadInside(content));
   });
   saved.first.fPath = saved.second.fPath = path;
   Cuts cuts;
   cuts.fSaved = std::make_shared<const Internal::SavedCuts>(std::move(saved.first));
   return Joint(std::move(cuts), Bins(std::make_shared<const Internal::SavedBins>(std::move(saved.second))));
}

Observable Joint::GetObservable() const
{
   if (!fBins.Own().fAll.fNetwork)
      throw std::invalid_argument(fBins.fSaved->fPath + ": bins of columns were learned, and no observable");
   return Observable(fBins);
}

ROOT::RDF::RNode Joint::Apply(ROOT::RDF::RNode node, const std::string &name) const
{
   return fBins.Define(fCuts.Apply(node), name);
}

ROOT::RDF::RNode Joint::ApplyPerFold(ROOT::RDF::RNode node, const std::string &name) const
{
   return fBins.DefinePerFold(fCuts.ApplyPerFold(node), name);
}

ROOT::RDF::RNode Joint::Define(ROOT::RDF::RNode node, const std::string &name) const
{
   const auto made = fBins.Define(fCuts.Define(node, Passed(name)), Inside(name));
   return DefineBehind(made, name, Passed(name), Inside(name));
}

ROOT::RDF::RNode Joint::DefinePerFold(ROOT::RDF::RNode node, const std::string &name) const
{
   const auto made = fBins.DefinePerFold(fCuts.DefinePerFold(node, Passed(name)), Inside(name));
   return DefineBehind(made, name, Passed(name), Inside(name));
}

} // namespace GradCut
