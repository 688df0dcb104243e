// Compiled four times: for the usual types or the others (GRADCUT_COLLECT_USUAL), for numbers or vectors
// (GRADCUT_COLLECT_VECTORS). Each number of columns is a class of its own in RDataFrame; a few suffice, as several
// actions share the columns.
#include "CollectDispatch.hxx"

#include <gradcut/rdf/CollectAction.hxx>

#include <type_traits>
#include <utility>

namespace GradCut {
namespace Internal {
namespace {

template <class T, bool IsVector, std::size_t>
using Column = std::conditional_t<IsVector, ROOT::RVec<T>, T>;

template <class T, bool IsVector, std::size_t... Index>
ROOT::RDF::RResultPtr<CollectResult> Book(ROOT::RDF::RNode &node, const std::vector<std::string> &columns,
                                          std::index_sequence<Index...>)
{
   constexpr std::size_t n = sizeof...(Index);
   auto state =
      std::make_unique<CollectState>(n, sizeof(T), IsVector, node.GetNSlots(), std::make_shared<CollectResult>());
   const std::vector<std::string> taken(columns.begin(), columns.begin() + n);
   return node.template Book<Column<T, IsVector, Index>...>(CollectAction<T, IsVector>(std::move(state)), taken);
}

/// The largest of these numbers of columns that there is.
template <class T, bool IsVector, std::size_t N, std::size_t... Smaller>
ROOT::RDF::RResultPtr<CollectResult> BookLargest(ROOT::RDF::RNode &node, const std::vector<std::string> &columns,
                                                 std::size_t &nTaken)
{
   if constexpr (sizeof...(Smaller) > 0) {
      if (columns.size() < N)
         return BookLargest<T, IsVector, Smaller...>(node, columns, nTaken);
   }
   nTaken = N;
   return Book<T, IsVector>(node, columns, std::make_index_sequence<N>{});
}

} // namespace

template <class T, bool IsVector>
ROOT::RDF::RResultPtr<CollectResult> CollectBook(ROOT::RDF::RNode &node, const std::vector<std::string> &columns,
                                                 std::size_t &nTaken)
{
   constexpr bool isUsual =
      std::is_same<T, float>::value || std::is_same<T, double>::value || std::is_same<T, int>::value;
   if constexpr (isUsual && !IsVector)
      return BookLargest<T, IsVector, 16, 8, 4, 2, 1>(node, columns, nTaken);
   else if constexpr (isUsual)
      return BookLargest<T, IsVector, 4, 1>(node, columns, nTaken);
   else
      return BookLargest<T, IsVector, 1>(node, columns, nTaken);
}

#define GRADCUT_COLLECT(T)                                                                                             \
   template ROOT::RDF::RResultPtr<CollectResult> CollectBook<T, GRADCUT_COLLECT_VECTORS>(                              \
      ROOT::RDF::RNode &, const std::vector<std::string> &, std::size_t &);
#if GRADCUT_COLLECT_USUAL
GRADCUT_COLLECT(float)
GRADCUT_COLLECT(double)
GRADCUT_COLLECT(int)
#else
GRADCUT_COLLECT(bool)
GRADCUT_COLLECT(char)
GRADCUT_COLLECT(signed char)
GRADCUT_COLLECT(unsigned char)
GRADCUT_COLLECT(short)
GRADCUT_COLLECT(unsigned short)
GRADCUT_COLLECT(unsigned int)
GRADCUT_COLLECT(long)
GRADCUT_COLLECT(unsigned long)
GRADCUT_COLLECT(Long64_t)
GRADCUT_COLLECT(ULong64_t)
#endif

} // namespace Internal
} // namespace GradCut
