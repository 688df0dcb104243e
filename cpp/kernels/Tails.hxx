/// \file Tails.hxx
/// \brief From test statistics to probabilities, in logarithms and with derivatives.
#ifndef GRADCUT_KERNELS_TAILS_HXX
#define GRADCUT_KERNELS_TAILS_HXX

#include <gradcut/kernels/HypoTest.h>

#include "Duals.hxx"

#include <array>
#include <cmath>

namespace GradCut {

/// `log Phi(x)`.
inline double LogPhi(double x)
{
   constexpr double kRootHalf = 0.70710678118654752440;
   if (x > 0.)
      return std::log1p(-0.5 * std::erfc(x * kRootHalf));
   if (x > -20.)
      return std::log(0.5 * std::erfc(-x * kRootHalf));
   // phi(x)/|x| (1 - 1/x^2 + 3/x^4 - 15/x^6 ...)
   const double s = 1. / (x * x);
   double sum = 1.;
   for (int k = 15; k >= 1; k -= 2)
      sum = 1. - k * s * sum;
   return -0.5 * x * x - 0.91893853320467274178 - std::log(-x) + std::log(sum);
}

/// With its derivative, the inverse of Mills' ratio.
inline Dual LogPhi(const Dual &x)
{
   const double y = LogPhi(x.fValue);
   return Chain(x, y, std::exp(-0.5 * x.fValue * x.fValue - 0.91893853320467274178 - y), 0.);
}

inline Dual RootOf(const Dual &x)
{
   const double y = std::sqrt(std::fmax(x.fValue, 0.));
   return Chain(x, y, y > 1e-7 ? 0.5 / y : 0., 0.);
}

/// `log(e^x + e^y)`.
inline Dual LogSum(const Dual &x, const Dual &y)
{
   const Dual &large = x.fValue > y.fValue ? x : y, &small = x.fValue > y.fValue ? y : x;
   const Dual rest = Exp(small - large);
   return large + Log(Dual(1.) + rest);
}

/// All outputs of a test with the derivative along one direction of `(q, q_A)`.
inline std::array<Dual, kGradCutTestOutputs> TailsAt(GradCutTestStatistic statistic, const Dual &q, const Dual &qA)
{
   static constexpr double kSigmas[5] = {2., 1., 0., -1., -2.};
   const Dual r = RootOf(q), a = RootOf(qA), zero(0.), logTwo(0.69314718055994530942);
   const auto minus = [&](const Dual &x) { return zero - x; };
   const auto both = [&](const Dual &x) { return LogSum(LogPhi(minus(x) - a), LogPhi(a - x)); };
   std::array<Dual, kGradCutTestOutputs> out;
   out[kGradCutTestQ] = q;
   out[kGradCutTestQAsimov] = qA;
   out[kGradCutTestZAsimov] = a;
   if (statistic == kGradCutTMu) {
      out[kGradCutTestZ] = r;
      out[kGradCutTestLogPsb] = logTwo + LogPhi(minus(r));
      out[kGradCutTestLogPb] = both(r);
   } else {
      const bool beyond = statistic == kGradCutQMuTilde && q.fValue > qA.fValue && a.fValue > 1e-7;
      const Dual t = beyond ? (q - qA) * Inverse(a + a) : r - a;
      out[kGradCutTestZ] = beyond ? t + a : r;
      out[kGradCutTestLogPsb] = LogPhi(minus(out[kGradCutTestZ]));
      out[kGradCutTestLogPb] = LogPhi(minus(t));
   }
   out[kGradCutTestLogCLs] = out[kGradCutTestLogPsb] - out[kGradCutTestLogPb];
   for (std::size_t k = 0; k < 5; ++k) {
      const Dual n(kSigmas[k]), sum = n + a;
      Dual band;
      if (statistic == kGradCutTMu) {
         const Dual root = sum.fValue < 0. ? minus(sum) : sum;
         band = logTwo + LogPhi(minus(root)) - both(root);
      } else {
         band = LogPhi(minus(sum));
         if (statistic != kGradCutQ0)
            band = band - LogPhi(minus(n));
      }
      out[kGradCutTestLogBand + k] = band;
      out[kGradCutTestBand + k] = Exp(band);
   }
   out[kGradCutTestPsb] = Exp(out[kGradCutTestLogPsb]);
   out[kGradCutTestPb] = Exp(out[kGradCutTestLogPb]);
   out[kGradCutTestCLs] = Exp(out[kGradCutTestLogCLs]);
   return out;
}

/// A number of a test and its derivatives in `q` and `q_A`.
struct TailNumber {
   double fValue, fDQ, fDQAsimov;
};

inline TailNumber TailAt(GradCutTestStatistic statistic, std::size_t which, double q, double qA)
{
   const Dual inQ = TailsAt(statistic, Dual(q, 1.), Dual(qA))[which];
   const Dual inQA = TailsAt(statistic, Dual(q), Dual(qA, 1.))[which];
   return {inQ.fValue, inQ.fFirst, inQA.fFirst};
}

} // namespace GradCut

#endif
