/// \file Weights.hxx
/// \brief The powers of the event weights that moments are made of.
#ifndef GRADCUT_KERNELS_WEIGHTS_HXX
#define GRADCUT_KERNELS_WEIGHTS_HXX

#include "Packs.hxx"

namespace {

constexpr std::size_t kChunk = 2048;

/// Weights of a chunk: one array per moment, or a single one that holds the cotangents' combination of them. Padded
/// with zeros to whole blocks, so that what stands beyond the last event counts for nothing.
template <class Pack, int NWeights>
struct ChunkWeights {
   alignas(64) typename Pack::Real fW[NWeights][kChunk];
};

/// Weights beyond the range in which a float can hold their square are scaled; returns the scale of the chunk.
template <class Pack>
double WeightScale(std::size_t n, const typename Pack::Real *weights)
{
   if (Pack::kLanes == 1)
      return 1.;
   // A reduction over independent lanes, which the compiler turns into vector code.
   using Real = typename Pack::Real;
   constexpr std::size_t kLanes = 16;
   Real largest[kLanes] = {};
   for (std::size_t first = 0; first < n; first += kLanes) {
      const std::size_t lanes = n - first < kLanes ? n - first : kLanes;
      for (std::size_t lane = 0; lane < lanes; ++lane) {
         const Real w = weights[first + lane] < Real(0) ? -weights[first + lane] : weights[first + lane];
         largest[lane] = w > largest[lane] ? w : largest[lane];
      }
   }
   double maximum = 0.;
   for (const Real lane : largest)
      maximum = lane > maximum ? static_cast<double>(lane) : maximum;
   return maximum == 0. || (maximum > 1e-12 && maximum < 1e12) ? 1. : maximum;
}

template <class Pack>
void FillPowers(std::size_t n, const typename Pack::Real *weights, double scale, ChunkWeights<Pack, 3> &powers)
{
   using Real = typename Pack::Real;
   const Real inverse = static_cast<Real>(1. / scale);
   for (std::size_t i = 0; i < n; ++i) {
      const Real w = weights[i] * inverse;
      powers.fW[0][i] = weights[i] != Real(0) ? Real(1) : Real(0);
      powers.fW[1][i] = w;
      powers.fW[2][i] = w * w;
   }
   for (std::size_t i = n; i < kChunk; ++i)
      powers.fW[0][i] = powers.fW[1][i] = powers.fW[2][i] = Real(0);
}

} // namespace

#endif
