// Compiled once per pair of types, for few and for many features (GRADCUT_FEATURE, GRADCUT_WEIGHT, GRADCUT_MANY): every
// number of columns is a class of its own in RDataFrame, and this spreads them over the processors that build.
#include "SoftMomentsDispatch.hxx"

#include <gradcut/rdf/SoftMomentsAction.hxx>

#include <utility>

namespace GradCut {
namespace Internal {
namespace {

template <class T, std::size_t>
using Repeat = T;

template <class Feature, class Weight, std::size_t... Index>
ROOT::RDF::RResultPtr<Moments> Book(ROOT::RDF::RNode &node, SoftMomentsSetup setup, std::vector<std::string> columns,
                                    std::index_sequence<Index...>)
{
   setup.fNRead = sizeof...(Index);
   columns.resize(1 + setup.fNRead, columns.back());
   auto state = std::make_unique<SoftMomentsState>(std::move(setup), std::make_shared<Moments>());
   return node.template Book<Weight, Repeat<Feature, Index>...>(SoftMomentsAction<Feature, Weight>(std::move(state)),
                                                                columns);
}

/// With the first of these numbers that is large enough.
template <class Feature, class Weight, std::size_t N, std::size_t... Larger>
ROOT::RDF::RResultPtr<Moments> BookSmallest(ROOT::RDF::RNode &node, SoftMomentsSetup setup,
                                            std::vector<std::string> columns)
{
   if constexpr (sizeof...(Larger) > 0) {
      if (columns.size() > 1 + N)
         return BookSmallest<Feature, Weight, Larger...>(node, std::move(setup), std::move(columns));
   }
   return Book<Feature, Weight>(node, std::move(setup), std::move(columns), std::make_index_sequence<N>{});
}

} // namespace

template <class Feature, class Weight, bool Many>
ROOT::RDF::RResultPtr<Moments> SoftMomentsBook(ROOT::RDF::RNode &node, SoftMomentsSetup setup,
                                               std::vector<std::string> columns)
{
   if constexpr (Many)
      return BookSmallest<Feature, Weight, 12, 13, 14, 15, 16, 18, 20, 24, 32, kMaxFeatures>(node, std::move(setup),
                                                                                             std::move(columns));
   else
      return BookSmallest<Feature, Weight, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, kFew>(node, std::move(setup),
                                                                                   std::move(columns));
}

template ROOT::RDF::RResultPtr<Moments>
SoftMomentsBook<GRADCUT_FEATURE, GRADCUT_WEIGHT, GRADCUT_MANY>(ROOT::RDF::RNode &, SoftMomentsSetup,
                                                               std::vector<std::string>);

} // namespace Internal
} // namespace GradCut
