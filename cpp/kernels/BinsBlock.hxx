/// \file BinsBlock.hxx
/// \brief A block of events as the kernels of bins see them.
///
/// Included by sources that are compiled once per instruction set, hence the unnamed namespace.
#ifndef GRADCUT_KERNELS_BINSBLOCK_HXX
#define GRADCUT_KERNELS_BINSBLOCK_HXX

#include "Weights.hxx"

#include <gradcut/kernels/Bins.h>

namespace {

template <class Pack>
constexpr std::size_t kBinsBlock = Pack::kLanes == 1 ? 16 : 32; // events

/// Packs in a block.
template <class Pack>
constexpr std::size_t kBinsPacks = kBinsBlock<Pack> / Pack::kLanes;

/// One number per event of a block.
template <class Pack>
using BinsPacks = typename Pack::Type[kBinsPacks<Pack>];

template <class Pack>
constexpr std::size_t BlockSize(std::size_t n)
{
   return n < kBinsBlock<Pack> ? n : kBinsBlock<Pack>;
}

/// Up to a block of numbers; zeros behind the last.
template <class Pack>
GRADCUT_INLINE void LoadBlock(const typename Pack::Real *from, std::size_t n, BinsPacks<Pack> &to)
{
   alignas(64) typename Pack::Real padded[kBinsBlock<Pack>] = {};
   if (n < kBinsBlock<Pack>) {
      for (std::size_t i = 0; i < n; ++i)
         padded[i] = from[i];
      from = padded;
   }
   for (std::size_t i = 0; i < kBinsPacks<Pack>; ++i)
      to[i] = Load<Pack>(from + i * Pack::kLanes);
}

template <class Pack>
GRADCUT_INLINE void StoreBlock(const BinsPacks<Pack> &from, std::size_t n, typename Pack::Real *to)
{
   if (n == kBinsBlock<Pack>) {
      for (std::size_t i = 0; i < kBinsPacks<Pack>; ++i)
         Store<Pack>(to + i * Pack::kLanes, from[i]);
      return;
   }
   alignas(64) typename Pack::Real padded[kBinsBlock<Pack>];
   for (std::size_t i = 0; i < kBinsPacks<Pack>; ++i)
      Store<Pack>(padded + i * Pack::kLanes, from[i]);
   for (std::size_t i = 0; i < n; ++i)
      to[i] = padded[i];
}

/// The columns of a block, made finite: what is missing gets some number, and a weight of zero (\ref ForMissing).
template <class Pack>
struct BinsEvents {
   using Real = typename Pack::Real;
   alignas(64) BinsPacks<Pack> fX[GRADCUT_MAX_COMPONENTS];

   void Load(const GradCutBins &bins, const Real *const *columns, std::size_t first, std::size_t n, Real limit)
   {
      for (std::size_t c = 0; c < bins.fNColumns; ++c) {
         LoadBlock<Pack>(columns[c] + first, n, fX[c]);
         for (auto &x : fX[c])
            x = ClampMissingLow(x, limit);
      }
   }
};

/// Calls `f(i)` for the events of a range that lack a column: NaN, in a mixture also an infinite one.
template <class Real, class F>
GRADCUT_INLINE void ForMissing(const GradCutBins &bins, const Real *const *columns, std::size_t first, std::size_t n,
                               F &&f)
{
   for (std::size_t c = 0; c < bins.fNColumns; ++c) {
      const Real *x = columns[c] + first;
      const bool finite = bins.fKind == kGradCutMixture;
      // Looking first whether there is any turns the usual case into vector code.
      int missing = 0;
      for (std::size_t i = 0; i < n; ++i)
         missing |= !(x[i] - (finite ? x[i] : Real(0)) == (finite ? Real(0) : x[i]));
      if (!missing)
         continue;
      for (std::size_t i = 0; i < n; ++i) {
         if (!(x[i] - (finite ? x[i] : Real(0)) == (finite ? Real(0) : x[i])))
            f(i);
      }
   }
}

} // namespace

#endif
