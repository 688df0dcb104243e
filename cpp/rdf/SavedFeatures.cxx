#include "SavedFeatures.hxx"

#include "SavedFile.hxx"

namespace GradCut {
namespace Internal {

void CheckFeature(const SavedFeature &feature)
{
   CheckCondition(feature.fValue);
   if (feature.fAbsent.GetKind() != JsonValue::EKind::kNull)
      CheckCondition(feature.fAbsent);
}

std::vector<std::string> DefineFeatures(ROOT::RDF::RNode &node, const std::string &name,
                                        const std::vector<SavedFeature> &features, bool mayBeVectors)
{
   std::vector<std::string> read;
   for (const auto &feature : features) {
      const bool hasMark = feature.fAbsent.GetKind() != JsonValue::EKind::kNull;
      const auto *column = hasMark ? nullptr : feature.fValue.Find("column");
      if (column) {
         if (VectorsOf(node)(column->String()) && !mayBeVectors)
            column->Refuse("a vector column, where a number per event is needed");
         read.push_back(column->String());
         continue;
      }
      auto code = "double(" + ConditionCode(feature.fValue, VectorsOf(node)) + ")";
      if (hasMark)
         code = "(" + ConditionCode(feature.fAbsent, VectorsOf(node)) + ") ? " + kMissing + " : " + code;
      read.push_back("_gradcut_" + name + "_value" + std::to_string(read.size()));
      node = node.Define(read.back(), code);
   }
   return read;
}

} // namespace Internal
} // namespace GradCut
