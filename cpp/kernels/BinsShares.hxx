/// \file BinsShares.hxx
/// \brief The softmax of scores on a block of events, forth and back: what mixtures and outputs have in common.
///
/// Scores come multiplied by `Unit`, so that single precision takes powers of two.
#ifndef GRADCUT_KERNELS_BINSSHARES_HXX
#define GRADCUT_KERNELS_BINSSHARES_HXX

#include "BinsBlock.hxx"

#include <cmath>

namespace {

/// Exponentials of scores, which are never above zero.
struct Exponential {
   static constexpr double Unit(DoublePack) { return 1.; }
   static constexpr double Unit(FloatPack) { return 1.44269504088896341; } // 1 / ln 2
   GRADCUT_INLINE double Of(double x) { return std::exp(x); }
   GRADCUT_INLINE FloatVector Of(FloatVector x) { return PowerOfTwo(Larger(x, FloatVector{} - 126.f)); }
};

/// Lowest score: what is further away than that is equally far.
template <class Pack>
constexpr typename Pack::Real kLowest = Pack::kLanes == 1 ? typename Pack::Real(-1e300) : typename Pack::Real(-1e37);

/// Shares from scores; scores become what they are below the largest.
template <class Pack>
GRADCUT_INLINE void SharesOfScores(std::size_t n, const BinsPacks<Pack> &largest, BinsPacks<Pack> *scores,
                                   BinsPacks<Pack> *p)
{
   BinsPacks<Pack> sum = {};
   for (std::size_t k = 0; k < n; ++k) {
      for (std::size_t i = 0; i < kBinsPacks<Pack>; ++i) {
         scores[k][i] -= largest[i];
         p[k][i] = Exponential::Of(scores[k][i]);
         sum[i] += p[k][i];
      }
   }
   for (auto &s : sum)
      s = Reciprocal(s);
   for (std::size_t k = 0; k < n; ++k)
      for (std::size_t i = 0; i < kBinsPacks<Pack>; ++i)
         p[k][i] *= sum[i];
}

/// Cotangents of shares into those of (natural) scores, in place. Returns `sum r score` for the temperature.
template <class Pack>
GRADCUT_INLINE typename Pack::Type BackToScores(std::size_t n, const BinsPacks<Pack> *scores, const BinsPacks<Pack> *p,
                                                BinsPacks<Pack> *g)
{
   BinsPacks<Pack> mean = {};
   for (std::size_t k = 0; k < n; ++k)
      for (std::size_t i = 0; i < kBinsPacks<Pack>; ++i)
         mean[i] += p[k][i] * g[k][i];
   typename Pack::Type temperature{};
   for (std::size_t k = 0; k < n; ++k) {
      for (std::size_t i = 0; i < kBinsPacks<Pack>; ++i) {
         g[k][i] = p[k][i] * (g[k][i] - mean[i]);
         temperature += g[k][i] * scores[k][i];
      }
   }
   return temperature;
}

} // namespace

#endif
