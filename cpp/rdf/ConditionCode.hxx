/// \file ConditionCode.hxx
/// \brief A condition of a saved result as C++ for RDataFrame. Internal to the ROOT library.
#ifndef GRADCUT_CPP_RDF_CONDITIONCODE_HXX
#define GRADCUT_CPP_RDF_CONDITIONCODE_HXX

#include "Json.hxx"

#include <functional>
#include <string>

namespace GradCut {
namespace Internal {

/// Tells whether a column is a vector; throws for one that cannot be used.
using IsVectorColumn = std::function<bool(const std::string &)>;

/// \brief Check all of a saved condition that does not depend on a node's columns.
/// \throws std::invalid_argument for anything that is not a node of the grammar, saying where in the file
void CheckCondition(const JsonValue &tree);

/// \brief Write a saved condition as C++.
///
/// The same text as Python's gradcut.expressions.render_cpp writes where types of columns are not known; see there for
/// what is converted to double, and why.
/// \param[in] tree as gradcut.expressions.to_json writes it, without holes
/// \param[in] isVector may throw for a column that cannot be used
/// \throws std::invalid_argument as CheckCondition, and for a vector that is not reduced or a reducer without one
std::string ConditionCode(const JsonValue &tree, const IsVectorColumn &isVector);

} // namespace Internal
} // namespace GradCut

#endif
