/// \file MomentsPlan.hxx
/// \brief From what is to be computed to a booked action: the types in which columns are read.
#ifndef GRADCUT_CPP_MOMENTSPLAN_HXX
#define GRADCUT_CPP_MOMENTSPLAN_HXX

#include <gradcut/rdf/ColumnTypes.hxx>
#include <gradcut/rdf/SoftMomentsSetup.hxx>

#include <ROOT/RDF/InterfaceUtils.hxx>
#include <ROOT/RDF/RInterface.hxx>
#include <ROOT/RResultPtr.hxx>

#include <cstdint>
#include <string>
#include <vector>

namespace GradCut {
namespace Internal {

/// \brief Decide how the columns are read, convert the odd ones, and book the action.
/// \param[in] setup the cuts or bins as the caller gave them, and which columns are of objects
/// \param[in] advice per column, what may be subtracted in double before a cast to float
/// \param[in] labels of the columns, for messages
ROOT::RDF::RResultPtr<Moments> BookPlanned(ROOT::RDF::RNode node, SoftMomentsSetup setup, EPrecision precision,
                                           const std::vector<std::string> &columns, const std::string &weight,
                                           const std::vector<double> &advice, const std::vector<std::string> &labels);

/// \brief Check bins and the number of their columns.
/// \throws std::invalid_argument naming the function that was called
void CheckBinColumns(const SoftBins &bins, const std::vector<std::string> &columns, const std::string &where);

/// Per column 0 for a vector and -1 for a number; empty where there is no vector.
std::vector<std::int32_t> OneCollection(ROOT::RDF::RNode &node, const std::vector<std::string> &columns);

/// \brief The element type of a column that has one value per event, or per object.
/// \throws std::invalid_argument if it is something else
EElement ElementOf(ROOT::RDF::RNode &node, const std::string &column, bool isOfObjects);

} // namespace Internal
} // namespace GradCut

#endif
