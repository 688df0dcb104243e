#include "MomentsPlan.hxx"

#include <gradcut/rdf/BinMoments.hxx>
#include <gradcut/rdf/ColumnTypes.hxx>
#include <gradcut/rdf/ObjectColumns.hxx>

#include <ROOT/RVec.hxx>

#include <array>
#include <memory>
#include <stdexcept>
#include <utility>

namespace GradCut {
namespace {

template <class T, std::size_t>
using Repeat = T;

template <std::size_t... Index>
void DefineNumber(ROOT::RDF::RNode &node, const std::string &name, std::shared_ptr<const SoftBins> bins,
                  const std::vector<std::string> &columns, std::index_sequence<Index...>)
{
   const auto index = [bins](const Repeat<double, Index> &...x) {
      const std::array<const double *, sizeof...(Index)> pointers{&x...};
      const auto view = bins->View();
      std::int32_t bin = -1;
      GradCutBinsIndexF64(&view, 1, pointers.data(), &bin);
      return static_cast<int>(bin);
   };
   node = node.Define(name, index, columns);
}

/// Objects of an event: vectors of one length, numbers repeated beside them.
class ObjectBins {
public:
   ObjectBins(std::shared_ptr<const SoftBins> bins, std::vector<std::int32_t> collections,
              std::vector<std::string> names)
      : fBins(std::move(bins)), fCollections(std::move(collections)), fNames(std::move(names))
   {
      while (fCollections[fFirst] < 0)
         ++fFirst;
   }

   ROOT::RVec<int> operator()(const ROOT::RVec<double> *const *columns) const
   {
      const std::size_t n = columns[fFirst]->size();
      std::array<const double *, kMaxFeatures> pointers;
      std::array<ROOT::RVec<double>, kMaxFeatures> repeated;
      for (std::size_t k = 0; k < fNames.size(); ++k) {
         if (fCollections[k] >= 0 && columns[k]->size() != n)
            throw std::invalid_argument("'" + fNames[fFirst] + "' and '" + fNames[k] +
                                        "' have different numbers of objects in one event: " + std::to_string(n) +
                                        " and " + std::to_string(columns[k]->size()));
         if (fCollections[k] < 0)
            repeated[k].assign(n, (*columns[k])[0]);
         pointers[k] = fCollections[k] < 0 ? repeated[k].data() : columns[k]->data();
      }
      ROOT::RVec<std::int32_t> bins(n);
      const auto view = fBins->View();
      GradCutBinsIndexF64(&view, n, pointers.data(), bins.data());
      return ROOT::RVec<int>(bins.begin(), bins.end());
   }

private:
   std::shared_ptr<const SoftBins> fBins;
   std::vector<std::int32_t> fCollections;
   std::vector<std::string> fNames;
   std::size_t fFirst = 0; ///< of the vectors
};

template <std::size_t... Index>
void DefineObjects(ROOT::RDF::RNode &node, const std::string &name, ObjectBins bins,
                   const std::vector<std::string> &columns, std::index_sequence<Index...>)
{
   const auto index = [bins](const Repeat<ROOT::RVec<double>, Index> &...x) {
      const std::array<const ROOT::RVec<double> *, sizeof...(Index)> pointers{&x...};
      return bins(pointers.data());
   };
   node = node.Define(name, index, columns);
}

/// Calls `f` with the first of these numbers that is large enough; the last column fills the places that are left.
template <std::size_t N, std::size_t... Larger, class F>
void WithSize(std::vector<std::string> columns, F &&f)
{
   if constexpr (sizeof...(Larger) > 0) {
      if (columns.size() > N)
         return WithSize<Larger...>(std::move(columns), f);
   }
   columns.resize(N, columns.back());
   f(columns, std::make_index_sequence<N>{});
}

} // namespace

ROOT::RDF::RNode DefineBin(ROOT::RDF::RNode node, const std::string &name, const SoftBins &bins,
                           const std::vector<std::string> &columns)
{
   Internal::CheckBinColumns(bins, columns, "DefineBin");
   if (bins.fNPoints != 1)
      throw std::invalid_argument("DefineBin: one parameter point is needed, got " + std::to_string(bins.fNPoints));
   const auto shared = std::make_shared<const SoftBins>(bins);
   const auto collections = Internal::OneCollection(node, columns);
   auto read = columns;
   for (std::size_t k = 0; k < columns.size(); ++k) {
      const bool isVector = !collections.empty() && collections[k] >= 0;
      const bool isDouble = Internal::ElementOf(node, columns[k], isVector) == EElement::kDouble;
      if (!isDouble || isVector != !collections.empty())
         read[k] = collections.empty() ? DefineAsDouble(node, columns[k]) : DefineAsVector<double>(node, columns[k]);
   }
   if (collections.empty()) {
      WithSize<1, 2, 3, 4, 8, 16, kMaxFeatures>(
         read, [&](const auto &names, auto index) { DefineNumber(node, name, shared, names, index); });
   } else {
      const ObjectBins objects(shared, collections, columns);
      WithSize<1, 2, 4, 8, kMaxFeatures>(
         read, [&](const auto &names, auto index) { DefineObjects(node, name, objects, names, index); });
   }
   return node;
}

} // namespace GradCut
