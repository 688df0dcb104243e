#include <gradcut/rdf/ColumnTypes.hxx>
#include <gradcut/rdf/SoftWeight.hxx>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>
#include <utility>

namespace GradCut {
namespace {

template <class T, std::size_t>
using Repeat = T;

/// A few of the cuts.
SoftSelection Slice(const SoftSelection &selection, const std::vector<std::size_t> &cuts)
{
   SoftSelection slice;
   slice.fStep = selection.fStep;
   for (const std::size_t k : cuts) {
      slice.fKinds.push_back(selection.fKinds[k]);
      slice.fFlags.push_back(selection.fFlags[k]);
      slice.fLow.push_back(selection.fLow[k]);
      slice.fHigh.push_back(selection.fHigh[k]);
      slice.fWidth.push_back(selection.fWidth[k]);
   }
   return slice;
}

template <class T, std::size_t... Index>
void Define(ROOT::RDF::RNode &node, const std::string &name, SoftSelection slice,
            const std::vector<std::string> &columns, std::index_sequence<Index...>)
{
   const auto shared = std::make_shared<const SoftSelection>(std::move(slice));
   const auto membership = [shared](const Repeat<T, Index> &...x) {
      const std::array<double, sizeof...(Index)> values{static_cast<double>(x)...};
      const std::array<const double *, sizeof...(Index)> pointers{&values[Index]...};
      const auto view = shared->View();
      double result = 1.;
      GradCutSelectionMembershipF64(&view, 1, pointers.data(), &result);
      return result;
   };
   node = node.Define(name, membership, columns);
}

/// The membership is a product, so a few numbers of columns suffice.
template <class T>
void DefineFactors(ROOT::RDF::RNode &node, const SoftSelection &selection, const std::vector<std::string> &columns,
                   std::vector<std::size_t> cuts, std::vector<std::string> &factors)
{
   while (!cuts.empty()) {
      const std::size_t n = cuts.size() >= 8 ? 8 : cuts.size() >= 4 ? 4 : cuts.size() >= 2 ? 2 : 1;
      const std::vector<std::size_t> taken(cuts.begin(), cuts.begin() + n);
      std::vector<std::string> names;
      for (const std::size_t k : taken)
         names.push_back(columns[k]);
      factors.push_back(FreshColumnName("factor"));
      const auto slice = Slice(selection, taken);
      switch (n) {
      case 8: Define<T>(node, factors.back(), slice, names, std::make_index_sequence<8>{}); break;
      case 4: Define<T>(node, factors.back(), slice, names, std::make_index_sequence<4>{}); break;
      case 2: Define<T>(node, factors.back(), slice, names, std::make_index_sequence<2>{}); break;
      default: Define<T>(node, factors.back(), slice, names, std::make_index_sequence<1>{}); break;
      }
      cuts.erase(cuts.begin(), cuts.begin() + n);
   }
}

} // namespace

ROOT::RDF::RNode DefineSoftWeight(ROOT::RDF::RNode node, const std::string &name, const SoftSelection &selection,
                                  const std::vector<std::string> &columns)
{
   selection.Validate();
   if (selection.fNPoints != 1)
      throw std::invalid_argument("DefineSoftWeight: one parameter point is needed, got " +
                                  std::to_string(selection.fNPoints));
   if (columns.size() != selection.NCuts())
      throw std::invalid_argument("DefineSoftWeight: " + std::to_string(columns.size()) + " columns for " +
                                  std::to_string(selection.NCuts()) + " cuts");
   std::vector<std::string> read = columns;
   std::vector<std::size_t> floats, doubles;
   for (std::size_t k = 0; k < columns.size(); ++k) {
      const auto element = GetScalarType(node, columns[k]).fElement;
      (element == EElement::kFloat ? floats : doubles).push_back(k);
      if (element != EElement::kFloat && element != EElement::kDouble)
         read[k] = DefineAsDouble(node, columns[k]);
   }
   std::vector<std::string> factors;
   DefineFactors<float>(node, selection, read, floats, factors);
   DefineFactors<double>(node, selection, read, doubles, factors);
   if (factors.empty())
      return node.Define(name, [] { return 1.; });
   while (factors.size() > 1) {
      const auto last = factors.back();
      factors.pop_back();
      const auto product = FreshColumnName("product");
      node = node.Define(product, [](double a, double b) { return a * b; }, {factors.back(), last});
      factors.back() = product;
   }
   return node.Define(name, [](double x) { return x; }, {factors.front()});
}

} // namespace GradCut
