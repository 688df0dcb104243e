/// \file ObjectColumns.hxx
/// \brief Columns as vectors of one type, for actions that read events with objects.
#ifndef GRADCUT_RDF_OBJECTCOLUMNS_HXX
#define GRADCUT_RDF_OBJECTCOLUMNS_HXX

#include <gradcut/rdf/ColumnTypes.hxx>

#include <ROOT/RDF/InterfaceUtils.hxx>
#include <ROOT/RDF/RInterface.hxx>

#include <string>

namespace GradCut {

/// \brief A column of any element type, of numbers or vectors, as `RVec<Real>`; a number becomes a vector of one.
/// \tparam Real float or double
/// \param[in,out] node gets a Define of a fresh name `_gradcut_...`, compiled ahead of time
/// \param[in] column its name
/// \param[in] offset subtracted in double
/// \return the name
template <class Real>
std::string DefineAsVector(ROOT::RDF::RNode &node, const std::string &column, double offset = 0.);

} // namespace GradCut

#endif
