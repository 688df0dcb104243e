#include "ConditionCode.hxx"
#include "Json.hxx"
#include "SavedFile.hxx"

#include <gradcut/rdf/Cuts.hxx>

#include <set>

namespace GradCut {
namespace Internal {

/// What a file says about the cuts; the document stays as it is, its trees are rendered for the node at hand.
struct SavedCuts {
   /// One requirement: as it was declared, and its condition with the values that all events gave, and per fold.
   struct Requirement {
      std::string fName;
      std::string fDeclared;
      JsonValue fCondition;
      std::vector<JsonValue> fPerFold;
   };
   std::string fPath;
   std::vector<Requirement> fRequirements;
   SavedFolds fFolds;
};

namespace {

SavedCuts Read(const JsonValue &document)
{
   const auto &content = ContentOf(document, "gradcut-cut-result", "fit_cuts");
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
   saved.fFolds = ReadFolds(content, nFolds, "cuts");
   return saved;
}

} // namespace
} // namespace Internal

Cuts LoadCuts(const std::string &path)
{
   auto saved = Internal::OfFile(path, [&] {
      const auto document = Internal::JsonValue::Parse(Internal::ReadText(path));
      auto read = Internal::Read(document);
      for (const auto &requirement : read.fRequirements) {
         // Everything but the columns is checked here, not only when the cuts are applied.
         Internal::CheckCondition(requirement.fCondition);
         for (const auto &condition : requirement.fPerFold)
            Internal::CheckCondition(condition);
      }
      return read;
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
   for (const auto &filter : Filters(node))
      node = node.Filter(filter.fCode, filter.fName);
   return node;
}

ROOT::RDF::RNode Cuts::ApplyPerFold(ROOT::RDF::RNode node) const
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
      for (const auto &filter : filters)
         node = node.Filter(filter.fCode, filter.fName);
      return node;
   });
}

} // namespace GradCut
