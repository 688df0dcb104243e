#include "GatheredColumns.hxx"

#include <gradcut/rdf/ColumnTypes.hxx>

#include <ROOT/RVec.hxx>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace GradCut {
namespace Internal {
namespace {

template <class T, std::size_t>
using Repeat = T;

constexpr std::size_t kLargePiece = 32;
constexpr std::size_t kSmallPiece = 8;

/// What has been gathered and some more columns; the last of them fills the places that are left, and is dropped again.
template <std::size_t... Index>
std::string DefineLonger(ROOT::RDF::RNode &node, const std::string &before, std::vector<std::string> more,
                         std::index_sequence<Index...>)
{
   const auto n = more.size();
   const auto longer = [n](const ROOT::RVec<double> &numbers, const Repeat<double, Index> &...x) {
      const std::array<double, sizeof...(Index)> own{x...};
      ROOT::RVec<double> all(numbers.size() + n);
      std::copy_n(own.begin(), n, std::copy(numbers.begin(), numbers.end(), all.begin()));
      return all;
   };
   const auto name = FreshColumnName("gathered");
   more.resize(sizeof...(Index), more.back());
   more.insert(more.begin(), before);
   node = node.Define(name, longer, more);
   return name;
}

} // namespace

std::string DefineGathered(ROOT::RDF::RNode &node, const std::vector<std::string> &columns)
{
   auto name = FreshColumnName("gathered");
   node = node.Define(name, [] { return ROOT::RVec<double>(); });
   for (std::size_t first = 0; first < columns.size();) {
      const auto left = columns.size() - first;
      const auto n = std::min(left, left >= kLargePiece ? kLargePiece : kSmallPiece);
      const std::vector<std::string> more(columns.begin() + first, columns.begin() + first + n);
      name = n > kSmallPiece ? DefineLonger(node, name, more, std::make_index_sequence<kLargePiece>{})
                             : DefineLonger(node, name, more, std::make_index_sequence<kSmallPiece>{});
      first += n;
   }
   return name;
}

} // namespace Internal
} // namespace GradCut
