#include <gradcut/kernels/Hash.h>
#include <gradcut/rdf/ColumnTypes.hxx>
#include <gradcut/rdf/ElementDispatch.hxx>
#include <gradcut/rdf/Uniform.hxx>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace GradCut {
namespace {

template <std::size_t>
using Id = ULong64_t;

/// The identity as the hash takes it: signed numbers as their two's complement.
std::string AsId(ROOT::RDF::RNode &node, const std::string &column)
{
   const auto type = GetScalarType(node, column);
   if (type.fElement == EElement::kULong64)
      return column;
   const auto name = FreshColumnName(column);
   Internal::DispatchElement(type.fElement, [&](auto tag) {
      using T = typename decltype(tag)::Type;
      if constexpr (std::is_integral<T>::value)
         node = node.Define(name, [](const T &x) { return static_cast<ULong64_t>(x); }, {column});
      else
         throw std::invalid_argument("column '" + column + "' is of type " + type.fName +
                                     ", but the identity of an event is made of integers");
   });
   return name;
}

template <std::size_t... Index>
void DefineHash(ROOT::RDF::RNode &node, const std::string &name, const std::vector<std::string> &ids,
                std::uint64_t seed, std::index_sequence<Index...>)
{
   const auto hash = [seed](const Id<Index> &...id) {
      const std::array<std::uint64_t, sizeof...(Index)> values{static_cast<std::uint64_t>(id)...};
      const std::array<const std::uint64_t *, sizeof...(Index)> pointers{&values[Index]...};
      double uniform = 0.;
      GradCutEventHash(1, sizeof...(Index), pointers.data(), seed, &uniform);
      return uniform;
   };
   node = node.Define(name, hash, ids);
}

} // namespace

ROOT::RDF::RNode DefineUniform(ROOT::RDF::RNode node, const std::string &name,
                               const std::vector<std::string> &idColumns, std::uint64_t seed)
{
   std::vector<std::string> ids;
   for (const auto &column : idColumns)
      ids.push_back(AsId(node, column));
   switch (ids.size()) {
   case 1: DefineHash(node, name, ids, seed, std::make_index_sequence<1>{}); break;
   case 2: DefineHash(node, name, ids, seed, std::make_index_sequence<2>{}); break;
   case 3: DefineHash(node, name, ids, seed, std::make_index_sequence<3>{}); break;
   case 4: DefineHash(node, name, ids, seed, std::make_index_sequence<4>{}); break;
   default:
      throw std::invalid_argument("the identity of an event is made of 1 to " + std::to_string(kMaxIdColumns) +
                                  " columns, got " + std::to_string(ids.size()));
   }
   return node;
}

ROOT::RDF::RNode DefinePart(ROOT::RDF::RNode node, const std::string &name, const std::vector<std::string> &idColumns,
                            std::uint64_t seed, const std::vector<double> &edges)
{
   for (std::size_t i = 0; i < edges.size(); ++i) {
      if (!(edges[i] >= 0. && edges[i] <= 1.) || (i > 0 && edges[i] < edges[i - 1]))
         throw std::invalid_argument("the edges of the parts must increase from 0 to 1");
   }
   const auto uniform = FreshColumnName("uniform");
   const auto part = [edges](double u) {
      return static_cast<int>(std::upper_bound(edges.begin(), edges.end(), u) - edges.begin());
   };
   return DefineUniform(node, uniform, idColumns, seed).Define(name, part, {uniform});
}

ROOT::RDF::RNode DefineFold(ROOT::RDF::RNode node, const std::string &name, const std::vector<std::string> &idColumns,
                            std::uint64_t seed, int nFolds)
{
   if (nFolds < 1)
      throw std::invalid_argument("the number of folds must be positive, got " + std::to_string(nFolds));
   const auto uniform = FreshColumnName("uniform");
   const auto fold = [nFolds](double u) { return std::min(static_cast<int>(u * nFolds), nFolds - 1); };
   return DefineUniform(node, uniform, idColumns, seed).Define(name, fold, {uniform});
}

} // namespace GradCut
