/// \file BinsIndex.hxx
/// \brief The bin of an event where bins are hard, in double whatever the columns are.
#ifndef GRADCUT_KERNELS_BINSINDEX_HXX
#define GRADCUT_KERNELS_BINSINDEX_HXX

#include "BinsBlock.hxx"

#include <cmath>
#include <limits>

namespace {

constexpr std::size_t kIndexBlock = 256; // events

/// Number of events of a block: known when compiling for the single one that a Define asks for.
template <std::size_t Fixed>
struct Count {
   std::size_t fN;
   constexpr operator std::size_t() const { return Fixed ? Fixed : fN; }
};

struct IndexWork {
   double fX[GRADCUT_MAX_BIN_COLUMNS][kIndexBlock];
   double fScore[kIndexBlock], fBest[kIndexBlock], fZ[kIndexBlock];
   std::int64_t fBin[kIndexBlock], fPlace[kIndexBlock];
};

/// How many of the edges `x` has reached. (Templates of the library would be shared by the instruction sets.)
GRADCUT_INLINE std::int64_t NumberBelow(const double *edges, std::size_t n, double x)
{
   std::size_t low = 0, high = n;
   while (low < high) {
      const std::size_t middle = (low + high) / 2;
      if (x >= edges[middle])
         low = middle + 1;
      else
         high = middle;
   }
   return static_cast<std::int64_t>(low);
}

template <class Real, class N>
void AxesIndex(const GradCutBins &bins, const double *edges, const Real *const *columns, std::size_t first, N n,
               IndexWork &work)
{
   for (std::size_t i = 0; i < n; ++i)
      work.fBin[i] = 0;
   for (std::size_t a = 0; a < bins.fNColumns; edges += bins.fNEdges[a], ++a) {
      const std::size_t nEdges = bins.fNEdges[a];
      const Real *x = columns[a] + first;
      if (nEdges > 32) { // halving beats counting
         for (std::size_t i = 0; i < n; ++i)
            work.fPlace[i] = NumberBelow(edges, nEdges, static_cast<double>(x[i]));
      } else {
         for (std::size_t i = 0; i < n; ++i)
            work.fPlace[i] = 0;
         for (std::size_t k = 0; k < nEdges; ++k)
            for (std::size_t i = 0; i < n; ++i)
               work.fPlace[i] += static_cast<double>(x[i]) >= edges[k];
      }
      const auto size = static_cast<std::int64_t>(nEdges + 1);
      for (std::size_t i = 0; i < n; ++i)
         work.fBin[i] = work.fBin[i] * size + work.fPlace[i];
   }
}

/// Takes over the scores of a bin where they are larger.
template <class N>
GRADCUT_INLINE void Compete(std::size_t k, N n, IndexWork &work)
{
   for (std::size_t i = 0; i < n; ++i) {
      const bool better = work.fScore[i] > work.fBest[i];
      work.fBin[i] = better ? static_cast<std::int64_t>(k) : work.fBin[i];
      work.fBest[i] = better ? work.fScore[i] : work.fBest[i];
   }
}

template <class Real, class N>
void SoftmaxIndex(const GradCutBins &bins, const double *biases, const Real *const *columns, std::size_t first, N n,
                  IndexWork &work)
{
   for (std::size_t k = 0; k < bins.fNBins; ++k) {
      for (std::size_t i = 0; i < n; ++i)
         work.fScore[i] = static_cast<double>(columns[k][first + i]) + biases[k];
      Compete(k, n, work);
   }
}

template <class Real, class N>
void MixtureIndex(const GradCutBins &bins, const double *parameters, const Real *const *columns, std::size_t first, N n,
                  IndexWork &work)
{
   const std::size_t d = bins.fNColumns, nBins = bins.fNBins;
   const double *mean = parameters + nBins, *row = mean + nBins * d;
   for (std::size_t c = 0; c < d; ++c)
      for (std::size_t i = 0; i < n; ++i)
         work.fX[c][i] = static_cast<double>(columns[c][first + i]);
   for (std::size_t k = 0; k < nBins; ++k, mean += d) {
      double constant = parameters[k];
      for (std::size_t i = 0; i < n; ++i)
         work.fScore[i] = 0.;
      for (std::size_t r = 0; r < d; row += ++r) {
         constant += std::log(row[r]);
         for (std::size_t i = 0; i < n; ++i)
            work.fZ[i] = row[0] * (work.fX[0][i] - mean[0]);
         for (std::size_t c = 1; c <= r; ++c)
            for (std::size_t i = 0; i < n; ++i)
               work.fZ[i] += row[c] * (work.fX[c][i] - mean[c]);
         for (std::size_t i = 0; i < n; ++i)
            work.fScore[i] -= 0.5 * (work.fZ[i] * work.fZ[i]);
      }
      for (std::size_t i = 0; i < n; ++i)
         work.fScore[i] += constant;
      Compete(k, n, work);
   }
}

/// Bins of up to a block of events at a point, into `work.fBin`.
template <class Real, class N>
void IndexBlock(const GradCutBins &bins, std::size_t point, const Real *const *columns, std::size_t first, N n,
                IndexWork &work)
{
   const double *parameters = bins.fParameters + point * bins.fNParameters;
   for (std::size_t i = 0; i < n; ++i) {
      work.fBin[i] = 0;
      work.fBest[i] = -std::numeric_limits<double>::infinity();
   }
   switch (bins.fKind) {
   case kGradCutAxes: AxesIndex(bins, parameters, columns, first, n, work); break;
   case kGradCutMixture: MixtureIndex(bins, parameters, columns, first, n, work); break;
   case kGradCutSoftmax: SoftmaxIndex(bins, parameters, columns, first, n, work); break;
   }
   ForMissing(bins, columns, first, n, [&](std::size_t i) { work.fBin[i] = -1; });
}

} // namespace

#endif
