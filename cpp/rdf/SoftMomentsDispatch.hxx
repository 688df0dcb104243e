/// \file SoftMomentsDispatch.hxx
/// \brief Calls of RInterface::Book for many numbers of features, compiled in several files.
#ifndef GRADCUT_CPP_SOFTMOMENTSDISPATCH_HXX
#define GRADCUT_CPP_SOFTMOMENTSDISPATCH_HXX

#include <gradcut/rdf/SoftMomentsState.hxx>

#include <ROOT/RDF/InterfaceUtils.hxx>
#include <ROOT/RDF/RInterface.hxx>
#include <ROOT/RResultPtr.hxx>

#include <string>
#include <vector>

namespace GradCut {
namespace Internal {

/// \brief Book an action for `columns[0]`, the weight, and the features after it.
/// \tparam Many more than kFew features
///
/// Beyond sixteen features there is no class for every number of them. The next larger one is taken, with the last
/// column again in the places that are left: reading a column twice is cheap.
template <class Feature, class Weight, bool Many>
ROOT::RDF::RResultPtr<Moments> SoftMomentsBook(ROOT::RDF::RNode &node, SoftMomentsSetup setup,
                                               std::vector<std::string> columns);

constexpr std::size_t kFew = 11;

/// The same for any number of features in a column of vectors of doubles, and weights that are doubles.
ROOT::RDF::RResultPtr<Moments> GatheredMomentsBook(ROOT::RDF::RNode &node, SoftMomentsSetup setup,
                                                   const std::string &weight, const std::string &gathered);

} // namespace Internal
} // namespace GradCut

#endif
