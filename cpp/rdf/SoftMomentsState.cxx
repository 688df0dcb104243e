#include <gradcut/rdf/SoftMomentsState.hxx>

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace GradCut {
namespace Internal {
namespace {

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
   Slot(std::size_t nColumns, std::size_t nRead, EReal features, EReal weight)
      : fFeatures(Bytes(features, nRead + 1)), fWeights(Bytes(weight, 1)),
        // Room for every column in the wider type; used where the kernel's type is not the columns'.
        fScratch(Bytes(EReal::kDouble, nColumns + 1)), fWorkspace(0)
   {
   }
   Buffer fFeatures;
   Buffer fWeights;
   Buffer fScratch;
   Buffer fWorkspace;
};

SoftMomentsState::SoftMomentsState(SoftMomentsSetup setup, std::shared_ptr<Moments> result)
   : fSetup(std::move(setup)), fSums(fSetup.fNSlots), fBlocks(fSetup.fNSlots), fResult(std::move(result))
{
   for (auto &block : fBlocks) {
      fSlots.push_back(std::make_unique<Slot>(fSetup.NColumns(), fSetup.fNRead, fSetup.fFeatures, fSetup.fWeight));
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
   for (auto &block : fBlocks)
      block.fSize = 0;
   *fResult = fSetup.Empty();
   fSums.Reset(fResult->fValues.size());
}

void SoftMomentsState::BeginSample(unsigned int slot, TaskRange range)
{
   EndTask(slot);
   fSums.BeginSample(slot, std::move(range));
}

template <class Real>
void SoftMomentsState::Accumulate(unsigned int slot)
{
   const EventBlock &block = fBlocks[slot];
   Slot &s = *fSlots[slot];
   const std::size_t stride = Bytes(fSetup.fFeatures, 1), nColumns = fSetup.NColumns();
   auto *scratch = static_cast<Real *>(s.fScratch.Get());
   std::vector<const Real *> columns(nColumns);
   for (std::size_t k = 0; k < nColumns; ++k)
      columns[k] = Converted(static_cast<const unsigned char *>(block.fFeatures) + k * stride, fSetup.fFeatures,
                             fSetup.fOffsets[k], scratch + k * kBlockStride, block.fSize);
   auto *ofWeights = scratch + nColumns * kBlockStride;
   const Real *weights = ofWeights;
   if (fSetup.fIsWeighted)
      weights = Converted(block.fWeights, fSetup.fWeight, 0., ofWeights, block.fSize);
   else
      std::fill_n(ofWeights, block.fSize, Real(1));
   AddMoments(fSetup, block.fSize, columns.data(), nullptr, weights, s.fWorkspace, fSums.Add(slot, block.fSize));
}

void SoftMomentsState::Flush(unsigned int slot)
{
   if (fSetup.fPrecision == EPrecision::kSingle)
      Accumulate<float>(slot);
   else
      Accumulate<double>(slot);
   fBlocks[slot].fSize = 0;
}

void SoftMomentsState::EndTask(unsigned int slot)
{
   if (fBlocks[slot].fSize > 0)
      Flush(slot);
   fSums.EndTask(slot);
}

void SoftMomentsState::Merge()
{
   for (unsigned int slot = 0; slot < fBlocks.size(); ++slot)
      EndTask(slot);
   fSums.Merge(*fResult);
}

} // namespace Internal
} // namespace GradCut
