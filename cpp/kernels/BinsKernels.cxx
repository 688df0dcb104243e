// Compiled once per instruction set; GRADCUT_KERNEL_SET names the set. Formulas: gradcut/kernels/Bins.h.
//
// Events go through in chunks, and these in blocks. Sums run over a chunk in the kernel's precision and over chunks in
// double. Hard bins need no memberships: every event is counted in the one that it is in.
#include "BinsAxes.hxx"
#include "BinsIndex.hxx"
#include "BinsMixture.hxx"
#include "BinsSoftmax.hxx"
#include "Choices.hxx"
#include "KernelTable.hxx"

#include <type_traits>

namespace {

/// Calls `f` with an empty pointer to the model of the bins; nothing where they are hard.
template <class Pack, class F>
void WithModel(const GradCutBins &bins, F &&f)
{
   [[maybe_unused]] PrecisionGuard<Pack> guard;
   if (bins.fKind == kGradCutMixture)
      f(static_cast<MixtureModel<Pack> *>(nullptr));
   else if (bins.fKind == kGradCutSoftmax)
      f(static_cast<SoftmaxModel<Pack> *>(nullptr));
   else if (bins.fStep == kGradCutLogistic)
      f(static_cast<AxesModel<Pack, LogisticStep> *>(nullptr));
   else
      f(static_cast<AxesModel<Pack, GaussianStep> *>(nullptr));
}

/// Events that lack a column count for nothing.
template <class Pack, int NWeights>
void MaskMissing(const GradCutBins &bins, const typename Pack::Real *const *columns, std::size_t first, std::size_t n,
                 ChunkWeights<Pack, NWeights> &weights)
{
   ForMissing(bins, columns, first, n, [&](std::size_t i) {
      for (auto &w : weights.fW)
         w[i] = 0;
   });
}

template <class Pack>
void AddMoments(std::size_t nBins, const BinsPacks<Pack> *p, const ChunkWeights<Pack, 3> &powers, std::size_t at,
                typename Pack::Type (*sums)[3])
{
   BinsPacks<Pack> w[3];
   for (int m = 0; m < 3; ++m)
      for (std::size_t i = 0; i < kBinsPacks<Pack>; ++i)
         w[m][i] = Load<Pack>(powers.fW[m] + at + i * Pack::kLanes);
   for (std::size_t b = 0; b < nBins; ++b) {
      for (int m = 0; m < 3; ++m) {
         auto sum = sums[b][m];
         for (std::size_t i = 0; i < kBinsPacks<Pack>; ++i)
            sum += p[b][i] * w[m][i];
         sums[b][m] = sum;
      }
   }
}

template <class Pack, class Model>
void Moments(const GradCutBins &bins, std::size_t nEvents, const typename Pack::Real *const *columns,
             const typename Pack::Real *weights, double *out)
{
   using Type = typename Pack::Type;
   Model model(bins);
   ChunkWeights<Pack, 3> powers;
   BinsEvents<Pack> x;
   alignas(64) BinsPacks<Pack> p[GRADCUT_MAX_BINS];
   alignas(64) Type sums[GRADCUT_MAX_BINS][3];
   const std::size_t nBins = bins.fNBins;
   for (std::size_t first = 0; first < nEvents; first += kChunk) {
      const std::size_t n = nEvents - first < kChunk ? nEvents - first : kChunk;
      const double s = WeightScale<Pack>(n, weights + first);
      const double scale[3] = {1., s, s * s};
      FillPowers<Pack>(n, weights + first, s, powers);
      MaskMissing<Pack>(bins, columns, first, n, powers);
      for (std::size_t point = 0; point < bins.fNPoints; ++point) {
         model.SetPoint(point);
         for (std::size_t b = 0; b < nBins; ++b)
            sums[b][0] = sums[b][1] = sums[b][2] = Type{};
         for (std::size_t at = 0; at < n; at += kBinsBlock<Pack>) {
            x.Load(bins, columns, first + at, BlockSize<Pack>(n - at), Model::kLimit);
            model.Forward(x, p);
            AddMoments<Pack>(nBins, p, powers, at, sums);
         }
         for (int m = 0; m < 3; ++m)
            for (std::size_t b = 0; b < nBins; ++b)
               out[(point * 3 + m) * nBins + b] += scale[m] * SumOfLanes(sums[b][m]);
      }
   }
}

/// Cotangents of a point for scaled weights, brought to the size of one. Returns their own scale.
template <class Pack>
double ScaleCotangents(std::size_t nBins, const double *cotangents, double weightScale,
                       typename Pack::Real (*scaled)[3])
{
   double largest = 0.;
   const double scale[3] = {1., weightScale, weightScale * weightScale};
   for (int m = 0; m < 3; ++m)
      for (std::size_t b = 0; b < nBins; ++b)
         largest = Larger(largest, std::fabs(cotangents[m * nBins + b]) * scale[m]);
   if (!(largest > 0.))
      largest = 1.;
   for (int m = 0; m < 3; ++m)
      for (std::size_t b = 0; b < nBins; ++b)
         scaled[b][m] = static_cast<typename Pack::Real>(cotangents[m * nBins + b] * scale[m] / largest);
   return largest;
}

template <class Pack, class Model>
void Vjp(const GradCutBins &bins, std::size_t nEvents, const typename Pack::Real *const *columns,
         const typename Pack::Real *weights, const double *cotangents, double *gradient)
{
   Model model(bins);
   ChunkWeights<Pack, 3> powers;
   BinsEvents<Pack> x;
   alignas(64) BinsPacks<Pack> p[GRADCUT_MAX_BINS], g[GRADCUT_MAX_BINS];
   typename Pack::Real c[GRADCUT_MAX_BINS][3];
   const std::size_t nBins = bins.fNBins;
   for (std::size_t first = 0; first < nEvents; first += kChunk) {
      const std::size_t n = nEvents - first < kChunk ? nEvents - first : kChunk;
      const double s = WeightScale<Pack>(n, weights + first);
      FillPowers<Pack>(n, weights + first, s, powers);
      MaskMissing<Pack>(bins, columns, first, n, powers);
      for (std::size_t point = 0; point < bins.fNPoints; ++point) {
         model.SetPoint(point);
         const double scale = ScaleCotangents<Pack>(nBins, cotangents + point * 3 * nBins, s, c);
         for (std::size_t tile = 0; tile < model.NTiles(); ++tile) {
            model.Clear();
            for (std::size_t at = 0; at < n; at += kBinsBlock<Pack>) {
               x.Load(bins, columns, first + at, BlockSize<Pack>(n - at), Model::kLimit);
               model.ForwardForGradient(x, p);
               BinsPacks<Pack> w[3];
               for (int m = 0; m < 3; ++m)
                  for (std::size_t i = 0; i < kBinsPacks<Pack>; ++i)
                     w[m][i] = Load<Pack>(powers.fW[m] + at + i * Pack::kLanes);
               for (std::size_t b = 0; b < nBins; ++b)
                  for (std::size_t i = 0; i < kBinsPacks<Pack>; ++i)
                     g[b][i] = c[b][0] * w[0][i] + c[b][1] * w[1][i] + c[b][2] * w[2][i];
               model.Backward(x, p, g, tile);
            }
            model.Flush(scale, tile, gradient + point * bins.fNParameters);
         }
      }
   }
}

/// Ones, and zeros for events of a block that lack a column.
template <class Pack>
void PresentEvents(const GradCutBins &bins, const typename Pack::Real *const *columns, std::size_t first, std::size_t n,
                   BinsPacks<Pack> &present)
{
   alignas(64) typename Pack::Real ones[kBinsBlock<Pack>];
   for (auto &one : ones)
      one = 1;
   ForMissing(bins, columns, first, n, [&](std::size_t i) { ones[i] = 0; });
   LoadBlock<Pack>(ones, n, present);
}

template <class Pack, class Model>
void Membership(const GradCutBins &bins, std::size_t nEvents, const typename Pack::Real *const *columns,
                typename Pack::Real *out)
{
   Model model(bins);
   BinsEvents<Pack> x;
   alignas(64) BinsPacks<Pack> p[GRADCUT_MAX_BINS], present;
   for (std::size_t point = 0; point < bins.fNPoints; ++point) {
      model.SetPoint(point);
      for (std::size_t at = 0; at < nEvents; at += kBinsBlock<Pack>) {
         const std::size_t n = BlockSize<Pack>(nEvents - at);
         PresentEvents<Pack>(bins, columns, at, n, present);
         x.Load(bins, columns, at, n, Model::kLimit);
         model.Forward(x, p);
         for (std::size_t b = 0; b < bins.fNBins; ++b) {
            for (std::size_t i = 0; i < kBinsPacks<Pack>; ++i)
               p[b][i] *= present[i];
            StoreBlock<Pack>(p[b], n, out + (point * bins.fNBins + b) * nEvents + at);
         }
      }
   }
}

template <class Pack, class Model>
void MembershipVjp(const GradCutBins &bins, std::size_t nEvents, const typename Pack::Real *const *columns,
                   const typename Pack::Real *cotangents, double *gradient)
{
   Model model(bins);
   BinsEvents<Pack> x;
   alignas(64) BinsPacks<Pack> p[GRADCUT_MAX_BINS], g[GRADCUT_MAX_BINS], present;
   for (std::size_t point = 0; point < bins.fNPoints; ++point) {
      model.SetPoint(point);
      for (std::size_t tile = 0; tile < model.NTiles(); ++tile) {
         for (std::size_t first = 0; first < nEvents; first += kChunk) {
            const std::size_t end = nEvents - first < kChunk ? nEvents : first + kChunk;
            model.Clear();
            for (std::size_t at = first; at < end; at += kBinsBlock<Pack>) {
               const std::size_t n = BlockSize<Pack>(end - at);
               PresentEvents<Pack>(bins, columns, at, n, present);
               x.Load(bins, columns, at, n, Model::kLimit);
               model.ForwardForGradient(x, p);
               for (std::size_t b = 0; b < bins.fNBins; ++b) {
                  LoadBlock<Pack>(cotangents + (point * bins.fNBins + b) * nEvents + at, n, g[b]);
                  for (std::size_t i = 0; i < kBinsPacks<Pack>; ++i)
                     g[b][i] *= present[i];
               }
               model.Backward(x, p, g, tile);
            }
            model.Flush(1., tile, gradient + point * bins.fNParameters);
         }
      }
   }
}

/// Calls `f(point, event, bin)` for the events that are in one.
template <class Real, class F>
void ForBins(const GradCutBins &bins, std::size_t nEvents, const Real *const *columns, F &&f)
{
   IndexWork work;
   for (std::size_t first = 0; first < nEvents; first += kIndexBlock) {
      const std::size_t n = nEvents - first < kIndexBlock ? nEvents - first : kIndexBlock;
      for (std::size_t point = 0; point < bins.fNPoints; ++point) {
         n == 1 ? IndexBlock(bins, point, columns, first, Count<1>{n}, work)
                : IndexBlock(bins, point, columns, first, Count<0>{n}, work);
         for (std::size_t i = 0; i < n; ++i)
            f(point, first + i, work.fBin[i]);
      }
   }
}

template <class Pack, class Real = typename Pack::Real>
void MembershipEntry(const GradCutBins &bins, std::size_t nEvents, const Real *const *columns, Real *membership)
{
   if (bins.fStep != kGradCutHard) {
      WithModel<Pack>(bins, [&](auto *model) {
         Membership<Pack, std::remove_pointer_t<decltype(model)>>(bins, nEvents, columns, membership);
      });
      return;
   }
   for (std::size_t i = 0; i < bins.fNPoints * bins.fNBins * nEvents; ++i)
      membership[i] = Real(0);
   ForBins(bins, nEvents, columns, [&](std::size_t point, std::size_t event, std::int64_t bin) {
      if (bin >= 0)
         membership[(point * bins.fNBins + static_cast<std::size_t>(bin)) * nEvents + event] = 1;
   });
}

template <class Pack, class Real = typename Pack::Real>
void MembershipVjpEntry(const GradCutBins &bins, std::size_t nEvents, const Real *const *columns,
                        const Real *cotangents, double *gradient)
{
   if (bins.fStep != kGradCutHard)
      WithModel<Pack>(bins, [&](auto *model) {
         MembershipVjp<Pack, std::remove_pointer_t<decltype(model)>>(bins, nEvents, columns, cotangents, gradient);
      });
}

template <class Pack, class Real = typename Pack::Real>
void MomentsEntry(const GradCutBins &bins, std::size_t nEvents, const Real *const *columns, const Real *weights,
                  double *sums)
{
   if (bins.fStep != kGradCutHard) {
      WithModel<Pack>(bins, [&](auto *model) {
         Moments<Pack, std::remove_pointer_t<decltype(model)>>(bins, nEvents, columns, weights, sums);
      });
      return;
   }
   ForBins(bins, nEvents, columns, [&](std::size_t point, std::size_t event, std::int64_t bin) {
      const double w = static_cast<double>(weights[event]);
      if (bin < 0 || w == 0.)
         return;
      double *at = sums + point * 3 * bins.fNBins + bin;
      at[0] += 1.;
      at[bins.fNBins] += w;
      at[2 * bins.fNBins] += w * w;
   });
}

template <class Pack, class Real = typename Pack::Real>
void VjpEntry(const GradCutBins &bins, std::size_t nEvents, const Real *const *columns, const Real *weights,
              const double *cotangents, double *gradient)
{
   if (bins.fStep != kGradCutHard)
      WithModel<Pack>(bins, [&](auto *model) {
         Vjp<Pack, std::remove_pointer_t<decltype(model)>>(bins, nEvents, columns, weights, cotangents, gradient);
      });
}

template <class Real>
void IndexEntry(const GradCutBins &bins, std::size_t nEvents, const Real *const *columns, std::int32_t *index)
{
   ForBins(bins, nEvents, columns, [&](std::size_t point, std::size_t event, std::int64_t bin) {
      index[point * nEvents + event] = static_cast<std::int32_t>(bin);
   });
}

} // namespace

#define GRADCUT_CONCAT_(a, b) a##b
#define GRADCUT_CONCAT(a, b) GRADCUT_CONCAT_(a, b)

namespace GradCut {
namespace Internal {
const BinsTable GRADCUT_CONCAT(kBinsKernels, GRADCUT_KERNEL_SET) = {
   {MembershipEntry<FloatPack>, MembershipVjpEntry<FloatPack>, MomentsEntry<FloatPack>, VjpEntry<FloatPack>,
    IndexEntry<float>},
   {MembershipEntry<DoublePack>, MembershipVjpEntry<DoublePack>, MomentsEntry<DoublePack>, VjpEntry<DoublePack>,
    IndexEntry<double>}};
} // namespace Internal
} // namespace GradCut
