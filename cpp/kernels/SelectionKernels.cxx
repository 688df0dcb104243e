// Compiled once per instruction set; GRADCUT_KERNEL_SET names the set. Formulas: gradcut/kernels/Selection.h.
//
// Events go through in chunks, and these in blocks whose working memory stays in the first-level cache. Sums run over a
// chunk in the kernel's precision and over chunks in double.
#include "Choices.hxx"
#include "KernelTable.hxx"
#include "SelectionBlock.hxx"
#include "Weights.hxx"

namespace {

/// The columns of the last, incomplete block, padded so that the block code needs no other path.
template <class Pack>
struct PaddedColumns {
   using Real = typename Pack::Real;
   alignas(64) Real fValues[GRADCUT_MAX_CUTS][kBlock<Pack>];
   const Real *fPointers[GRADCUT_MAX_CUTS];

   void Fill(std::size_t nCuts, const Real *const *columns, std::size_t first, std::size_t n)
   {
      for (std::size_t k = 0; k < nCuts; ++k) {
         for (std::size_t i = 0; i < kBlock<Pack>; ++i)
            fValues[k][i] = i < n ? columns[k][first + i] : Real(0);
         fPointers[k] = fValues[k];
      }
   }
};

template <class Pack, class Step, GradCutDerivatives Derivatives, int NWeights>
void AddChunk(std::size_t nCuts, const Cut<Pack> *cuts, std::size_t n, const typename Pack::Real *const *columns,
              std::size_t first, Work<Pack> &work, const ChunkWeights<Pack, NWeights> &weights,
              Sums<Pack, NWeights> &sums)
{
   for (std::size_t at = 0; at < n; at += kBlock<Pack>) {
      if (n - at >= kBlock<Pack>) {
         AddBlock<Pack, Step, Derivatives, NWeights>(nCuts, cuts, columns, first + at, work, weights, at, sums);
      } else {
         PaddedColumns<Pack> padded;
         padded.Fill(nCuts, columns, first + at, n - at);
         AddBlock<Pack, Step, Derivatives, NWeights>(nCuts, cuts, padded.fPointers, 0, work, weights, at, sums);
      }
   }
}

/// Adds the sums of a chunk to the caller's rows of doubles: `[weight][value?, low.., high.., width..]`.
template <class Pack, int NWeights>
void Flush(std::size_t nCuts, const Cut<Pack> *cuts, const Sums<Pack, NWeights> &sums, const double *scale,
           double stepScale, bool widths, double *value, double *derivatives, std::size_t stride)
{
   for (int j = 0; j < NWeights; ++j) {
      if (value)
         value[j * stride] += scale[j] * SumOfLanes(sums.fSum[0][j]);
      if (!derivatives)
         continue;
      for (std::size_t k = 0; k < nCuts; ++k) {
         const DerivativeFactors factor(cuts[k], stepScale);
         double *d = derivatives + j * stride + k;
         if (cuts[k].HasLow())
            d[0] += scale[j] * factor.fLow * SumOfLanes(sums.fSum[1 + k][j]);
         if (cuts[k].HasHigh())
            d[nCuts] += scale[j] * factor.fHigh * SumOfLanes(sums.fSum[1 + nCuts + k][j]);
         if (widths)
            d[2 * nCuts] += scale[j] * factor.fWidth * SumOfLanes(sums.fSum[1 + 2 * nCuts + k][j]);
      }
   }
}

template <class Pack>
void FillCombined(std::size_t n, const typename Pack::Real *weights, const double *cotangent,
                  ChunkWeights<Pack, 1> &combined)
{
   using Real = typename Pack::Real;
   for (std::size_t i = 0; i < n; ++i) {
      const double w = static_cast<double>(weights[i]);
      const double c = cotangent[0] + w * (cotangent[1] + w * cotangent[2]);
      combined.fW[0][i] = static_cast<Real>(w == 0. ? 0. : c);
   }
   for (std::size_t i = n; i < kChunk; ++i)
      combined.fW[0][i] = Real(0);
}

template <class Pack, class Step>
void FillCuts(const GradCutSelection &selection, std::size_t point, Cut<Pack> *cuts)
{
   for (std::size_t k = 0; k < selection.fNCuts; ++k)
      cuts[k] = MakeCut<Pack, Step>(selection, point, k);
}

template <class Pack, class Step, GradCutDerivatives Derivatives>
void Moments(const GradCutSelection &selection, std::size_t nEvents, const typename Pack::Real *const *columns,
             const typename Pack::Real *weights, double *out)
{
   Work<Pack> work;
   ChunkWeights<Pack, 3> powers;
   Sums<Pack, 3> sums;
   Cut<Pack> cuts[GRADCUT_MAX_CUTS];
   const std::size_t nCuts = selection.fNCuts, row = GRADCUT_ROW(nCuts);
   for (std::size_t first = 0; first < nEvents; first += kChunk) {
      const std::size_t n = nEvents - first < kChunk ? nEvents - first : kChunk;
      const double s = WeightScale<Pack>(n, weights + first);
      const double scale[3] = {1., s, s * s};
      FillPowers<Pack>(n, weights + first, s, powers);
      for (std::size_t p = 0; p < selection.fNPoints; ++p) {
         FillCuts<Pack, Step>(selection, p, cuts);
         sums.Clear(row);
         AddChunk<Pack, Step, Derivatives, 3>(nCuts, cuts, n, columns, first, work, powers, sums);
         double *value = out + p * 3 * row;
         Flush<Pack, 3>(nCuts, cuts, sums, scale, Step::Scale(Pack{}), Derivatives == kGradCutAll, value,
                        Derivatives == kGradCutValues ? nullptr : value + 1, row);
      }
   }
}

template <class Pack, class Step, GradCutDerivatives Derivatives>
void Vjp(const GradCutSelection &selection, std::size_t nEvents, const typename Pack::Real *const *columns,
         const typename Pack::Real *weights, const double *cotangents, double *gradient)
{
   Work<Pack> work;
   ChunkWeights<Pack, 1> combined;
   Sums<Pack, 1> sums;
   Cut<Pack> cuts[GRADCUT_MAX_CUTS];
   const std::size_t nCuts = selection.fNCuts;
   const double one = 1.;
   for (std::size_t first = 0; first < nEvents; first += kChunk) {
      const std::size_t n = nEvents - first < kChunk ? nEvents - first : kChunk;
      for (std::size_t p = 0; p < selection.fNPoints; ++p) {
         FillCombined<Pack>(n, weights + first, cotangents + 3 * p, combined);
         FillCuts<Pack, Step>(selection, p, cuts);
         sums.Clear(GRADCUT_ROW(nCuts));
         AddChunk<Pack, Step, Derivatives, 1>(nCuts, cuts, n, columns, first, work, combined, sums);
         Flush<Pack, 1>(nCuts, cuts, sums, &one, Step::Scale(Pack{}), Derivatives == kGradCutAll, nullptr,
                        gradient + p * 3 * nCuts, 0);
      }
   }
}

/// Membership in one cut, without derivatives.
template <class Pack, class Step>
GRADCUT_INLINE typename Pack::Type ValueOf(const Cut<Pack> &cut, typename Pack::Type x)
{
   if constexpr (Step::kHard)
      return HardMembership<Pack>(cut, x);
   else
      return cut.IsOneSided() ? OneSided<Pack, Step>(cut, x).fValue : TwoSided<Pack, Step>(cut, x).fValue;
}

template <class Pack, class Step>
void MembershipOf(const GradCutSelection &selection, std::size_t nEvents, const typename Pack::Real *const *columns,
                  typename Pack::Real *membership)
{
   using Real = typename Pack::Real;
   Cut<Pack> cuts[GRADCUT_MAX_CUTS];
   for (std::size_t p = 0; p < selection.fNPoints; ++p) {
      FillCuts<Pack, Step>(selection, p, cuts);
      // A pack at a time and not a block: a Define asks for single events.
      for (std::size_t first = 0; first < nEvents; first += Pack::kLanes) {
         const std::size_t n = nEvents - first < Pack::kLanes ? nEvents - first : Pack::kLanes;
         Real lanes[Pack::kLanes] = {};
         auto product = Broadcast<Pack>(1);
         for (std::size_t k = 0; k < selection.fNCuts; ++k) {
            for (std::size_t i = 0; i < n; ++i)
               lanes[i] = columns[k][first + i];
            product *= ValueOf<Pack, Step>(cuts[k], Load<Pack>(lanes));
         }
         Store<Pack>(lanes, product);
         for (std::size_t i = 0; i < n; ++i)
            membership[p * nEvents + first + i] = lanes[i];
      }
   }
}

template <class Pack, class Real = typename Pack::Real>
void MomentsEntry(const GradCutSelection &selection, size_t n, const Real *const *columns, const Real *weights,
                  GradCutDerivatives derivatives, double *sums)
{
   WithChoice<Pack>(selection.fStep, derivatives, [&](auto choice) {
      using C = decltype(choice);
      Moments<Pack, typename C::Step, C::kDerivatives>(selection, n, columns, weights, sums);
   });
}

template <class Pack, class Real = typename Pack::Real>
void VjpEntry(const GradCutSelection &selection, size_t n, const Real *const *columns, const Real *weights,
              const double *cotangents, GradCutDerivatives derivatives, double *gradient)
{
   WithChoice<Pack>(selection.fStep, derivatives, [&](auto choice) {
      using C = decltype(choice);
      if constexpr (C::kDerivatives != kGradCutValues)
         Vjp<Pack, typename C::Step, C::kDerivatives>(selection, n, columns, weights, cotangents, gradient);
   });
}

template <class Pack, class Real = typename Pack::Real>
void MembershipEntry(const GradCutSelection &selection, size_t n, const Real *const *columns, Real *membership)
{
   WithChoice<Pack>(selection.fStep, kGradCutValues, [&](auto choice) {
      MembershipOf<Pack, typename decltype(choice)::Step>(selection, n, columns, membership);
   });
}

} // namespace

#define GRADCUT_CONCAT_(a, b) a##b
#define GRADCUT_CONCAT(a, b) GRADCUT_CONCAT_(a, b)

namespace GradCut {
namespace Internal {
const KernelTable GRADCUT_CONCAT(kKernels, GRADCUT_KERNEL_SET) = {
   {MomentsEntry<FloatPack>, VjpEntry<FloatPack>, MembershipEntry<FloatPack>},
   {MomentsEntry<DoublePack>, VjpEntry<DoublePack>, MembershipEntry<DoublePack>}};
} // namespace Internal
} // namespace GradCut
