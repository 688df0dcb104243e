/// \file BinsSoftmax.hxx
/// \brief One bin per output of a network (formulas: gradcut/kernels/Bins.h).
#ifndef GRADCUT_KERNELS_BINSSOFTMAX_HXX
#define GRADCUT_KERNELS_BINSSOFTMAX_HXX

#include "BinsShares.hxx"

namespace {

template <class Pack>
class SoftmaxModel {
public:
   using Real = typename Pack::Real;
   using Type = typename Pack::Type;
   using Packs = BinsPacks<Pack>;
   /// An infinite output is a very large one.
   static constexpr Real kLimit = Pack::kLanes == 1 ? Real(1e290) : Real(1e30f);

   explicit SoftmaxModel(const GradCutBins &bins) : fBins(bins) {}

   void SetPoint(std::size_t point)
   {
      const double *parameters = fBins.fParameters + point * fBins.fNParameters;
      fTemperature = parameters[fBins.fNBins];
      fSlope = static_cast<Real>(Exponential::Unit(Pack{}) / fTemperature);
      for (std::size_t k = 0; k < fBins.fNBins; ++k)
         fBias[k] = parameters[k] < -kLimit ? -kLimit : static_cast<Real>(parameters[k]);
   }

   std::size_t NTiles() const { return 1; }

   void Forward(const BinsEvents<Pack> &x, Packs *p)
   {
      Packs largest;
      for (auto &l : largest)
         l = Broadcast<Pack>(kLowest<Pack>);
      for (std::size_t k = 0; k < fBins.fNBins; ++k) {
         for (std::size_t i = 0; i < kBinsPacks<Pack>; ++i) {
            fScores[k][i] = (x.fX[k][i] + fBias[k]) * fSlope;
            largest[i] = Larger(largest[i], fScores[k][i]);
         }
      }
      SharesOfScores<Pack>(fBins.fNBins, largest, fScores, p);
   }
   void ForwardForGradient(const BinsEvents<Pack> &x, Packs *p) { Forward(x, p); }

   void Backward(const BinsEvents<Pack> &, const Packs *p, Packs *g, std::size_t)
   {
      fTemperatureSum += BackToScores<Pack>(fBins.fNBins, fScores, p, g);
      for (std::size_t k = 0; k < fBins.fNBins; ++k)
         for (std::size_t i = 0; i < kBinsPacks<Pack>; ++i)
            fBiasSum[k] += g[k][i];
   }

   void Clear()
   {
      fTemperatureSum = Type{};
      for (std::size_t k = 0; k < fBins.fNBins; ++k)
         fBiasSum[k] = Type{};
   }

   void Flush(double scale, std::size_t, double *gradient) const
   {
      const double factor = scale / fTemperature;
      for (std::size_t k = 0; k < fBins.fNBins; ++k)
         gradient[k] += factor * SumOfLanes(fBiasSum[k]);
      gradient[fBins.fNBins] -= factor / Exponential::Unit(Pack{}) * SumOfLanes(fTemperatureSum);
   }

private:
   const GradCutBins &fBins;
   double fTemperature;
   Real fSlope;
   Real fBias[GRADCUT_MAX_COMPONENTS];
   alignas(64) Packs fScores[GRADCUT_MAX_COMPONENTS];
   Type fBiasSum[GRADCUT_MAX_COMPONENTS], fTemperatureSum;
};

} // namespace

#endif
