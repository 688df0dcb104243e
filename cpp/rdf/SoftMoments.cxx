#include "ObjectMomentsDispatch.hxx"
#include "SoftMomentsDispatch.hxx"

#include <gradcut/rdf/ColumnTypes.hxx>
#include <gradcut/rdf/ObjectColumns.hxx>
#include <gradcut/rdf/SoftMoments.hxx>

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace GradCut {
namespace {

/// Integers up to 16 bits are exact in a float.
bool IsExactInFloat(EElement element)
{
   return element <= EElement::kUShort || element == EElement::kFloat;
}

/// What is subtracted before a cast to float. Without advice from the caller the threshold, where precision matters
/// most. Columns beyond those of the cuts are not compared with anything.
std::vector<double> Offsets(const SoftSelection &selection, const std::vector<EElement> &types,
                            const SoftMomentsOptions &options)
{
   std::vector<double> offsets(types.size(), 0.);
   for (std::size_t k = 0; k < selection.NCuts(); ++k) {
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
      selection.fLow[i] -= offsets[i % selection.NCuts()];
      selection.fHigh[i] -= offsets[i % selection.NCuts()];
   }
   return selection;
}

/// The element type of a column that has one value per event, or per object where it belongs to a collection.
EElement ElementOf(ROOT::RDF::RNode &node, const std::string &column, bool isOfObjects)
{
   if (!isOfObjects)
      return GetScalarType(node, column).fElement;
   const auto type = GetColumnType(node, column);
   if (!type.fIsVector || type.fElement == EElement::kOther)
      throw std::invalid_argument("column '" + column + "' is of type " + type.fName +
                                  ", but one number per object is needed: a vector of numbers");
   return type.fElement;
}

/// Decides in which types the columns are read, and converts the odd ones.
class Plan {
public:
   std::vector<std::string> fColumns; ///< weight first
   Internal::SoftMomentsSetup fSetup;
   bool fHasObjects = false;

   Plan(ROOT::RDF::RNode &node, const SoftSelection &selection, std::shared_ptr<const SoftTree> tree,
        const std::vector<std::string> &columns, const std::string &weight, const SoftMomentsOptions &options)
      : fHasObjects(tree && tree->NCollections() > 0)
   {
      for (std::size_t k = 0; k < columns.size(); ++k)
         fTypes.push_back(ElementOf(node, columns[k], fHasObjects && tree->fCollections[k] >= 0));
      const auto all = [&](auto &&predicate) { return std::all_of(fTypes.begin(), fTypes.end(), predicate); };
      const bool areFloat = all([](EElement t) { return t == EElement::kFloat; });
      const bool areDouble = !fTypes.empty() && all([](EElement t) { return t == EElement::kDouble; });
      // A hard cut compares in the column's own type: only floats keep that in single precision.
      const bool isSingle = options.fPrecision == EPrecision::kSingle && (areFloat || selection.fStep != kGradCutHard);

      fSetup.fTree = std::move(tree);
      fSetup.fPrecision = isSingle ? EPrecision::kSingle : EPrecision::kDouble;
      fSetup.fDerivatives = options.fDerivatives;
      fSetup.fNSlots = node.GetNSlots();
      fSetup.fOffsets.assign(columns.size(), 0.);
      const auto offsets = isSingle ? Offsets(selection, fTypes, options) : fSetup.fOffsets;
      fSetup.fSelection = Shifted(selection, offsets);

      fColumns.push_back(weight.empty() ? DefineOne(node) : weight);
      if (areDouble || !(isSingle || all(IsExactInFloat))) {
         fSetup.fFeatures = Internal::EReal::kDouble;
         fSetup.fOffsets = offsets;
         Read<double>(node, columns, std::vector<double>(columns.size(), 0.));
      } else {
         Read<float>(node, columns, offsets);
      }
      PlanWeight(node, weight.empty() ? EElement::kFloat : GetScalarType(node, weight).fElement);
   }

private:
   std::vector<EElement> fTypes;

   /// Read the columns in one type: as they are where they have it, else converted.
   template <class Real>
   void Read(ROOT::RDF::RNode &node, const std::vector<std::string> &columns, const std::vector<double> &offsets)
   {
      constexpr bool isFloat = std::is_same<Real, float>::value;
      for (std::size_t k = 0; k < columns.size(); ++k) {
         const bool isThat = fTypes[k] == (isFloat ? EElement::kFloat : EElement::kDouble);
         const bool isVector = fHasObjects && fSetup.fTree->fCollections[k] >= 0;
         if (isThat && isVector == fHasObjects)
            fColumns.push_back(columns[k]);
         else if (fHasObjects)
            fColumns.push_back(DefineAsVector<Real>(node, columns[k], offsets[k]));
         else
            fColumns.push_back(isFloat ? DefineAsFloat(node, columns[k], offsets[k])
                                       : DefineAsDouble(node, columns[k]));
      }
   }

   void PlanWeight(ROOT::RDF::RNode &node, EElement type)
   {
      const bool isDouble = fHasObjects || fSetup.fFeatures == Internal::EReal::kDouble || !IsExactInFloat(type);
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

ROOT::RDF::RResultPtr<Moments> Book(ROOT::RDF::RNode node, const SoftSelection &selection,
                                    std::shared_ptr<const SoftTree> tree, const std::vector<std::string> &columns,
                                    const std::string &weight, const SoftMomentsOptions &options)
{
   selection.Validate();
   const std::size_t nCuts = selection.NCuts(), nColumns = tree ? tree->NColumns() : nCuts;
   const std::string what = tree ? " columns of the tree" : " cuts";
   if (columns.size() != nColumns)
      throw std::invalid_argument("BookSoftMoments: " + std::to_string(columns.size()) + " columns for " +
                                  std::to_string(nColumns) + what);
   if (nColumns > kMaxFeatures)
      throw std::invalid_argument("BookSoftMoments: " + std::to_string(nColumns) + what +
                                  ", the compiled action takes " + std::to_string(kMaxFeatures) +
                                  ": turn cuts that are not learned into Filters, or collect the columns");
   if (!options.fOffsets.empty() && options.fOffsets.size() != nCuts)
      throw std::invalid_argument("BookSoftMoments: " + std::to_string(options.fOffsets.size()) + " offsets for " +
                                  std::to_string(nCuts) + " cuts");

   Plan plan(node, selection, std::move(tree), columns, weight, options);
   const bool isDouble = plan.fSetup.fFeatures == Internal::EReal::kDouble;
   if (plan.fHasObjects) {
      const auto book = isDouble ? Internal::ObjectMomentsBook<double> : Internal::ObjectMomentsBook<float>;
      return book(node, std::move(plan.fSetup), std::move(plan.fColumns),
                  options.fLabels.size() == nColumns ? options.fLabels : columns);
   }
   if (isDouble)
      return Dispatch<double, double>(node, std::move(plan));
   if (plan.fSetup.fWeight == Internal::EReal::kDouble)
      return Dispatch<float, double>(node, std::move(plan));
   return Dispatch<float, float>(node, std::move(plan));
}

} // namespace

ROOT::RDF::RResultPtr<Moments> BookSoftMoments(ROOT::RDF::RNode node, const SoftSelection &selection,
                                               const std::vector<std::string> &columns, const std::string &weight,
                                               const SoftMomentsOptions &options)
{
   return Book(node, selection, nullptr, columns, weight, options);
}

ROOT::RDF::RResultPtr<Moments> BookSoftMoments(ROOT::RDF::RNode node, const SoftSelection &selection,
                                               const SoftTree &tree, const std::vector<std::string> &columns,
                                               const std::string &weight, const SoftMomentsOptions &options)
{
   tree.Validate(selection);
   return Book(node, selection, std::make_shared<const SoftTree>(tree), columns, weight, options);
}

} // namespace GradCut
