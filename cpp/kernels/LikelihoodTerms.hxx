/// \file LikelihoodTerms.hxx
/// \brief Poisson terms of a likelihood without cancellation, and what they have in constants.
#ifndef GRADCUT_KERNELS_LIKELIHOODTERMS_HXX
#define GRADCUT_KERNELS_LIKELIHOODTERMS_HXX

#include "Duals.hxx"

#include <algorithm>
#include <cmath>
#include <limits>

namespace GradCut {

/// Rates below this part of `n` are continued by a parabola.
constexpr double kRateFloor = 1e-20;

/// `x - 1 - log x`, where it is small too.
inline double ExcessOverLog(double x)
{
   const double t = x - 1.;
   if (std::fabs(t) > 0.1)
      return t - std::log(x);
   // log(1 + t) = 2 atanh(y) with y = t / (2 + t), and t - 2 y = t y.
   const double y = t / (2. + t), square = y * y;
   double series = 0.;
   for (int k = 15; k >= 3; k -= 2)
      series = series * square + 1. / k;
   return t * y - 2. * y * square * series;
}

/// One Poisson term less its value at `nu = n` (half a deviance), a function of the rate.
struct PoissonTerm {
   double fValue = 0., fSlope = 0., fCurvature = 0.;
   bool fFloored = false; ///< no rate that a Poisson distribution could have, or none near the data
};

inline PoissonTerm PoissonAt(double n, double nu, double floor)
{
   if (n == 0.)
      return {nu, 1., 0., nu < 0.};
   const double x = nu / n;
   if (x >= floor)
      return {n * ExcessOverLog(x), 1. - 1. / x, 1. / (x * nu), false};
   const double t = x - floor, slope = 1. - 1. / floor, curvature = 1. / (floor * floor);
   return {n * (ExcessOverLog(floor) + t * (slope + 0.5 * t * curvature)), slope + t * curvature, curvature / n, true};
}

/// The slope in the rate, and that of `nu - n log nu` in `n`.
template <class Number>
struct PoissonSlopes {
   Number fRate, fData;
};

template <class Number>
PoissonSlopes<Number> PoissonSlopesAt(double n, const Number &nu, double floor)
{
   const double rate = ValueOf(nu);
   const Number one(1.);
   if (n == 0.) {
      const bool positive = rate >= std::numeric_limits<double>::min();
      return {one, Number(0.) - (positive ? Log(nu) : Number(std::log(std::numeric_limits<double>::min())))};
   }
   const Number x = nu * Number(1. / n);
   if (rate / n >= floor)
      return {one - Inverse(x), Number(0.) - Log(nu)};
   // n (h(e) + h'(e) t + t^2/(2 e^2)) - n log n with h(x) = x - 1 - log x, t = x - e and x = nu / n, less the constant
   // n - n log n + ...: what is left of its derivative in n.
   const double slope = 1. - 1. / floor, curvature = 1. / (floor * floor);
   const Number t = x - Number(floor), dx = Number(slope) + Number(curvature) * t;
   const Number h = Number(ExcessOverLog(floor)) + t * (Number(slope) + Number(0.5 * curvature) * t);
   return {dx, h - x * dx - Number(std::log(n))};
}

/// `log Gamma(x) - (x - 1/2) log x + x` for large `x`: Stirling's series.
inline double StirlingRest(double x)
{
   const double r = 1. / x, s = r * r;
   return 0.91893853320467274178 + r * (1. / 12. - s * (1. / 360. - s * (1. / 1260. - s * (1. / 1680. - s / 1188.))));
}

/// `n - n log n + log Gamma(n + 1)`: what a whole Poisson term has more. (`std::lgamma` writes a global variable.)
inline double PoissonConstant(double n)
{
   if (n == 0.)
      return 0.;
   if (n >= 30.) // the large terms cancel on paper: log Gamma(n + 1) = log n + log Gamma(n)
      return 0.5 * std::log(n) + StirlingRest(n);
   double x = n + 1., product = 1.;
   for (; x < 30.; x += 1.)
      product *= x;
   return n - n * std::log(n) + (x - 0.5) * std::log(x) - x + StirlingRest(x) - std::log(product);
}

/// Derivative of `log Gamma(n + 1)`: that of a Poisson term is this and that of `nu - n log nu`.
inline double LogGammaSlope(double n)
{
   double x = n + 1., sum = 0.;
   for (; x < 12.; x += 1.)
      sum -= 1. / x;
   const double s = 1. / (x * x);
   return sum + std::log(x) - 0.5 / x -
          s * (1. / 12. - s * (1. / 120. - s * (1. / 252. - s * (1. / 240. - s * (1. / 132. - s * 691. / 32760.)))));
}

} // namespace GradCut

#endif
