#include <gradcut/rdf/SoftMomentsState.hxx>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>
#include <tuple>
#include <type_traits>
#include <utility>

namespace GradCut {
namespace Internal {
namespace {

/// The sums of one task, and what orders it among the tasks.
struct Partial {
   std::string fSample;
   std::pair<unsigned long long, unsigned long long> fRange;
   unsigned long long fNEvents = 0;
   std::vector<double> fSums;
};

/// Bits and not values: a strict order also with NaN.
bool BitsLess(const std::vector<double> &a, const std::vector<double> &b)
{
   return std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) < 0;
}

/// Memory for one block of columns, aligned to cache lines.
class Buffer {
public:
   explicit Buffer(std::size_t bytes) : fMemory(::operator new(bytes, std::align_val_t{64})) {}
   ~Buffer() { ::operator delete(fMemory, std::align_val_t{64}); }
   Buffer(const Buffer &) = delete;
   Buffer &operator=(const Buffer &) = delete;
   void *Get() const { return fMemory; }

private:
   void *fMemory;
};

std::size_t Bytes(EReal type, std::size_t nColumns)
{
   return nColumns * kBlockStride * (type == EReal::kFloat ? sizeof(float) : sizeof(double));
}

/// A column in the kernel's type: itself where it has that type, else converted into `scratch`.
template <class Real>
const Real *Converted(const void *column, EReal type, double offset, Real *scratch, std::size_t n)
{
   if ((type == EReal::kFloat) == std::is_same<Real, float>::value && offset == 0.)
      return static_cast<const Real *>(column);
   const auto convert = [=](const auto *x) {
      for (std::size_t i = 0; i < n; ++i)
         scratch[i] = static_cast<Real>(static_cast<double>(x[i]) - offset);
   };
   if (type == EReal::kFloat)
      convert(static_cast<const float *>(column));
   else
      convert(static_cast<const double *>(column));
   return scratch;
}

} // namespace

struct SoftMomentsState::Slot {
   Slot(std::size_t nCuts, std::size_t nRead, EReal features, EReal weight)
      : fFeatures(Bytes(features, nRead + 1)), fWeights(Bytes(weight, 1)),
        // Room for every column in the wider type; used where the kernel's type is not the columns'.
        fScratch(Bytes(EReal::kDouble, nCuts + 1))
   {
   }
   Buffer fFeatures;
   Buffer fWeights;
   Buffer fScratch;
   Partial fTask;
   std::vector<Partial> fDone;
};

SoftMomentsState::SoftMomentsState(SoftMomentsSetup setup, std::shared_ptr<Moments> result)
   : fSetup(std::move(setup)), fBlocks(fSetup.fNSlots), fResult(std::move(result))
{
   for (auto &block : fBlocks) {
      fSlots.push_back(
         std::make_unique<Slot>(fSetup.fSelection.NCuts(), fSetup.fNRead, fSetup.fFeatures, fSetup.fWeight));
      block.fFeatures = fSlots.back()->fFeatures.Get();
      block.fWeights = fSlots.back()->fWeights.Get();
   }
   Reset();
}

SoftMomentsState::~SoftMomentsState() = default;

std::unique_ptr<SoftMomentsState> SoftMomentsState::MakeNew(std::shared_ptr<Moments> result) const
{
   return std::make_unique<SoftMomentsState>(fSetup, std::move(result));
}

void SoftMomentsState::Reset()
{
   for (std::size_t slot = 0; slot < fSlots.size(); ++slot) {
      fBlocks[slot].fSize = 0;
      fSlots[slot]->fTask = {};
      fSlots[slot]->fDone.clear();
   }
   *fResult = {};
   fResult->fNPoints = fSetup.fSelection.fNPoints;
   fResult->fNCuts = fSetup.fSelection.NCuts();
   fResult->fValues.assign(3 * fResult->fNPoints * fResult->Row(), 0.);
}

void SoftMomentsState::BeginSample(unsigned int slot, const ROOT::RDF::RSampleInfo &info)
{
   EndTask(slot);
   fSlots[slot]->fTask.fSample = info.AsString();
   fSlots[slot]->fTask.fRange = info.EntryRange();
}

template <class Real, class Kernel>
void SoftMomentsState::Accumulate(unsigned int slot, Kernel kernel)
{
   const EventBlock &block = fBlocks[slot];
   Slot &s = *fSlots[slot];
   const auto selection = fSetup.fSelection.View();
   const std::size_t stride = Bytes(fSetup.fFeatures, 1);
   auto *scratch = static_cast<Real *>(s.fScratch.Get());
   const Real *columns[kMaxFeatures + 1] = {};
   for (std::size_t k = 0; k < selection.fNCuts; ++k)
      columns[k] = Converted(static_cast<const unsigned char *>(block.fFeatures) + k * stride, fSetup.fFeatures,
                             fSetup.fOffsets[k], scratch + k * kBlockStride, block.fSize);
   const Real *weights =
      Converted(block.fWeights, fSetup.fWeight, 0., scratch + selection.fNCuts * kBlockStride, block.fSize);
   kernel(&selection, block.fSize, columns, weights, fSetup.fDerivatives, s.fTask.fSums.data());
}

void SoftMomentsState::Flush(unsigned int slot)
{
   EventBlock &block = fBlocks[slot];
   Partial &task = fSlots[slot]->fTask;
   if (task.fSums.empty())
      task.fSums.assign(fResult->fValues.size(), 0.);
   if (fSetup.fPrecision == EPrecision::kSingle)
      Accumulate<float>(slot, GradCutSelectionMomentsF32);
   else
      Accumulate<double>(slot, GradCutSelectionMomentsF64);
   task.fNEvents += block.fSize;
   block.fSize = 0;
}

void SoftMomentsState::EndTask(unsigned int slot)
{
   Slot &s = *fSlots[slot];
   if (fBlocks[slot].fSize > 0)
      Flush(slot);
   if (s.fTask.fNEvents > 0)
      s.fDone.push_back(std::move(s.fTask));
   s.fTask = {};
}

void SoftMomentsState::Merge()
{
   std::vector<const Partial *> tasks;
   for (std::size_t slot = 0; slot < fSlots.size(); ++slot) {
      EndTask(slot);
      fResult->fNSlots += !fSlots[slot]->fDone.empty();
      for (const auto &task : fSlots[slot]->fDone)
         tasks.push_back(&task);
   }
   // Some sources (numpy arrays) do not tell which entries a task has: the bits of the sums order those, which needs no
   // knowledge of who did what.
   std::sort(tasks.begin(), tasks.end(), [](const Partial *a, const Partial *b) {
      const auto keyA = std::tie(a->fSample, a->fRange), keyB = std::tie(b->fSample, b->fRange);
      return keyA != keyB ? keyA < keyB : BitsLess(a->fSums, b->fSums);
   });
   for (const auto *task : tasks) {
      fResult->fNEvents += task->fNEvents;
      ++fResult->fNTasks;
      for (std::size_t i = 0; i < task->fSums.size(); ++i)
         fResult->fValues[i] += task->fSums[i];
   }
   for (auto &slot : fSlots)
      slot->fDone.clear();
}

} // namespace Internal
} // namespace GradCut
