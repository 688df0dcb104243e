#include "SoftMomentsDispatch.hxx"

#include <gradcut/rdf/ColumnTypes.hxx>
#include <gradcut/rdf/SoftMoments.hxx>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace GradCut {
namespace {

/// Integers up to 16 bits are exact in a float.
bool IsExactInFloat(EElement element)
{
   return element <= EElement::kUShort || element == EElement::kFloat;
}

/// What is subtracted before a cast to float. Without advice from the caller the threshold, where precision matters
/// most.
std::vector<double> Offsets(const SoftSelection &selection, const std::vector<EElement> &types,
                            const SoftMomentsOptions &options)
{
   std::vector<double> offsets(types.size(), 0.);
   for (std::size_t k = 0; k < types.size(); ++k) {
      if (types[k] == EElement::kFloat)
         continue;
      const double threshold = selection.fKinds[k] == kGradCutBelow ? selection.fHigh[k] : selection.fLow[k];
      offsets[k] = !options.fOffsets.empty() ? options.fOffsets[k] : (std::isfinite(threshold) ? threshold : 0.);
   }
   return offsets;
}

SoftSelection Shifted(SoftSelection selection, const std::vector<double> &offsets)
{
   for (std::size_t i = 0; i < selection.fLow.size(); ++i) {
      selection.fLow[i] -= offsets[i % offsets.size()];
      selection.fHigh[i] -= offsets[i % offsets.size()];
   }
   return selection;
}

/// Decides in which types the columns are read, and converts the odd ones.
class Plan {
public:
   std::vector<std::string> fColumns; ///< weight first
   Internal::SoftMomentsSetup fSetup;

   Plan(ROOT::RDF::RNode &node, const SoftSelection &selection, const std::vector<std::string> &columns,
        const std::string &weight, const SoftMomentsOptions &options)
   {
      std::vector<EElement> types;
      for (const auto &column : columns)
         types.push_back(GetScalarType(node, column).fElement);
      const auto all = [&](auto &&predicate) { return std::all_of(types.begin(), types.end(), predicate); };
      const bool areFloat = all([](EElement t) { return t == EElement::kFloat; });
      const bool areDouble = !types.empty() && all([](EElement t) { return t == EElement::kDouble; });
      // A hard cut compares in the column's own type: only floats keep that in single precision.
      const bool isSingle = options.fPrecision == EPrecision::kSingle && (areFloat || selection.fStep != kGradCutHard);

      fSetup.fPrecision = isSingle ? EPrecision::kSingle : EPrecision::kDouble;
      fSetup.fDerivatives = options.fDerivatives;
      fSetup.fNSlots = node.GetNSlots();
      fSetup.fOffsets.assign(columns.size(), 0.);
      const auto offsets = isSingle ? Offsets(selection, types, options) : fSetup.fOffsets;
      fSetup.fSelection = Shifted(selection, offsets);

      fColumns.push_back(weight.empty() ? DefineOne(node) : weight);
      if (areDouble) {
         fSetup.fFeatures = Internal::EReal::kDouble;
         fSetup.fOffsets = offsets;
         fColumns.insert(fColumns.end(), columns.begin(), columns.end());
      } else if (isSingle || all(IsExactInFloat)) {
         for (std::size_t k = 0; k < columns.size(); ++k)
            fColumns.push_back(types[k] == EElement::kFloat ? columns[k] : DefineAsFloat(node, columns[k], offsets[k]));
      } else {
         fSetup.fFeatures = Internal::EReal::kDouble;
         for (std::size_t k = 0; k < columns.size(); ++k)
            fColumns.push_back(types[k] == EElement::kDouble ? columns[k] : DefineAsDouble(node, columns[k]));
      }
      PlanWeight(node, weight.empty() ? EElement::kFloat : GetScalarType(node, weight).fElement);
   }

private:
   void PlanWeight(ROOT::RDF::RNode &node, EElement type)
   {
      const bool isDouble = fSetup.fFeatures == Internal::EReal::kDouble || !IsExactInFloat(type);
      fSetup.fWeight = isDouble ? Internal::EReal::kDouble : Internal::EReal::kFloat;
      if (type != (isDouble ? EElement::kDouble : EElement::kFloat))
         fColumns[0] = isDouble ? DefineAsDouble(node, fColumns[0]) : DefineAsFloat(node, fColumns[0]);
   }
};

template <class Feature, class Weight>
ROOT::RDF::RResultPtr<Moments> Dispatch(ROOT::RDF::RNode &node, Plan plan)
{
   const bool isMany = plan.fColumns.size() > 1 + Internal::kFew;
   const auto book =
      isMany ? Internal::SoftMomentsBook<Feature, Weight, true> : Internal::SoftMomentsBook<Feature, Weight, false>;
   return book(node, std::move(plan.fSetup), std::move(plan.fColumns));
}

} // namespace

ROOT::RDF::RResultPtr<Moments> BookSoftMoments(ROOT::RDF::RNode node, const SoftSelection &selection,
                                               const std::vector<std::string> &columns, const std::string &weight,
                                               const SoftMomentsOptions &options)
{
   selection.Validate();
   const std::size_t nCuts = selection.NCuts();
   if (columns.size() != nCuts)
      throw std::invalid_argument("BookSoftMoments: " + std::to_string(columns.size()) + " columns for " +
                                  std::to_string(nCuts) + " cuts");
   if (nCuts > kMaxFeatures)
      throw std::invalid_argument("BookSoftMoments: " + std::to_string(nCuts) + " cuts, the compiled action takes " +
                                  std::to_string(kMaxFeatures) +
                                  ": turn cuts that are not learned into Filters, or collect the columns");
   if (!options.fOffsets.empty() && options.fOffsets.size() != nCuts)
      throw std::invalid_argument("BookSoftMoments: " + std::to_string(options.fOffsets.size()) + " offsets for " +
                                  std::to_string(nCuts) + " cuts");

   Plan plan(node, selection, columns, weight, options);
   if (plan.fSetup.fFeatures == Internal::EReal::kDouble)
      return Dispatch<double, double>(node, std::move(plan));
   if (plan.fSetup.fWeight == Internal::EReal::kDouble)
      return Dispatch<float, double>(node, std::move(plan));
   return Dispatch<float, float>(node, std::move(plan));
}

} // namespace GradCut
