/// \file SoftMomentsState.hxx
/// \brief Everything of the soft-yield action that does not depend on the types of the columns.
#ifndef GRADCUT_RDF_SOFTMOMENTSSTATE_HXX
#define GRADCUT_RDF_SOFTMOMENTSSTATE_HXX

#include <gradcut/rdf/Moments.hxx>
#include <gradcut/rdf/SoftMomentsSetup.hxx>
#include <gradcut/rdf/TaskSums.hxx>

#include <cstddef>
#include <memory>
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
   void BeginSample(unsigned int slot, TaskRange range);
   void Flush(unsigned int slot);
   void EndTask(unsigned int slot);
   void Merge();

private:
   struct Slot;
   template <class Real>
   void Accumulate(unsigned int slot);

   SoftMomentsSetup fSetup;
   TaskSums fSums;
   std::vector<EventBlock> fBlocks;
   std::vector<std::unique_ptr<Slot>> fSlots;
   std::shared_ptr<Moments> fResult;
};

} // namespace Internal
} // namespace GradCut

#endif
