#include "SavedFile.hxx"

#include <gradcut/rdf/ColumnTypes.hxx>
#include <gradcut/rdf/Uniform.hxx>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace GradCut {
namespace Internal {
namespace {

constexpr int kVersion = 1;

} // namespace

std::string ReadText(const std::string &path)
{
   std::ifstream file(path, std::ios::binary);
   if (!file)
      throw std::invalid_argument("there is no such file, or it cannot be read");
   return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

const JsonValue &ContentOf(const JsonValue &document, const std::string &format, const std::string &madeBy)
{
   const auto *found = document.GetKind() == JsonValue::EKind::kObject ? document.Find("format") : nullptr;
   if (!found || found->GetKind() != JsonValue::EKind::kString || found->String() != format)
      document.Refuse("this is not a result of gradcut." + madeBy);
   const auto version = document.At("schema_version").Integer();
   if (version != kVersion)
      document.Refuse("the result has version " + std::to_string(version) + ", this gradcut reads " +
                      std::to_string(kVersion) + (version > kVersion ? ": update gradcut" : ""));
   return document.At("content");
}

SavedFolds ReadFolds(const JsonValue &provenance, int nResults, const std::string &what)
{
   SavedFolds folds;
   const auto &partition = provenance.At("settings").At("partition");
   if (partition.At("kind").String() != "folds" || nResults != partition.At("k").Integer()) {
      folds.fNone = "this result has no " + what + " for every fold";
      return folds;
   }
   if (partition.At("by").GetKind() != JsonValue::EKind::kNull) {
      folds.fNone = "its folds were made by the expression '" + partition.At("by").String() +
                    "', which only the Python driver evaluates";
      return folds;
   }
   const auto seed = partition.At("seed").Integer();
   if (seed < 0)
      partition.Refuse("a seed is an integer from 0 on");
   folds.fNFolds = nResults;
   folds.fSeed = static_cast<std::uint64_t>(seed);
   for (const auto &column : provenance.At("event").Items())
      folds.fIdentity.push_back(column.String());
   return folds;
}

void CheckKeys(const JsonValue &object, std::initializer_list<const char *> known)
{
   for (const auto &member : object.Members()) {
      if (std::none_of(known.begin(), known.end(), [&](const char *key) { return member.first == key; }))
         object.Refuse("'" + member.first + "' is not known to this gradcut: update it");
   }
}

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

std::string DefineFoldOf(ROOT::RDF::RNode &node, const SavedFolds &folds)
{
   if (!folds.fNone.empty())
      throw std::invalid_argument(folds.fNone);
   const auto name = "gradcut_fold_" + std::to_string(folds.fNFolds) + "_" + std::to_string(folds.fSeed);
   if (!node.HasColumn(name))
      node = DefineFold(node, name, folds.fIdentity, folds.fSeed, folds.fNFolds);
   return name;
}

} // namespace Internal
} // namespace GradCut
