/// \file SoftWeight.hxx
/// \brief The membership of every event in a soft selection, as a column.
#ifndef GRADCUT_RDF_SOFTWEIGHT_HXX
#define GRADCUT_RDF_SOFTWEIGHT_HXX

#include <gradcut/rdf/SoftSelection.hxx>

#include <ROOT/RDF/InterfaceUtils.hxx>
#include <ROOT/RDF/RInterface.hxx>

#include <string>
#include <vector>

namespace GradCut {

/// \brief Define the membership of each event in a soft selection with one point, between 0 and 1.
/// \param[in] node the events
/// \param[in] name of the new column, of type double
/// \param[in] selection the cuts, copied
/// \param[in] columns one scalar column per cut, of any arithmetic type
/// \throws std::invalid_argument for columns that do not exist, are no scalars, or do not match the cuts
///
/// - **Result**: a node with the column: the product of the cuts' memberships, in double precision.
/// - **Thread safety**: no state.
/// - **Vary**: the column varies with the features.
/// - **Cost per event**: some 150 ns per cut, as the kernel is made for blocks of events and here gets one. For yields
///   and derivatives book the action, which is ten times as fast.
ROOT::RDF::RNode DefineSoftWeight(ROOT::RDF::RNode node, const std::string &name, const SoftSelection &selection,
                                  const std::vector<std::string> &columns);

} // namespace GradCut

#endif
