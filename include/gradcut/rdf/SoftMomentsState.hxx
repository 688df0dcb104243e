/// \file SoftMomentsState.hxx
/// \brief Everything of the soft-yield action that does not depend on the types of the columns.
#ifndef GRADCUT_RDF_SOFTMOMENTSSTATE_HXX
#define GRADCUT_RDF_SOFTMOMENTSSTATE_HXX

#include <gradcut/rdf/Moments.hxx>
#include <gradcut/rdf/SoftMoments.hxx>
#include <gradcut/rdf/SoftSelection.hxx>

#include <ROOT/RDF/RSampleInfo.hxx>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace GradCut {
namespace Internal {

/// Events per call of the kernel: its working memory and the block stay in the first two caches.
constexpr std::size_t kBlockSize = 256;
/// Distance of the columns in a block. Not a power of two, or all columns would share a few sets of the cache.
constexpr std::size_t kBlockStride = kBlockSize + 16;

/// The events of one slot that wait for the kernel. One cache line each, so that slots do not disturb each other.
struct alignas(64) EventBlock {
   void *fFeatures = nullptr; ///< `[column][kBlockStride]`, float or double
   void *fWeights = nullptr;
   std::size_t fSize = 0;
};

/// Type in which the action reads a column.
enum class EReal { kFloat, kDouble };

/// What the state must know; the same for all variations.
struct SoftMomentsSetup {
   SoftSelection fSelection; ///< thresholds minus everything that is subtracted from the columns
   EPrecision fPrecision = EPrecision::kDouble;
   GradCutDerivatives fDerivatives = kGradCutThresholds;
   std::vector<double> fOffsets; ///< to be subtracted from each column here
   EReal fFeatures = EReal::kFloat;
   EReal fWeight = EReal::kFloat;
   unsigned int fNSlots = 1;
   std::size_t fNRead = 0; ///< feature columns that the action reads, repetitions included
};

class SoftMomentsState {
public:
   SoftMomentsState(SoftMomentsSetup setup, std::shared_ptr<Moments> result);
   ~SoftMomentsState();
   SoftMomentsState(const SoftMomentsState &) = delete;
   SoftMomentsState &operator=(const SoftMomentsState &) = delete;

   std::unique_ptr<SoftMomentsState> MakeNew(std::shared_ptr<Moments> result) const;

   EventBlock *Blocks() { return fBlocks.data(); }
   const std::shared_ptr<Moments> &Result() const { return fResult; }

   void Reset();
   void BeginSample(unsigned int slot, const ROOT::RDF::RSampleInfo &info);
   void Flush(unsigned int slot);
   void EndTask(unsigned int slot);
   void Merge();

private:
   struct Slot;
   template <class Real, class Kernel>
   void Accumulate(unsigned int slot, Kernel kernel);

   SoftMomentsSetup fSetup;
   std::vector<EventBlock> fBlocks;
   std::vector<std::unique_ptr<Slot>> fSlots;
   std::shared_ptr<Moments> fResult;
};

} // namespace Internal
} // namespace GradCut

#endif
