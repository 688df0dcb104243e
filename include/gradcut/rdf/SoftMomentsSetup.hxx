/// \file SoftMomentsSetup.hxx
/// \brief What the soft-yield actions have in common: what they compute, and the call of the kernel.
#ifndef GRADCUT_RDF_SOFTMOMENTSSETUP_HXX
#define GRADCUT_RDF_SOFTMOMENTSSETUP_HXX

#include <gradcut/rdf/Buffer.hxx>
#include <gradcut/rdf/CompiledNetwork.hxx>
#include <gradcut/rdf/Moments.hxx>
#include <gradcut/rdf/MomentsOptions.hxx>
#include <gradcut/rdf/SoftBins.hxx>
#include <gradcut/rdf/SoftSelection.hxx>
#include <gradcut/rdf/SoftTree.hxx>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace GradCut {
namespace Internal {

/// Type in which the action reads a column.
enum class EReal { kFloat, kDouble };

/// What the state must know; the same for all variations.
struct SoftMomentsSetup {
   SoftSelection fSelection;                        ///< thresholds minus everything that is subtracted from the columns
   std::shared_ptr<const SoftTree> fTree;           ///< how the cuts are combined; without one, their product
   std::shared_ptr<const SoftBins> fBins;           ///< bins instead of cuts
   std::shared_ptr<const CompiledNetwork> fNetwork; ///< whose outputs are in the bins; it reads the columns
   std::vector<double> fCotangents;        ///< of the moments in bins: their gradient is summed instead of them
   std::vector<std::int32_t> fCollections; ///< per column the collection of its objects, or -1; empty without objects
   EPrecision fPrecision = EPrecision::kDouble;
   GradCutDerivatives fDerivatives = kGradCutThresholds;
   std::vector<double> fOffsets; ///< to be subtracted from each column here
   EReal fFeatures = EReal::kFloat;
   EReal fWeight = EReal::kFloat;
   bool fIsWeighted = true; ///< else every event counts once, whatever is read as its weight
   unsigned int fNSlots = 1;
   std::size_t fNRead = 0; ///< feature columns that the action reads, repetitions included

   /// Columns that the kernels read.
   std::size_t NColumns() const
   {
      if (fBins)
         return fNetwork ? fNetwork->NInputs() : fBins->fNColumns;
      return fTree ? fTree->NColumns() : fSelection.NCuts();
   }
   GradCutStep Step() const { return fBins ? fBins->fStep : fSelection.fStep; }
   bool HasObjects() const { return !fCollections.empty(); }
   bool IsOfObjects(std::size_t column) const { return HasObjects() && fCollections[column] >= 0; }
   std::size_t NCollections() const
   {
      return HasObjects() ? 1 + *std::max_element(fCollections.begin(), fCollections.end()) : 0;
   }
   /// Shape and zeros of the result.
   Moments Empty() const
   {
      Moments result;
      if (fBins) {
         result.fNPoints = fBins->fNPoints;
         result.fNBins = fBins->fNBins;
         result.fNParameters = fCotangents.empty() ? 0 : fBins->NParameters();
         result.fValues.assign(result.fNPoints * (fCotangents.empty() ? 3 * result.fNBins : result.fNParameters), 0.);
         return result;
      }
      result.fNPoints = fSelection.fNPoints;
      result.fNCuts = fSelection.NCuts();
      result.fNTerms = fTree ? fTree->NTerms() : 0;
      result.fValues.assign(3 * result.fNPoints * result.Row(), 0.);
      return result;
   }
};

/// Adds the moments of a block of events to sums: the kernel of a setup, in one precision.
template <class Real>
void AddMoments(const SoftMomentsSetup &setup, std::size_t nEvents, const Real *const *columns,
                const std::int64_t *const *offsets, const Real *weights, Buffer &workspace, double *sums);

} // namespace Internal
} // namespace GradCut

#endif
