#include "ConditionCode.hxx"
#include "Json.hxx"

#include <gradcut/rdf/ColumnTypes.hxx>
#include <gradcut/rdf/Cuts.hxx>
#include <gradcut/rdf/Uniform.hxx>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <set>
#include <stdexcept>

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
   int fNFolds = 0;
   std::uint64_t fSeed = 0;
   std::vector<std::string> fIdentity;
   std::string fNoFolds; ///< why it cannot be applied per fold, empty where it can
};

namespace {

constexpr int kVersion = 1;

SavedCuts Read(const JsonValue &document)
{
   const auto *format = document.GetKind() == JsonValue::EKind::kObject ? document.Find("format") : nullptr;
   if (!format || format->GetKind() != JsonValue::EKind::kString || format->String() != "gradcut-cut-result")
      document.Refuse("this is not a result of gradcut.fit_cuts");
   const auto version = document.At("schema_version").Integer();
   if (version != kVersion)
      document.Refuse("the result has version " + std::to_string(version) + ", this gradcut reads " +
                      std::to_string(kVersion) + (version > kVersion ? ": update gradcut" : ""));
   const auto &content = document.At("content");
   SavedCuts saved;
   for (const auto &filter : content.At("filters").Items())
      saved.fRequirements.push_back(
         {filter.At("name").String(), filter.At("declared").String(), filter.At("condition"), {}});
   if (saved.fRequirements.empty())
      content.Refuse("a result without filters");
   for (const auto &fold : content.At("folds").Items()) {
      const auto &conditions = fold.At("conditions").Items();
      if (conditions.size() != saved.fRequirements.size())
         fold.Refuse("the conditions of a fold are as many as the filters");
      for (std::size_t i = 0; i < conditions.size(); ++i)
         saved.fRequirements[i].fPerFold.push_back(conditions[i]);
      ++saved.fNFolds;
   }
   const auto &provenance = content.At("provenance");
   const auto &partition = provenance.At("settings").At("partition");
   const auto &kind = partition.At("kind").String();
   if (kind != "folds" || saved.fNFolds != partition.At("k").Integer()) {
      saved.fNoFolds = "this result has no cuts for every fold";
      return saved;
   }
   if (partition.At("by").GetKind() != JsonValue::EKind::kNull) {
      saved.fNoFolds = "its folds were made by the expression '" + partition.At("by").String() +
                       "', which only the Python driver evaluates";
      return saved;
   }
   const auto seed = partition.At("seed").Integer();
   if (seed < 0)
      partition.Refuse("a seed is an integer from 0 on");
   saved.fSeed = static_cast<std::uint64_t>(seed);
   for (const auto &column : provenance.At("event").Items())
      saved.fIdentity.push_back(column.String());
   return saved;
}

/// Whether the columns of a node are vectors.
IsVectorColumn VectorsOf(ROOT::RDF::RNode &node)
{
   return [&node](const std::string &column) {
      const auto type = GetColumnType(node, column);
      if (type.fElement == EElement::kOther)
         throw std::invalid_argument("column '" + column + "' is of type " + type.fName +
                                     ", which is not a number and not a vector of numbers");
      return type.fIsVector;
   };
}

/// Run something and say of which file its errors are.
template <class Function>
auto OfFile(const std::string &path, Function &&function)
{
   try {
      return function();
   } catch (const std::invalid_argument &error) {
      throw std::invalid_argument(path + ": " + error.what());
   }
}

} // namespace
} // namespace Internal

Cuts LoadCuts(const std::string &path)
{
   std::ifstream file(path, std::ios::binary);
   if (!file)
      throw std::invalid_argument(path + ": there is no such file, or it cannot be read");
   const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
   auto saved = Internal::OfFile(path, [&] { return Internal::Read(Internal::JsonValue::Parse(text)); });
   saved.fPath = path;
   for (const auto &requirement : saved.fRequirements) {
      // Everything but the columns is checked here, not only when the cuts are applied.
      Internal::OfFile(path, [&] { return Internal::CheckCondition(requirement.fCondition); });
      for (const auto &condition : requirement.fPerFold)
         Internal::OfFile(path, [&] { return Internal::CheckCondition(condition); });
   }
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
   if (!fSaved->fNoFolds.empty())
      throw std::invalid_argument(fSaved->fPath + ": " + fSaved->fNoFolds);
   // The name of Python's gradcut.results.apply: both may work on the same node.
   const auto fold = "gradcut_fold_" + std::to_string(fSaved->fNFolds) + "_" + std::to_string(fSaved->fSeed);
   const auto isVector = Internal::VectorsOf(node);
   std::vector<CutFilter> filters;
   for (const auto &requirement : fSaved->fRequirements) {
      std::set<std::string> distinct;
      std::string joined;
      for (int i = 0; i < fSaved->fNFolds; ++i) {
         const auto code =
            Internal::OfFile(fSaved->fPath, [&] { return Internal::ConditionCode(requirement.fPerFold[i], isVector); });
         distinct.insert(code);
         joined += (i ? " || (" : "(") + fold + " == " + std::to_string(i) + " && (" + code + "))";
      }
      if (distinct.size() == 1)
         filters.push_back({*distinct.begin(), requirement.fDeclared});
      else
         filters.push_back({joined, requirement.fDeclared + " per fold"});
   }
   if (!node.HasColumn(fold))
      node = DefineFold(node, fold, fSaved->fIdentity, fSaved->fSeed, fSaved->fNFolds);
   for (const auto &filter : filters)
      node = node.Filter(filter.fCode, filter.fName);
   return node;
}

} // namespace GradCut
