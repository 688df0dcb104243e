/// \file SoftMoments.hxx
/// \brief Soft yields with all derivatives as a lazy RDataFrame action, compiled ahead of time.
#ifndef GRADCUT_RDF_SOFTMOMENTS_HXX
#define GRADCUT_RDF_SOFTMOMENTS_HXX

#include <gradcut/rdf/Moments.hxx>
#include <gradcut/rdf/MomentsOptions.hxx>
#include <gradcut/rdf/SoftSelection.hxx>
#include <gradcut/rdf/SoftTree.hxx>

#include <ROOT/RDF/InterfaceUtils.hxx>
#include <ROOT/RDF/RInterface.hxx>
#include <ROOT/RResultPtr.hxx>

#include <string>
#include <vector>

namespace GradCut {

/// \brief Book the moments of the weights under a soft selection, at all its points in one pass.
/// \param[in] node the events
/// \param[in] selection the cuts and the points, copied
/// \param[in] columns one scalar column per cut, of any arithmetic type
/// \param[in] weight the weight column; empty for weight 1
/// \param[in] options precision, derivatives, offsets
/// \return a lazy result: nothing is read before it is asked for
/// \throws std::invalid_argument for columns that do not exist, are no scalars, or do not match the cuts
///
/// - **Result**: Moments. The same events in the same split into tasks give the same bits, whichever thread did what:
///   the sums of the tasks are merged in the order of their entry ranges.
/// - **Thread safety**: one block of events and one sum per slot, no locks, no atomics.
/// - **Vary**: supported in every order of calls; weights, features and the filters before may be varied.
/// - **Cost per event**: a copy of the columns plus the kernel (some 10 ns for ten cuts in single precision);
///   reading the columns costs twenty times as much. Memory: `24 nPoints (1 + 3 nCuts)` bytes per task.
///
/// When features are all float or all double (and the weight likewise, or double beside float features), they are read
/// as they are. Otherwise the odd ones are converted by compiled Defines with names `_gradcut_...`.
ROOT::RDF::RResultPtr<Moments> BookSoftMoments(ROOT::RDF::RNode node, const SoftSelection &selection,
                                               const std::vector<std::string> &columns, const std::string &weight = "",
                                               const SoftMomentsOptions &options = {});

/// \brief The same for cuts that are combined by a tree: alternatives, counts of objects.
/// \param[in] tree how they are combined, copied
/// \param[in] columns one per column of the tree, those of the cuts first: numbers, or for those of a collection
/// vectors of numbers, with as many objects in every event
/// \throws std::invalid_argument also during the loop, where columns of a collection have different numbers of objects
///
/// With objects, columns that are not vectors of the common type are converted by compiled Defines; blocks of events
/// wait with their objects in memory that grows to what one needs.
ROOT::RDF::RResultPtr<Moments> BookSoftMoments(ROOT::RDF::RNode node, const SoftSelection &selection,
                                               const SoftTree &tree, const std::vector<std::string> &columns,
                                               const std::string &weight = "", const SoftMomentsOptions &options = {});

} // namespace GradCut

#endif
