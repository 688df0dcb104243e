#include "ConditionCode.hxx"
#include "Json.hxx"
#include "SavedCuts.hxx"
#include "SavedFile.hxx"

#include <gradcut/rdf/Cuts.hxx>

#include <set>

namespace GradCut {
namespace Internal {

SavedCuts ReadCuts(const JsonValue &content)
{
   SavedCuts saved;
   for (const auto &filter : content.At("filters").Items())
      saved.fRequirements.push_back(
         {filter.At("name").String(), filter.At("declared").String(), filter.At("condition"), {}});
   if (saved.fRequirements.empty())
      content.Refuse("a result without filters");
   int nFolds = 0;
   for (const auto &fold : content.At("folds").Items()) {
      const auto &conditions = fold.At("conditions").Items();
      if (conditions.size() != saved.fRequirements.size())
         fold.Refuse("the conditions of a fold are as many as the filters");
      for (std::size_t i = 0; i < conditions.size(); ++i)
         saved.fRequirements[i].fPerFold.push_back(conditions[i]);
      ++nFolds;
   }
   for (const auto &requirement : saved.fRequirements) {
      // Everything but the columns is checked here, not only when the cuts are applied.
      CheckCondition(requirement.fCondition);
      for (const auto &condition : requirement.fPerFold)
         CheckCondition(condition);
   }
   saved.fFolds = ReadFolds(content.At("provenance"), nFolds, "cuts");
   return saved;
}

} // namespace Internal

namespace {

ROOT::RDF::RNode Filtered(ROOT::RDF::RNode node, const std::vector<CutFilter> &filters)
{
   for (const auto &filter : filters)
      node = node.Filter(filter.fCode, filter.fName);
   return node;
}

/// One condition of all.
std::string Joined(const std::vector<CutFilter> &filters)
{
   std::string code;
   for (const auto &filter : filters)
      code += (code.empty() ? "bool(" : " && bool(") + filter.fCode + ")";
   return code;
}

} // namespace

Cuts LoadCuts(const std::string &path)
{
   auto saved = Internal::OfFile(path, [&] {
      const auto document = Internal::JsonValue::Parse(Internal::ReadText(path));
      return Internal::ReadCuts(Internal::ContentOf(document, "gradcut-cut-result", "fit_cuts"));
   });
   saved.fPath = path;
   Cuts cuts;
   cuts.fSaved = std::make_shared<const Internal::SavedCuts>(std::move(saved));
   return cuts;
}

std::vector<CutFilter> Cuts::Filters(ROOT::RDF::RNode node) const
{
   const auto isVector = Internal::VectorsOf(node);
   return Internal::OfFile(fSaved->fPath, [&] {
      std::vector<CutFilter> filters;
      for (const auto &requirement : fSaved->fRequirements)
         filters.push_back({Internal::ConditionCode(requirement.fCondition, isVector), requirement.fName});
      return filters;
   });
}

ROOT::RDF::RNode Cuts::Apply(ROOT::RDF::RNode node) const
{
   return Filtered(node, Filters(node));
}

ROOT::RDF::RNode Cuts::ApplyPerFold(ROOT::RDF::RNode node) const
{
   const auto filters = FiltersPerFold(node);
   return Filtered(node, filters);
}

ROOT::RDF::RNode Cuts::Define(ROOT::RDF::RNode node, const std::string &name) const
{
   return node.Define(name, Joined(Filters(node)));
}

ROOT::RDF::RNode Cuts::DefinePerFold(ROOT::RDF::RNode node, const std::string &name) const
{
   const auto filters = FiltersPerFold(node);
   return node.Define(name, Joined(filters));
}

std::vector<CutFilter> Cuts::FiltersPerFold(ROOT::RDF::RNode &node) const
{
   return Internal::OfFile(fSaved->fPath, [&] {
      const auto fold = Internal::DefineFoldOf(node, fSaved->fFolds);
      const auto isVector = Internal::VectorsOf(node);
      std::vector<CutFilter> filters;
      for (const auto &requirement : fSaved->fRequirements) {
         std::set<std::string> distinct;
         std::string joined;
         for (int i = 0; i < fSaved->fFolds.fNFolds; ++i) {
            const auto code = Internal::ConditionCode(requirement.fPerFold[i], isVector);
            distinct.insert(code);
            joined += (i ? " || (" : "(") + fold + " == " + std::to_string(i) + " && (" + code + "))";
         }
         if (distinct.size() == 1)
            filters.push_back({*distinct.begin(), requirement.fDeclared});
         else
            filters.push_back({joined, requirement.fDeclared + " per fold"});
      }
      return filters;
   });
}

} // namespace GradCut
