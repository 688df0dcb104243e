#include "MomentsPlan.hxx"

#include "GatheredColumns.hxx"
#include "ObjectMomentsDispatch.hxx"
#include "SoftMomentsDispatch.hxx"

#include <gradcut/rdf/ColumnTypes.hxx>
#include <gradcut/rdf/ObjectColumns.hxx>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace GradCut {
namespace Internal {
namespace {

/// Integers up to 16 bits are exact in a float.
bool IsExactInFloat(EElement element)
{
   return element <= EElement::kUShort || element == EElement::kFloat;
}

SoftSelection Shifted(SoftSelection selection, const std::vector<double> &offsets)
{
   for (std::size_t i = 0; i < selection.fLow.size(); ++i) {
      selection.fLow[i] -= offsets[i % selection.NCuts()];
      selection.fHigh[i] -= offsets[i % selection.NCuts()];
   }
   return selection;
}

/// Decides in which types the columns are read, and converts the odd ones.
class Plan {
public:
   std::vector<std::string> fColumns; ///< weight first
   SoftMomentsSetup fSetup;

   Plan(ROOT::RDF::RNode &node, SoftMomentsSetup setup, EPrecision precision, const std::vector<std::string> &columns,
        const std::string &weight, const std::vector<double> &advice)
      : fSetup(std::move(setup))
   {
      for (std::size_t k = 0; k < columns.size(); ++k)
         fTypes.push_back(ElementOf(node, columns[k], fSetup.IsOfObjects(k)));
      const auto all = [&](auto &&predicate) { return std::all_of(fTypes.begin(), fTypes.end(), predicate); };
      const bool areFloat = all([](EElement t) { return t == EElement::kFloat; });
      const bool areDouble = !fTypes.empty() && all([](EElement t) { return t == EElement::kDouble; });
      // A hard cut compares in the column's own type: only floats keep that in single precision. Hard bins are counted
      // in double, which costs nothing.
      const bool mayBeSingle = fSetup.Step() != kGradCutHard || (areFloat && !fSetup.fBins);
      const bool isSingle = precision == EPrecision::kSingle && mayBeSingle;

      fSetup.fPrecision = isSingle ? EPrecision::kSingle : EPrecision::kDouble;
      fSetup.fNSlots = node.GetNSlots();
      fSetup.fOffsets.assign(columns.size(), 0.);
      auto offsets = fSetup.fOffsets;
      for (std::size_t k = 0; isSingle && k < columns.size(); ++k)
         offsets[k] = fTypes[k] == EElement::kFloat ? 0. : advice[k];
      if (fSetup.fBins && !fSetup.fNetwork)
         fSetup.fBins = std::make_shared<const SoftBins>(fSetup.fBins->Shifted(offsets));
      else if (!fSetup.fBins)
         fSetup.fSelection = Shifted(std::move(fSetup.fSelection), offsets);

      // Without weights the first feature is read in their place: it costs nothing, a column of ones is a Define.
      fSetup.fIsWeighted = !weight.empty() || fSetup.HasObjects() || columns.empty();
      fColumns.push_back(weight.empty() && fSetup.fIsWeighted ? DefineOne(node) : weight);
      const bool areMany = columns.size() > kMaxFeatures; // these are gathered as doubles
      if (areDouble || areMany || !(isSingle || all(IsExactInFloat))) {
         fSetup.fFeatures = EReal::kDouble;
         fSetup.fOffsets = offsets;
         Read<double>(node, columns, std::vector<double>(columns.size(), 0.));
      } else {
         Read<float>(node, columns, offsets);
      }
      if (fSetup.fIsWeighted) {
         PlanWeight(node, weight.empty() ? EElement::kFloat : GetScalarType(node, weight).fElement);
      } else {
         fSetup.fWeight = fSetup.fFeatures;
         fColumns[0] = fColumns[1];
      }
   }

private:
   std::vector<EElement> fTypes;

   /// Read the columns in one type: as they are where they have it, else converted.
   template <class Real>
   void Read(ROOT::RDF::RNode &node, const std::vector<std::string> &columns, const std::vector<double> &offsets)
   {
      constexpr bool isFloat = std::is_same<Real, float>::value;
      const bool hasObjects = fSetup.HasObjects();
      for (std::size_t k = 0; k < columns.size(); ++k) {
         const bool isThat = fTypes[k] == (isFloat ? EElement::kFloat : EElement::kDouble);
         if (isThat && fSetup.IsOfObjects(k) == hasObjects)
            fColumns.push_back(columns[k]);
         else if (hasObjects)
            fColumns.push_back(DefineAsVector<Real>(node, columns[k], offsets[k]));
         else
            fColumns.push_back(isFloat ? DefineAsFloat(node, columns[k], offsets[k])
                                       : DefineAsDouble(node, columns[k]));
      }
   }

   void PlanWeight(ROOT::RDF::RNode &node, EElement type)
   {
      const bool isDouble = fSetup.HasObjects() || fSetup.fFeatures == EReal::kDouble || !IsExactInFloat(type);
      fSetup.fWeight = isDouble ? EReal::kDouble : EReal::kFloat;
      if (type != (isDouble ? EElement::kDouble : EElement::kFloat))
         fColumns[0] = isDouble ? DefineAsDouble(node, fColumns[0]) : DefineAsFloat(node, fColumns[0]);
   }
};

template <class Feature, class Weight>
ROOT::RDF::RResultPtr<Moments> Dispatch(ROOT::RDF::RNode &node, Plan plan)
{
   const bool isMany = plan.fColumns.size() > 1 + kFew;
   const auto book = isMany ? SoftMomentsBook<Feature, Weight, true> : SoftMomentsBook<Feature, Weight, false>;
   return book(node, std::move(plan.fSetup), std::move(plan.fColumns));
}

} // namespace

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

ROOT::RDF::RResultPtr<Moments> BookPlanned(ROOT::RDF::RNode node, SoftMomentsSetup setup, EPrecision precision,
                                           const std::vector<std::string> &columns, const std::string &weight,
                                           const std::vector<double> &advice, const std::vector<std::string> &labels)
{
   Plan plan(node, std::move(setup), precision, columns, weight, advice);
   const bool isDouble = plan.fSetup.fFeatures == EReal::kDouble;
   if (plan.fSetup.HasObjects()) {
      const auto book = isDouble ? ObjectMomentsBook<double> : ObjectMomentsBook<float>;
      return book(node, std::move(plan.fSetup), std::move(plan.fColumns), labels);
   }
   if (plan.fColumns.size() > 1 + kMaxFeatures) {
      const auto weightColumn = plan.fColumns.front();
      const auto gathered = DefineGathered(node, {plan.fColumns.begin() + 1, plan.fColumns.end()});
      return GatheredMomentsBook(node, std::move(plan.fSetup), weightColumn, gathered);
   }
   if (isDouble)
      return Dispatch<double, double>(node, std::move(plan));
   if (plan.fSetup.fWeight == EReal::kDouble)
      return Dispatch<float, double>(node, std::move(plan));
   return Dispatch<float, float>(node, std::move(plan));
}

} // namespace Internal
} // namespace GradCut
