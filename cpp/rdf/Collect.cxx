#include "CollectDispatch.hxx"

#include <gradcut/rdf/Collect.hxx>
#include <gradcut/rdf/CollectGroup.hxx>
#include <gradcut/rdf/ElementDispatch.hxx>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace GradCut {
namespace {

using Internal::CollectGroup;

/// The numbers (or vectors) of one element type among the columns.
struct TypeGroup {
   ColumnType fType;
   std::vector<std::string> fNames;
   std::vector<std::size_t> fPositions;
};

std::vector<TypeGroup> GroupByType(ROOT::RDF::RNode &node, const std::vector<std::string> &columns)
{
   std::map<std::pair<EElement, bool>, TypeGroup> groups;
   for (std::size_t i = 0; i < columns.size(); ++i) {
      const auto type = GetColumnType(node, columns[i]);
      if (type.fElement == EElement::kOther)
         throw std::invalid_argument("column '" + columns[i] + "' is of type " + type.fName +
                                     ", which cannot be collected: numbers and RVecs of numbers can, so Define one "
                                     "from it");
      auto &group = groups[{type.fElement, type.fIsVector}];
      group.fType = type;
      group.fNames.push_back(columns[i]);
      group.fPositions.push_back(i);
   }
   std::vector<TypeGroup> result;
   for (auto &item : groups)
      result.push_back(std::move(item.second));
   return result;
}

template <class T>
void BookGroup(ROOT::RDF::RNode &node, TypeGroup group, std::vector<std::unique_ptr<CollectGroup>> &booked)
{
   while (!group.fNames.empty()) {
      std::size_t n = 0;
      auto result = group.fType.fIsVector ? Internal::CollectBook<T, true>(node, group.fNames, n)
                                          : Internal::CollectBook<T, false>(node, group.fNames, n);
      std::vector<std::size_t> positions(group.fPositions.begin(), group.fPositions.begin() + n);
      booked.push_back(std::make_unique<CollectGroup>(std::move(result), group.fType, std::move(positions)));
      group.fNames.erase(group.fNames.begin(), group.fNames.begin() + n);
      group.fPositions.erase(group.fPositions.begin(), group.fPositions.begin() + n);
   }
}

} // namespace

template <class T>
const T *CollectedColumn::Content() const
{
   const bool fits = Internal::DispatchElement(
      fType.fElement, [](auto tag) { return std::is_same<T, typename decltype(tag)::Type>::value; });
   if (!fits)
      throw std::invalid_argument("CollectedColumn: the content is of type " + fType.fName);
   return reinterpret_cast<const T *>(fContent.get());
}

template const bool *CollectedColumn::Content<bool>() const;
template const char *CollectedColumn::Content<char>() const;
template const signed char *CollectedColumn::Content<signed char>() const;
template const unsigned char *CollectedColumn::Content<unsigned char>() const;
template const short *CollectedColumn::Content<short>() const;
template const unsigned short *CollectedColumn::Content<unsigned short>() const;
template const int *CollectedColumn::Content<int>() const;
template const unsigned int *CollectedColumn::Content<unsigned int>() const;
template const long *CollectedColumn::Content<long>() const;
template const unsigned long *CollectedColumn::Content<unsigned long>() const;
template const Long64_t *CollectedColumn::Content<Long64_t>() const;
template const ULong64_t *CollectedColumn::Content<ULong64_t>() const;
template const float *CollectedColumn::Content<float>() const;
template const double *CollectedColumn::Content<double>() const;

BookedColumns::BookedColumns(std::vector<std::unique_ptr<CollectGroup>> groups,
                             std::unique_ptr<Internal::CollectOrder> order, std::size_t nColumns)
   : fGroups(std::move(groups)), fOrder(std::move(order)), fNColumns(nColumns)
{
}

BookedColumns::~BookedColumns() = default;

void BookedColumns::BookVariations()
{
   for (auto &group : fGroups)
      group->BookVariations();
   if (fOrder)
      fOrder->BookVariations();
}

std::vector<std::string> BookedColumns::Variations() const
{
   std::vector<std::string> names{"nominal"};
   std::set<std::string> seen{"nominal"};
   for (const auto &group : fGroups) {
      for (const auto &name : group->Variations()) {
         if (seen.insert(name).second)
            names.push_back(name);
      }
   }
   return names;
}

std::vector<ROOT::RDF::RResultHandle> BookedColumns::Handles() const
{
   std::vector<ROOT::RDF::RResultHandle> handles;
   for (const auto &group : fGroups)
      handles.push_back(group->Handle());
   return handles;
}

void BookedColumns::Compute()
{
   for (auto &group : fGroups)
      group->Compute();
}

const Collected &BookedColumns::Get(const std::string &variation)
{
   const auto found = fReady.find(variation);
   if (found != fReady.end())
      return found->second;
   const auto names = Variations();
   if (std::find(names.begin(), names.end(), variation) == names.end())
      throw std::invalid_argument("BookedColumns: no variation '" + variation + "'");
   Compute();
   Collected result;
   result.fColumns.resize(fNColumns);
   for (auto &group : fGroups) {
      if (group->Depends(variation))
         group->Assemble(variation, fOrder.get(), result);
   }
   if (variation != "nominal") {
      const auto &nominal = Get("nominal");
      for (std::size_t i = 0; i < fNColumns; ++i) {
         if (!result.fColumns[i])
            result.fColumns[i] = nominal.fColumns[i];
      }
   }
   return fReady[variation] = std::move(result);
}

std::shared_ptr<BookedColumns> BookCollect(ROOT::RDF::RNode node, const std::vector<std::string> &columns)
{
   if (columns.empty())
      throw std::invalid_argument("BookCollect: no columns");
   std::vector<std::unique_ptr<CollectGroup>> groups;
   for (auto &group : GroupByType(node, columns)) {
      const auto element = group.fType.fElement;
      Internal::DispatchElement(
         element, [&](auto tag) { BookGroup<typename decltype(tag)::Type>(node, std::move(group), groups); });
   }
   std::unique_ptr<Internal::CollectOrder> order;
   if (node.GetNSlots() > 1)
      order = std::make_unique<Internal::CollectOrder>(node);
   return std::make_shared<BookedColumns>(std::move(groups), std::move(order), columns.size());
}

} // namespace GradCut
