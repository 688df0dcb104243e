/// \file SelectionBlock.hxx
/// \brief A block of events through all cuts at one parameter point: memberships forth, derivatives back.
///
/// On the way back the derivative of a one-sided cut is the whole product times its ratio; that of a window or veto is
/// the product of all the others times its own derivative, since it may vanish itself. Nothing is divided, so tails
/// need no special case. Included by sources that are compiled once per instruction set, hence the unnamed namespace.
#ifndef GRADCUT_KERNELS_SELECTIONBLOCK_HXX
#define GRADCUT_KERNELS_SELECTIONBLOCK_HXX

#include "Memberships.hxx"
#include "Weights.hxx"

namespace {

template <class Pack>
constexpr std::size_t kBlock = Pack::kLanes == 1 ? 16 : 64; // events

/// Packs in a block.
template <class Pack>
constexpr std::size_t kPacks = kBlock<Pack> / Pack::kLanes;

template <class Pack>
using BlockOf = typename Pack::Type[kPacks<Pack>];

/// Working memory of one cut for one block. One-sided cuts keep their ratios in fLow (whichever threshold they have)
/// and fWidth.
template <class Pack>
struct CutWork {
   alignas(64) BlockOf<Pack> fLow;
   BlockOf<Pack> fHigh, fWidth;
   BlockOf<Pack> fValue, fBefore; ///< of two-sided cuts: membership, product of the two-sided ones before it
};

template <class Pack>
struct Work {
   CutWork<Pack> fCuts[GRADCUT_MAX_CUTS];
};

/// Sums over a chunk, one pack of lanes each: `[value, low.., high.., width..][weight]`.
template <class Pack, int NWeights>
struct Sums {
   using Type = typename Pack::Type;
   alignas(64) Type fSum[GRADCUT_ROW(GRADCUT_MAX_CUTS)][NWeights];

   void Clear(std::size_t rows)
   {
      for (std::size_t r = 0; r < rows; ++r)
         for (int j = 0; j < NWeights; ++j)
            fSum[r][j] = Type{};
   }
};

/// Adds `sum_i t_i w_ji` over a block to `sums[j]`.
template <class Pack, int NWeights>
GRADCUT_INLINE void AddWeighted(const BlockOf<Pack> &terms, const BlockOf<Pack> *weights, typename Pack::Type *sums)
{
   for (int j = 0; j < NWeights; ++j) {
      typename Pack::Type sum = sums[j];
      for (std::size_t i = 0; i < kPacks<Pack>; ++i)
         sum += terms[i] * weights[j][i];
      sums[j] = sum;
   }
}

template <class Pack, class Step, GradCutDerivatives Derivatives>
GRADCUT_INLINE void ForwardOneSided(const Cut<Pack> cut, const typename Pack::Real *x, CutWork<Pack> &work,
                                    BlockOf<Pack> &product)
{
   for (std::size_t i = 0; i < kPacks<Pack>; ++i) {
      const auto value = Load<Pack>(x + i * Pack::kLanes);
      if constexpr (Step::kHard) {
         product[i] *= HardMembership<Pack>(cut, value);
      } else {
         const auto m = OneSided<Pack, Step>(cut, value);
         product[i] *= m.fValue;
         if constexpr (Derivatives != kGradCutValues)
            work.fLow[i] = m.fRatio;
         if constexpr (Derivatives == kGradCutAll)
            work.fWidth[i] = m.fRatioU;
      }
   }
}

template <class Pack, class Step, GradCutDerivatives Derivatives>
GRADCUT_INLINE void ForwardTwoSided(const Cut<Pack> cut, const typename Pack::Real *x, CutWork<Pack> &work,
                                    BlockOf<Pack> &product)
{
   for (std::size_t i = 0; i < kPacks<Pack>; ++i) {
      const auto m = TwoSided<Pack, Step>(cut, Load<Pack>(x + i * Pack::kLanes));
      if constexpr (Derivatives != kGradCutValues) {
         work.fLow[i] = m.fLow;
         work.fHigh[i] = m.fHigh;
         work.fWidth[i] = m.fWidth;
         work.fValue[i] = m.fValue;
         work.fBefore[i] = product[i];
      }
      product[i] *= m.fValue;
   }
}

/// Products over the one-sided and over the two-sided cuts of a block.
template <class Pack, class Step, GradCutDerivatives Derivatives>
GRADCUT_INLINE void Forward(std::size_t nCuts, const Cut<Pack> *cuts, const typename Pack::Real *const *columns,
                            std::size_t first, Work<Pack> &work, BlockOf<Pack> &oneSided, BlockOf<Pack> &twoSided)
{
   for (std::size_t i = 0; i < kPacks<Pack>; ++i)
      oneSided[i] = twoSided[i] = Broadcast<Pack>(1);
   for (std::size_t k = 0; k < nCuts; ++k) {
      if constexpr (!Step::kHard) {
         if (!cuts[k].IsOneSided()) {
            ForwardTwoSided<Pack, Step, Derivatives>(cuts[k], columns[k] + first, work.fCuts[k], twoSided);
            continue;
         }
      }
      ForwardOneSided<Pack, Step, Derivatives>(cuts[k], columns[k] + first, work.fCuts[k], oneSided);
   }
}

/// Adds one block at one point to the sums of the chunk.
template <class Pack, class Step, GradCutDerivatives Derivatives, int NWeights>
void AddBlock(std::size_t nCuts, const Cut<Pack> *cuts, const typename Pack::Real *const *columns, std::size_t first,
              Work<Pack> &work, const ChunkWeights<Pack, NWeights> &weights, std::size_t firstWeight,
              Sums<Pack, NWeights> &sums)
{
   BlockOf<Pack> oneSided, twoSided, plain[NWeights], selected[NWeights];
   Forward<Pack, Step, Derivatives>(nCuts, cuts, columns, first, work, oneSided, twoSided);
   for (int j = 0; j < NWeights; ++j) {
      for (std::size_t i = 0; i < kPacks<Pack>; ++i) {
         plain[j][i] = Load<Pack>(weights.fW[j] + firstWeight + i * Pack::kLanes);
         selected[j][i] = oneSided[i] * twoSided[i] * plain[j][i];
         sums.fSum[0][j] += selected[j][i];
      }
   }
   if constexpr (Derivatives != kGradCutValues) {
      BlockOf<Pack> &others = oneSided; // product of the one-sided cuts and of the two-sided ones after cut k
      for (std::size_t k = nCuts; k-- > 0;) {
         auto &cut = work.fCuts[k];
         if (cuts[k].IsOneSided()) {
            AddWeighted<Pack, NWeights>(cut.fLow, selected, sums.fSum[cuts[k].HasLow() ? 1 + k : 1 + nCuts + k]);
         } else {
            for (std::size_t i = 0; i < kPacks<Pack>; ++i) {
               const auto exclusive = cut.fBefore[i] * others[i];
               others[i] *= cut.fValue[i];
               cut.fLow[i] *= exclusive;
               cut.fHigh[i] *= exclusive;
               cut.fWidth[i] *= exclusive;
            }
            AddWeighted<Pack, NWeights>(cut.fLow, plain, sums.fSum[1 + k]);
            AddWeighted<Pack, NWeights>(cut.fHigh, plain, sums.fSum[1 + nCuts + k]);
         }
         if constexpr (Derivatives == kGradCutAll)
            AddWeighted<Pack, NWeights>(cut.fWidth, cuts[k].IsOneSided() ? selected : plain,
                                        sums.fSum[1 + 2 * nCuts + k]);
      }
   }
}

} // namespace

#endif
