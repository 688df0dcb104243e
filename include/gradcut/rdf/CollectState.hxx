/// \file CollectState.hxx
/// \brief Everything of the collect action that does not depend on the types of the columns.
#ifndef GRADCUT_RDF_COLLECTSTATE_HXX
#define GRADCUT_RDF_COLLECTSTATE_HXX

#include <gradcut/rdf/ByteStream.hxx>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace GradCut {
namespace Internal {

/// Events that wait to be appended to the streams of their columns.
constexpr std::size_t kCollectBlock = 256;

/// What one slot did in one range of entries.
struct CollectTask {
   unsigned int fSlot = 0;
   std::size_t fSequence = 0; ///< how many tasks this slot had before, empty ones included
   std::size_t fNEvents = 0;
   std::vector<ByteStream> fContent; ///< per column
   std::vector<ByteStream> fEnds;    ///< per vector column, the end of each event in the content, in elements
};

/// \brief Result of the action. RDataFrame copies the nominal one for every variation, hence the pointer.
struct CollectResult {
   std::shared_ptr<std::vector<CollectTask>> fTasks;
};

/// The columns of one type in one slot.
struct alignas(64) CollectBlock {
   void *fMemory = nullptr; ///< `[column][kCollectBlock]`
   std::size_t fSize = 0;
};

class CollectState {
public:
   CollectState(std::size_t nColumns, std::size_t elementSize, bool isVector, unsigned int nSlots,
                std::shared_ptr<CollectResult> result);
   ~CollectState();
   CollectState(const CollectState &) = delete;
   CollectState &operator=(const CollectState &) = delete;

   std::unique_ptr<CollectState> MakeNew(std::shared_ptr<CollectResult> result) const;

   CollectBlock *Blocks() { return fBlocks.data(); }
   const std::shared_ptr<CollectResult> &Result() const { return fResult; }

   void Reset();
   void BeginTask(unsigned int slot);
   /// The task has this many events, or fewer where some are filtered.
   void ExpectEvents(unsigned int slot, std::size_t nEvents);
   void Flush(unsigned int slot);
   void AppendVector(unsigned int slot, std::size_t column, const void *data, std::size_t size);
   void EndTask(unsigned int slot);
   void Merge();

private:
   struct Slot;
   std::size_t fNColumns;
   std::size_t fElementSize;
   bool fIsVector;
   std::vector<CollectBlock> fBlocks;
   std::vector<std::unique_ptr<Slot>> fSlots;
   std::shared_ptr<CollectResult> fResult;
};

} // namespace Internal
} // namespace GradCut

#endif
