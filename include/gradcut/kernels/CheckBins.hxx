/// \file CheckBins.hxx
/// \brief Whether bins make sense, for all who make some: the kernels trust what they are given.
#ifndef GRADCUT_KERNELS_CHECKBINS_HXX
#define GRADCUT_KERNELS_CHECKBINS_HXX

#include <gradcut/kernels/Bins.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <stdexcept>

namespace GradCut {

/// \brief Number of parameters at a point, after a check of everything that does not depend on their values.
/// \throws std::invalid_argument saying what is wrong
inline std::size_t CountBinParameters(const GradCutBins &bins)
{
   const auto require = [](bool condition, const char *message) {
      if (!condition)
         throw std::invalid_argument(message);
   };
   require(bins.fKind >= kGradCutAxes && bins.fKind <= kGradCutSoftmax,
           "kind is not one of 0 (axes), 1 (mixture), 2 (softmax)");
   require(bins.fStep >= kGradCutHard && bins.fStep <= kGradCutGaussian,
           "step is not one of 0 (hard), 1 (logistic), 2 (Gaussian)");
   require(bins.fNBins >= 1 && bins.fNBins <= GRADCUT_MAX_BINS, "there are 1 to 1024 bins");
   if (bins.fKind != kGradCutAxes) {
      require(!bins.fLocalWidth && !bins.fReflect, "only axes have local widths and reflection");
      require(bins.fNBins <= GRADCUT_MAX_COMPONENTS, "there are at most 128 components or outputs");
   }
   if (bins.fKind == kGradCutSoftmax) {
      require(bins.fNColumns == bins.fNBins, "a softmax has one column per bin");
      return bins.fNBins + 1;
   }
   require(bins.fNColumns >= 1 && bins.fNColumns <= GRADCUT_MAX_BIN_COLUMNS, "bins have 1 to 16 columns");
   const std::size_t nColumns = bins.fNColumns;
   if (bins.fKind == kGradCutMixture)
      return bins.fNBins * (1 + nColumns + nColumns * (nColumns + 1) / 2) + 1;
   std::size_t nBins = 1, nEdges = 0;
   for (std::size_t a = 0; a < nColumns; ++a) {
      require(!bins.fReflect || bins.fNEdges[a] >= 2, "reflection needs at least two edges");
      require(bins.fNEdges[a] < GRADCUT_MAX_BINS, "there are 1 to 1024 bins");
      nEdges += bins.fNEdges[a];
      nBins *= bins.fNEdges[a] + 1;
      require(nBins <= GRADCUT_MAX_BINS, "there are 1 to 1024 bins");
   }
   require(nBins == bins.fNBins, "n edges make n + 1 bins, several axes the product");
   return nEdges + nColumns;
}

/// \brief Check bins with the parameters of all points.
/// \throws std::invalid_argument saying what is wrong
inline void CheckBins(const GradCutBins &bins)
{
   const auto require = [](bool condition, const char *message) {
      if (!condition)
         throw std::invalid_argument(message);
   };
   require(CountBinParameters(bins) == bins.fNParameters, "parameters need the shape (points, parameters of the bins)");
   const double infinity = std::numeric_limits<double>::infinity();
   const std::size_t nColumns = bins.fNColumns, nBins = bins.fNBins;
   for (std::size_t p = 0; p < bins.fNPoints; ++p) {
      const double *at = bins.fParameters + p * bins.fNParameters, *end = at + bins.fNParameters;
      for (const double *x = at; x < end; ++x)
         require(std::isfinite(*x) || (*x == -infinity && bins.fKind != kGradCutAxes && x < at + nBins),
                 "a parameter is not finite");
      if (bins.fKind == kGradCutAxes) {
         for (std::size_t a = 0; a < nColumns; at += bins.fNEdges[a], ++a) {
            for (std::size_t k = 1; k < bins.fNEdges[a]; ++k)
               require(at[k - 1] <= at[k], "edges decrease");
         }
         for (; at < end; ++at)
            require(bins.fStep == kGradCutHard || *at > 0., "a width is not positive");
         continue;
      }
      require(bins.fStep == kGradCutHard || end[-1] > 0., "a temperature is not positive");
      if (bins.fKind == kGradCutMixture) {
         at += nBins * (1 + nColumns);
         for (std::size_t k = 0; k < nBins; ++k) {
            for (std::size_t i = 0; i < nColumns; at += ++i)
               require(at[i] > 0., "a diagonal element of a precision factor is not positive");
         }
      }
   }
}

} // namespace GradCut

#endif
