/// \file Uniform.hxx
/// \brief Reproducible random splits: a column computed from the identity of the event.
#ifndef GRADCUT_RDF_UNIFORM_HXX
#define GRADCUT_RDF_UNIFORM_HXX

#include <ROOT/RDF/InterfaceUtils.hxx>
#include <ROOT/RDF/RInterface.hxx>

#include <cstdint>
#include <string>
#include <vector>

namespace GradCut {

/// Largest number of columns that make up the identity of an event.
constexpr std::size_t kMaxIdColumns = 4;

/// \brief Define a number uniform in [0, 1) per event, see gradcut/kernels/Hash.h.
/// \param[in] node the events
/// \param[in] name of the new column, of type double
/// \param[in] idColumns scalar integer columns (run, event, ...), up to kMaxIdColumns
/// \param[in] seed names an independent split
/// \throws std::invalid_argument for columns that do not exist or are no integers
///
/// - **Result**: a node with the column. The same event has the same number in every sample, order and variation.
/// - **Thread safety**: no state.
/// - **Vary**: an identity does not vary.
/// - **Cost per event**: a few ns besides the reading of the columns.
ROOT::RDF::RNode DefineUniform(ROOT::RDF::RNode node, const std::string &name,
                               const std::vector<std::string> &idColumns, std::uint64_t seed);

/// \brief Define the part that each event belongs to: how many of the edges its uniform number has reached.
/// \param[in] edges increasing, between 0 and 1: `{0.5, 0.75}` makes the parts 0, 1, 2 with 50%, 25%, 25% of the events
/// See DefineUniform for the rest; the column is an int.
ROOT::RDF::RNode DefinePart(ROOT::RDF::RNode node, const std::string &name, const std::vector<std::string> &idColumns,
                            std::uint64_t seed, const std::vector<double> &edges);

/// \brief Define the fold that each event belongs to, 0 to `nFolds - 1`.
/// See DefineUniform for the rest; the column is an int.
ROOT::RDF::RNode DefineFold(ROOT::RDF::RNode node, const std::string &name, const std::vector<std::string> &idColumns,
                            std::uint64_t seed, int nFolds);

} // namespace GradCut

#endif
