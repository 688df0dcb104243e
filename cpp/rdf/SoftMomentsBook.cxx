// Compiled once per pair of types and half of the feature counts (GRADCUT_FEATURE, GRADCUT_WEIGHT,
// GRADCUT_SECOND_HALF): every count is a class of its own in RDataFrame, and this spreads them over the processors that
// build.
#include "SoftMomentsDispatch.hxx"

#include <gradcut/rdf/SoftMomentsAction.hxx>

#include <array>
#include <utility>

namespace GradCut {
namespace Internal {
namespace {

template <class T, std::size_t>
using Repeat = T;

template <class Feature, class Weight, std::size_t... Index>
ROOT::RDF::RResultPtr<Moments> Book(ROOT::RDF::RNode &node, std::unique_ptr<SoftMomentsState> state,
                                    const std::vector<std::string> &columns, std::index_sequence<Index...>)
{
   return node.template Book<Weight, Repeat<Feature, Index>...>(SoftMomentsAction<Feature, Weight>(std::move(state)),
                                                                columns);
}

template <class Feature, class Weight, std::size_t N>
ROOT::RDF::RResultPtr<Moments> BookN(ROOT::RDF::RNode &node, std::unique_ptr<SoftMomentsState> state,
                                     const std::vector<std::string> &columns)
{
   return Book<Feature, Weight>(node, std::move(state), columns, std::make_index_sequence<N>{});
}

template <class Feature, class Weight, std::size_t First, std::size_t... N>
Book_t Choose(std::size_t n, std::index_sequence<N...>)
{
   static constexpr std::array<Book_t, sizeof...(N)> kTable{&BookN<Feature, Weight, First + N>...};
   return kTable.at(n);
}

} // namespace

template <class Feature, class Weight, std::size_t First, std::size_t Count>
Book_t SoftMomentsBook(std::size_t n)
{
   return Choose<Feature, Weight, First>(n, std::make_index_sequence<Count>{});
}

#ifdef GRADCUT_SECOND_HALF
template Book_t SoftMomentsBook<GRADCUT_FEATURE, GRADCUT_WEIGHT, kHalf + 1, kHalf>(std::size_t);
#else
template Book_t SoftMomentsBook<GRADCUT_FEATURE, GRADCUT_WEIGHT, 0, kHalf + 1>(std::size_t);
#endif

} // namespace Internal
} // namespace GradCut
