#include <gradcut/rdf/ObjectMomentsState.hxx>

#include <cstdint>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace GradCut {
namespace Internal {
namespace {

/// A column in the kernel's type, growing.
template <class Real>
class Column {
public:
   const Real *Data() const { return fValues.data(); }
   void Clear() { fValues.clear(); }

   template <class Feature>
   void Append(const Feature *values, std::size_t n, double offset)
   {
      if constexpr (std::is_same<Real, Feature>::value) {
         if (offset == 0.) {
            fValues.insert(fValues.end(), values, values + n);
            return;
         }
      }
      for (std::size_t i = 0; i < n; ++i)
         fValues.push_back(static_cast<Real>(static_cast<double>(values[i]) - offset));
   }

   /// A value per event beside objects that are events themselves.
   template <class Feature>
   void Repeat(Feature value, std::size_t n, double offset)
   {
      fValues.insert(fValues.end(), n, static_cast<Real>(static_cast<double>(value) - offset));
   }

private:
   std::vector<Real> fValues;
};

/// What waits for the kernel, in one precision.
template <class Real>
struct Waiting {
   std::vector<Column<Real>> fColumns;
   std::vector<Real> fWeights;
};

} // namespace

/// The events of one slot. One cache line each, so that slots do not disturb each other.
struct alignas(64) ObjectMomentsState::Slot {
   Slot(const SoftMomentsSetup &setup, std::size_t nCollections) : fOffsets(nCollections), fWorkspace(0)
   {
      if (setup.fPrecision == EPrecision::kSingle)
         fSingle.fColumns.resize(setup.NColumns());
      else
         fDouble.fColumns.resize(setup.NColumns());
      Clear();
   }

   template <class Real>
   Waiting<Real> &Get()
   {
      if constexpr (std::is_same<Real, float>::value)
         return fSingle;
      else
         return fDouble;
   }

   void Clear()
   {
      fSize = 0;
      for (auto &offsets : fOffsets)
         offsets.assign(1, 0);
      ClearAs(fSingle);
      ClearAs(fDouble);
   }

   template <class Real>
   static void ClearAs(Waiting<Real> &waiting)
   {
      for (auto &column : waiting.fColumns)
         column.Clear();
      waiting.fWeights.clear();
   }

   std::size_t fSize = 0; ///< events
   std::vector<std::vector<std::int64_t>> fOffsets;
   Waiting<float> fSingle;
   Waiting<double> fDouble;
   Buffer fWorkspace;
};

ObjectMomentsState::ObjectMomentsState(SoftMomentsSetup setup, std::vector<std::string> names,
                                       std::shared_ptr<Moments> result)
   : fSetup(std::move(setup)), fNames(std::move(names)), fFirst(fSetup.NCollections(), fSetup.NColumns()),
     fSums(fSetup.fNSlots), fResult(std::move(result))
{
   for (std::size_t k = fSetup.NColumns(); k-- > 0;) {
      if (fSetup.IsOfObjects(k))
         fFirst[fSetup.fCollections[k]] = k;
   }
   for (unsigned int slot = 0; slot < fSetup.fNSlots; ++slot)
      fSlots.push_back(std::make_unique<Slot>(fSetup, fFirst.size()));
   Reset();
}

ObjectMomentsState::~ObjectMomentsState() = default;

std::unique_ptr<ObjectMomentsState> ObjectMomentsState::MakeNew(std::shared_ptr<Moments> result) const
{
   return std::make_unique<ObjectMomentsState>(fSetup, fNames, std::move(result));
}

void ObjectMomentsState::Reset()
{
   for (auto &slot : fSlots)
      slot->Clear();
   *fResult = fSetup.Empty();
   fSums.Reset(fResult->fValues.size());
}

void ObjectMomentsState::BeginSample(unsigned int slot, TaskRange range)
{
   EndTask(slot);
   fSums.BeginSample(slot, std::move(range));
}

template <class Real>
void ObjectMomentsState::AppendAs(Slot &slot, double weight, const void *const *values, const std::size_t *sizes)
{
   auto &waiting = slot.Get<Real>();
   // Bins are filled once per object.
   const std::size_t n = fSetup.fBins ? sizes[fFirst[0]] : 1;
   const auto append = [&](std::size_t k, const auto *x) {
      if (fSetup.fBins && !fSetup.IsOfObjects(k))
         waiting.fColumns[k].Repeat(*x, n, fSetup.fOffsets[k]);
      else
         waiting.fColumns[k].Append(x, sizes[k], fSetup.fOffsets[k]);
   };
   for (std::size_t k = 0; k < waiting.fColumns.size(); ++k) {
      if (fSetup.fFeatures == EReal::kFloat)
         append(k, static_cast<const float *>(values[k]));
      else
         append(k, static_cast<const double *>(values[k]));
   }
   waiting.fWeights.insert(waiting.fWeights.end(), n, static_cast<Real>(weight));
}

void ObjectMomentsState::Append(unsigned int slot, double weight, const void *const *values, const std::size_t *sizes)
{
   const auto &collections = fSetup.fCollections;
   for (std::size_t k = 0; k < collections.size(); ++k) {
      if (collections[k] >= 0 && sizes[k] != sizes[fFirst[collections[k]]])
         Differ(k, sizes);
   }
   Slot &s = *fSlots[slot];
   if (fSetup.fPrecision == EPrecision::kSingle)
      AppendAs<float>(s, weight, values, sizes);
   else
      AppendAs<double>(s, weight, values, sizes);
   bool isFull = ++s.fSize == kObjectEvents;
   for (std::size_t c = 0; c < fFirst.size(); ++c) {
      auto &offsets = s.fOffsets[c];
      offsets.push_back(offsets.back() + static_cast<std::int64_t>(sizes[fFirst[c]]));
      isFull |= offsets.back() >= static_cast<std::int64_t>(kBlockObjects);
   }
   if (isFull)
      Flush(slot);
}

void ObjectMomentsState::Differ(std::size_t column, const std::size_t *sizes) const
{
   const std::size_t first = fFirst[fSetup.fCollections[column]];
   throw std::invalid_argument("'" + fNames[first] + "' and '" + fNames[column] +
                               "' have different numbers of objects in one event: " + std::to_string(sizes[first]) +
                               " and " + std::to_string(sizes[column]));
}

template <class Real>
void ObjectMomentsState::FlushAs(unsigned int slot)
{
   Slot &s = *fSlots[slot];
   const auto &waiting = s.Get<Real>();
   std::vector<const Real *> columns;
   for (const auto &column : waiting.fColumns)
      columns.push_back(column.Data());
   std::vector<const std::int64_t *> offsets;
   for (const auto &begins : s.fOffsets)
      offsets.push_back(begins.data());
   AddMoments(fSetup, waiting.fWeights.size(), columns.data(), offsets.data(), waiting.fWeights.data(), s.fWorkspace,
              fSums.Add(slot, s.fSize));
   s.Clear();
}

void ObjectMomentsState::Flush(unsigned int slot)
{
   if (fSetup.fPrecision == EPrecision::kSingle)
      FlushAs<float>(slot);
   else
      FlushAs<double>(slot);
}

void ObjectMomentsState::EndTask(unsigned int slot)
{
   if (fSlots[slot]->fSize > 0)
      Flush(slot);
   fSums.EndTask(slot);
}

void ObjectMomentsState::Merge()
{
   for (unsigned int slot = 0; slot < fSlots.size(); ++slot)
      EndTask(slot);
   fSums.Merge(*fResult);
}

} // namespace Internal
} // namespace GradCut
