/// \file ObjectMomentsDispatch.hxx
/// \brief Calls of RInterface::Book for events with objects, compiled in a file of their own per type.
#ifndef GRADCUT_CPP_OBJECTMOMENTSDISPATCH_HXX
#define GRADCUT_CPP_OBJECTMOMENTSDISPATCH_HXX

#include <gradcut/rdf/SoftMomentsSetup.hxx>

#include <ROOT/RDF/InterfaceUtils.hxx>
#include <ROOT/RDF/RInterface.hxx>
#include <ROOT/RResultPtr.hxx>

#include <string>
#include <vector>

namespace GradCut {
namespace Internal {

/// \brief Book an action for `columns[0]`, the weight (a double), and the vectors of features after it.
/// \param[in] names of the features, for messages
///
/// As SoftMomentsBook, with fewer classes still: the last column fills the places that are left.
template <class Feature>
ROOT::RDF::RResultPtr<Moments> ObjectMomentsBook(ROOT::RDF::RNode &node, SoftMomentsSetup setup,
                                                 std::vector<std::string> columns, std::vector<std::string> names);

} // namespace Internal
} // namespace GradCut

#endif
