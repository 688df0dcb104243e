/// \file CollectDispatch.hxx
/// \brief Books the collect action for columns of one type; compiled in several files.
#ifndef GRADCUT_CPP_COLLECTDISPATCH_HXX
#define GRADCUT_CPP_COLLECTDISPATCH_HXX

#include <gradcut/rdf/CollectState.hxx>

#include <ROOT/RDF/InterfaceUtils.hxx>
#include <ROOT/RDF/RInterface.hxx>
#include <ROOT/RVec.hxx>

#include <memory>
#include <string>
#include <vector>

namespace GradCut {
namespace Internal {

/// \brief Book as many of the columns as one action takes.
/// \param[in] columns names, all of this type
/// \param[out] nTaken the first so many were booked
template <class T, bool IsVector>
ROOT::RDF::RResultPtr<CollectResult> CollectBook(ROOT::RDF::RNode &node, const std::vector<std::string> &columns,
                                                 std::size_t &nTaken);

} // namespace Internal
} // namespace GradCut

#endif
