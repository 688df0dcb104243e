/// \file BinsMixture.hxx
/// \brief One bin per component of a Gaussian mixture (formulas: gradcut/kernels/Bins.h).
///
/// With `r_k` the derivative in the score of a component and `d = x - mu_k`, all derivatives follow from the sums of
/// `r`, `r d_i` and `r d_i d_j` over events, so that the way back never sees the precisions.
#ifndef GRADCUT_KERNELS_BINSMIXTURE_HXX
#define GRADCUT_KERNELS_BINSMIXTURE_HXX

#include "BinsShares.hxx"

namespace {

/// Numbers in a triangle.
constexpr std::size_t Triangle(std::size_t n)
{
   return n * (n + 1) / 2;
}

template <class Pack>
class MixtureModel {
public:
   using Real = typename Pack::Real;
   using Type = typename Pack::Type;
   using Packs = BinsPacks<Pack>;
   /// Its square, times a precision, is finite.
   static constexpr Real kLimit = Pack::kLanes == 1 ? Real(1e140) : Real(1e15f);

   explicit MixtureModel(const GradCutBins &bins)
      : fBins(bins), fD(bins.fNColumns), fRow(1 + fD + Triangle(fD)), fPerTile(kSums / fRow)
   {
   }

   void SetPoint(std::size_t point)
   {
      fPoint = fBins.fParameters + point * fBins.fNParameters;
      const std::size_t n = fBins.fNBins;
      fTemperature = fPoint[fBins.fNParameters - 1];
      const double unit = Exponential::Unit(Pack{}) / fTemperature, root = std::sqrt(0.5 * unit);
      for (std::size_t k = 0; k < n; ++k) {
         const double *factor = Factor(k);
         double score = fPoint[k];
         for (std::size_t i = 0; i < fD; ++i) {
            score += std::log(factor[Triangle(i) + i]);
            fMean[k * fD + i] = static_cast<Real>(fPoint[n + k * fD + i]);
         }
         for (std::size_t i = 0; i < Triangle(fD); ++i)
            fFactor[k * Triangle(fD) + i] = static_cast<Real>(root * factor[i]);
         score *= unit;
         fConstant[k] = score > kLowest<Pack> ? static_cast<Real>(score) : kLowest<Pack>;
      }
   }

   /// Groups of components for which there is room for sums.
   std::size_t NTiles() const { return (fBins.fNBins + fPerTile - 1) / fPerTile; }

   void Forward(const BinsEvents<Pack> &x, Packs *p)
   {
      Packs largest;
      for (auto &l : largest)
         l = Broadcast<Pack>(kLowest<Pack>);
      WithDimension([&](auto d) { Scores<d.value>(x, largest); });
      SharesOfScores<Pack>(fBins.fNBins, largest, fScores, p);
   }
   void ForwardForGradient(const BinsEvents<Pack> &x, Packs *p) { Forward(x, p); }

   void Backward(const BinsEvents<Pack> &x, const Packs *p, Packs *g, std::size_t tile)
   {
      const Type temperature = BackToScores<Pack>(fBins.fNBins, fScores, p, g);
      if (tile == 0)
         fTemperatureSum += temperature;
      WithDimension([&](auto d) { AddSums<d.value>(x, g, tile); });
   }

   void Clear()
   {
      fTemperatureSum = Type{};
      const std::size_t n = fBins.fNBins < fPerTile ? fBins.fNBins : fPerTile;
      for (std::size_t i = 0; i < n * fRow; ++i)
         fSums[i] = Type{};
   }

   void Flush(double scale, std::size_t tile, double *gradient) const
   {
      const std::size_t n = fBins.fNBins, first = tile * fPerTile, last = End(tile);
      const double perT = scale / fTemperature;
      gradient[fBins.fNParameters - 1] -= perT / Exponential::Unit(Pack{}) * SumOfLanes(fTemperatureSum);
      for (std::size_t k = first; k < last; ++k) {
         const Type *sums = fSums + (k - first) * fRow;
         const double *factor = Factor(k);
         double *mean = gradient + n + k * fD, *triangle = gradient + n + n * fD + k * Triangle(fD);
         double one[GRADCUT_MAX_BIN_COLUMNS], two[GRADCUT_MAX_BIN_COLUMNS][GRADCUT_MAX_BIN_COLUMNS];
         const double none = SumOfLanes(sums[0]);
         gradient[k] += perT * none;
         for (std::size_t i = 0; i < fD; ++i) {
            one[i] = SumOfLanes(sums[1 + i]);
            for (std::size_t j = 0; j <= i; ++j)
               two[i][j] = two[j][i] = SumOfLanes(sums[1 + fD + Triangle(i) + j]);
         }
         for (std::size_t i = 0; i < fD; ++i) {
            const double *row = factor + Triangle(i);
            double z = 0.; // sum of r (A d)_i
            for (std::size_t c = 0; c <= i; ++c)
               z += row[c] * one[c];
            for (std::size_t j = 0; j <= i; ++j) {
               mean[j] += perT * row[j] * z;
               double zd = 0.; // sum of r (A d)_i d_j
               for (std::size_t c = 0; c <= i; ++c)
                  zd += row[c] * two[c][j];
               triangle[Triangle(i) + j] += perT * ((i == j ? none / row[i] : 0.) - zd);
            }
         }
      }
   }

private:
   static constexpr std::size_t kSums = 4096;

   template <std::size_t Value>
   struct Dimension {
      static constexpr std::size_t value = Value;
   };

   /// Few dimensions are known when compiling.
   template <class F>
   void WithDimension(F &&f)
   {
      switch (fD) {
      case 1: f(Dimension<1>{}); break;
      case 2: f(Dimension<2>{}); break;
      case 3: f(Dimension<3>{}); break;
      case 4: f(Dimension<4>{}); break;
      default: f(Dimension<0>{}); break;
      }
   }

   const double *Factor(std::size_t k) const { return fPoint + fBins.fNBins * (1 + fD) + k * Triangle(fD); }
   std::size_t End(std::size_t tile) const
   {
      return fBins.fNBins < (tile + 1) * fPerTile ? fBins.fNBins : (tile + 1) * fPerTile;
   }

   template <std::size_t D>
   void Scores(const BinsEvents<Pack> &x, Packs &largest)
   {
      const std::size_t d = D ? D : fD;
      const Type lowest = Broadcast<Pack>(kLowest<Pack>);
      for (std::size_t k = 0; k < fBins.fNBins; ++k) {
         const Real *mean = fMean + k * d, *factor = fFactor + k * Triangle(d);
         for (std::size_t i = 0; i < kBinsPacks<Pack>; ++i) {
            Type score = Broadcast<Pack>(fConstant[k]);
            for (std::size_t r = 0; r < d; ++r) {
               Type z = factor[Triangle(r)] * (x.fX[0][i] - mean[0]);
               for (std::size_t c = 1; c <= r; ++c)
                  z += factor[Triangle(r) + c] * (x.fX[c][i] - mean[c]);
               score -= z * z;
            }
            score = Larger(score, lowest);
            fScores[k][i] = score;
            largest[i] = Larger(score, largest[i]);
         }
      }
   }

   template <std::size_t D>
   void AddSums(const BinsEvents<Pack> &x, const Packs *r, std::size_t tile)
   {
      const std::size_t d = D ? D : fD, row = 1 + d + Triangle(d), first = tile * fPerTile;
      constexpr std::size_t kMost = D ? D : GRADCUT_MAX_BIN_COLUMNS;
      for (std::size_t k = first; k < End(tile); ++k) {
         const Real *mean = fMean + k * d;
         Type sums[1 + kMost + Triangle(kMost)], *all = fSums + (k - first) * row;
         for (std::size_t j = 0; j < row; ++j)
            sums[j] = all[j];
         for (std::size_t i = 0; i < kBinsPacks<Pack>; ++i) {
            const Type ri = r[k][i];
            sums[0] += ri;
            for (std::size_t a = 0; a < d; ++a) {
               const Type da = x.fX[a][i] - mean[a], rd = ri * da;
               sums[1 + a] += rd;
               for (std::size_t b = 0; b <= a; ++b)
                  sums[1 + d + Triangle(a) + b] += rd * (x.fX[b][i] - mean[b]);
            }
         }
         for (std::size_t j = 0; j < row; ++j)
            all[j] = sums[j];
      }
   }

   const GradCutBins &fBins;
   const std::size_t fD, fRow, fPerTile;
   const double *fPoint;
   double fTemperature;
   Real fConstant[GRADCUT_MAX_COMPONENTS], fMean[GRADCUT_MAX_COMPONENTS * GRADCUT_MAX_BIN_COLUMNS];
   Real fFactor[GRADCUT_MAX_COMPONENTS * Triangle(GRADCUT_MAX_BIN_COLUMNS)]; ///< times the root of `Unit / 2T`
   alignas(64) Packs fScores[GRADCUT_MAX_COMPONENTS];
   Type fSums[kSums], fTemperatureSum; ///< per component of a tile: of `r`, of `r d_i`, of `r d_i d_j`
};

} // namespace

#endif
