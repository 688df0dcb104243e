/// \file BinMoments.hxx
/// \brief Soft and hard histograms with derivatives as lazy RDataFrame actions, and the bin of every event as a column.
#ifndef GRADCUT_RDF_BINMOMENTS_HXX
#define GRADCUT_RDF_BINMOMENTS_HXX

#include <gradcut/rdf/Moments.hxx>
#include <gradcut/rdf/SoftBins.hxx>
#include <gradcut/rdf/SoftMoments.hxx>

#include <ROOT/RDF/InterfaceUtils.hxx>
#include <ROOT/RDF/RInterface.hxx>
#include <ROOT/RResultPtr.hxx>

#include <string>
#include <vector>

namespace GradCut {

/// \brief Book the moments of the weights in every bin, at all points in one pass.
/// \param[in] node the events
/// \param[in] bins the bins and the points, copied
/// \param[in] columns one per column of the bins, of any arithmetic type: numbers, or vectors of them
/// \param[in] weight the weight column; empty for weight 1
/// \param[in] precision arithmetic of the kernel; hard bins are counted in double
/// \return a lazy result: Moments::fValues are `[point][moment][bin]`
/// \throws std::invalid_argument for columns that do not exist, hold no numbers, or do not match the bins; during the
/// loop, where vectors of an event differ in length
///
/// A vector column fills once per object, with the weight of the event; numbers beside it are repeated. For the rest
/// see BookSoftMoments: the same bits for the same tasks, one block of events per slot, `Vary` in every order of calls.
ROOT::RDF::RResultPtr<Moments> BookBinMoments(ROOT::RDF::RNode node, const SoftBins &bins,
                                              const std::vector<std::string> &columns, const std::string &weight = "",
                                              EPrecision precision = EPrecision::kSingle);

/// \brief Book the gradient of `sum over moments and bins of cotangent * moment` at all points.
/// \param[in] cotangents `[point][moment][bin]`, copied
/// \return a lazy result: Moments::fValues are `[point][parameter]`
/// See BookBinMoments for the rest.
ROOT::RDF::RResultPtr<Moments> BookBinVjp(ROOT::RDF::RNode node, const SoftBins &bins,
                                          const std::vector<double> &cotangents,
                                          const std::vector<std::string> &columns, const std::string &weight = "",
                                          EPrecision precision = EPrecision::kSingle);

/// \brief Define the bin that each event is in, whatever the step is: an int, or an `RVec<int>` for vector columns.
/// \param[in] name of the new column
/// \param[in] bins with one point, copied
/// \param[in] columns one per column of the bins, of any arithmetic type: numbers, or vectors of one length
/// \throws std::invalid_argument as BookBinMoments
///
/// - **Result**: a node with the column. Comparisons are those of C++ in double; -1 where a column is NaN.
/// - **Thread safety**: no state.
/// - **Vary**: the column varies with what it is made of.
/// - **Cost per event**: some 50 ns, for a mixture some 30 ns per component.
ROOT::RDF::RNode DefineBin(ROOT::RDF::RNode node, const std::string &name, const SoftBins &bins,
                           const std::vector<std::string> &columns);

} // namespace GradCut

#endif
