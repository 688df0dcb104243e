/// \file GatheredColumns.hxx
/// \brief Many columns as one vector. Internal to the ROOT library.
#ifndef GRADCUT_CPP_GATHEREDCOLUMNS_HXX
#define GRADCUT_CPP_GATHEREDCOLUMNS_HXX

#include <ROOT/RDF/InterfaceUtils.hxx>
#include <ROOT/RDF/RInterface.hxx>

#include <string>
#include <vector>

namespace GradCut {
namespace Internal {

/// \brief Define an `RVec<double>` of columns of doubles, for more of them than compiled functions have arguments.
///
/// Every number of arguments is a class of its own in RDataFrame, and takes its time to compile; a vector grows by
/// pieces of few sizes.
/// \return the name of the new column
std::string DefineGathered(ROOT::RDF::RNode &node, const std::vector<std::string> &columns);

} // namespace Internal
} // namespace GradCut

#endif
