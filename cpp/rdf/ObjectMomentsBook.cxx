// Compiled once per type of the features (GRADCUT_FEATURE).
#include "ObjectMomentsDispatch.hxx"

#include <gradcut/rdf/ObjectMomentsAction.hxx>

#include <utility>

namespace GradCut {
namespace Internal {
namespace {

template <class T, std::size_t>
using Repeat = T;

template <class Feature, std::size_t... Index>
ROOT::RDF::RResultPtr<Moments> Book(ROOT::RDF::RNode &node, SoftMomentsSetup setup, std::vector<std::string> columns,
                                    std::vector<std::string> names, std::index_sequence<Index...>)
{
   setup.fNRead = sizeof...(Index);
   columns.resize(1 + setup.fNRead, columns.back());
   auto state = std::make_unique<ObjectMomentsState>(std::move(setup), std::move(names), std::make_shared<Moments>());
   return node.template Book<double, Repeat<ROOT::RVec<Feature>, Index>...>(
      ObjectMomentsAction<Feature>(std::move(state)), columns);
}

/// With the first of these numbers that is large enough.
template <class Feature, std::size_t N, std::size_t... Larger>
ROOT::RDF::RResultPtr<Moments> BookSmallest(ROOT::RDF::RNode &node, SoftMomentsSetup setup,
                                            std::vector<std::string> columns, std::vector<std::string> names)
{
   if constexpr (sizeof...(Larger) > 0) {
      if (columns.size() > 1 + N)
         return BookSmallest<Feature, Larger...>(node, std::move(setup), std::move(columns), std::move(names));
   }
   return Book<Feature>(node, std::move(setup), std::move(columns), std::move(names), std::make_index_sequence<N>{});
}

} // namespace

template <class Feature>
ROOT::RDF::RResultPtr<Moments> ObjectMomentsBook(ROOT::RDF::RNode &node, SoftMomentsSetup setup,
                                                 std::vector<std::string> columns, std::vector<std::string> names)
{
   return BookSmallest<Feature, 1, 2, 3, 4, 6, 8, 12, 20, kMaxFeatures>(node, std::move(setup), std::move(columns),
                                                                        std::move(names));
}

template ROOT::RDF::RResultPtr<Moments> ObjectMomentsBook<GRADCUT_FEATURE>(ROOT::RDF::RNode &, SoftMomentsSetup,
                                                                           std::vector<std::string>,
                                                                           std::vector<std::string>);

} // namespace Internal
} // namespace GradCut
