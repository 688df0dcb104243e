#include <gradcut/rdf/CollectState.hxx>

#include <utility>

namespace GradCut {
namespace Internal {

struct CollectState::Slot {
   std::unique_ptr<unsigned char[]> fMemory;
   std::size_t fNTasks = 0;
   CollectTask fTask;
   std::vector<std::int64_t> fSizes; ///< vector columns: elements so far in this task
   std::vector<CollectTask> fDone;
};

CollectState::CollectState(std::size_t nColumns, std::size_t elementSize, bool isVector, unsigned int nSlots,
                           std::shared_ptr<CollectResult> result)
   : fNColumns(nColumns), fElementSize(elementSize), fIsVector(isVector), fBlocks(nSlots), fResult(std::move(result))
{
   for (auto &block : fBlocks) {
      auto slot = std::make_unique<Slot>();
      slot->fMemory.reset(new unsigned char[fIsVector ? 1 : nColumns * kCollectBlock * elementSize]);
      block.fMemory = slot->fMemory.get();
      fSlots.push_back(std::move(slot));
   }
   Reset();
}

CollectState::~CollectState() = default;

std::unique_ptr<CollectState> CollectState::MakeNew(std::shared_ptr<CollectResult> result) const
{
   return std::make_unique<CollectState>(fNColumns, fElementSize, fIsVector, fBlocks.size(), std::move(result));
}

void CollectState::Reset()
{
   fResult->fTasks = std::make_shared<std::vector<CollectTask>>();
   for (std::size_t i = 0; i < fSlots.size(); ++i) {
      Slot &slot = *fSlots[i];
      slot.fDone.clear();
      slot.fNTasks = 0;
      fBlocks[i].fSize = 0;
      BeginTask(i);
      slot.fNTasks = 0;
   }
}

void CollectState::BeginTask(unsigned int i)
{
   EndTask(i);
   Slot &slot = *fSlots[i];
   slot.fTask = {};
   slot.fTask.fSlot = i;
   slot.fTask.fSequence = slot.fNTasks++;
   slot.fTask.fContent.resize(fNColumns);
   slot.fTask.fEnds.resize(fIsVector ? fNColumns : 0);
   slot.fSizes.assign(fNColumns, 0);
}

void CollectState::ExpectEvents(unsigned int i, std::size_t nEvents)
{
   // What a vector column holds per event is not known.
   CollectTask &task = fSlots[i]->fTask;
   for (auto &stream : fIsVector ? task.fEnds : task.fContent)
      stream.Expect(nEvents * (fIsVector ? sizeof(std::int64_t) : fElementSize));
}

void CollectState::Flush(unsigned int i)
{
   CollectBlock &block = fBlocks[i];
   CollectTask &task = fSlots[i]->fTask;
   if (!fIsVector) {
      const auto *memory = static_cast<const unsigned char *>(block.fMemory);
      for (std::size_t column = 0; column < fNColumns; ++column)
         task.fContent[column].Append(memory + column * kCollectBlock * fElementSize, block.fSize * fElementSize);
   }
   task.fNEvents += block.fSize;
   block.fSize = 0;
}

void CollectState::AppendVector(unsigned int i, std::size_t column, const void *data, std::size_t size)
{
   Slot &slot = *fSlots[i];
   slot.fTask.fContent[column].Append(data, size * fElementSize);
   slot.fSizes[column] += static_cast<std::int64_t>(size);
   slot.fTask.fEnds[column].Append(&slot.fSizes[column], sizeof(std::int64_t));
}

void CollectState::EndTask(unsigned int i)
{
   Slot &slot = *fSlots[i];
   if (fBlocks[i].fSize > 0)
      Flush(i);
   if (slot.fTask.fNEvents > 0)
      slot.fDone.push_back(std::move(slot.fTask));
   slot.fTask = {};
}

void CollectState::Merge()
{
   for (std::size_t i = 0; i < fSlots.size(); ++i) {
      EndTask(i);
      for (auto &task : fSlots[i]->fDone)
         fResult->fTasks->push_back(std::move(task));
      fSlots[i]->fDone.clear();
   }
}

} // namespace Internal
} // namespace GradCut
