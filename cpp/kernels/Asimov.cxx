// With v = sigma^2, D = b^2 + (s+b) v, a = s b / D and c = v s / (b (b+v)) the formula of Asimov.h can be written in
//
//    g(x) = x - ln(1+x)          (about x^2/2: every term below is of the order of s^2 by itself)
//    Z^2/2 = s^2 b^2 / ((b+v) D) - (s+b) g(a) + (b^2/v) g(c)
//
// because the terms linear in s cancel exactly: (s+b) a - (b^2/v) c = s^2 b^2 / ((b+v) D). With G(x) = g(x)/x^2, which
// is smooth and 1/2 at 0, one factor s^2 comes out of everything, nothing is divided by v, and
//
//    Z = s sqrt(2 q),   q = b^2/((b+v) D) - (s+b) (b/D)^2 G(a) + v/(b+v)^2 G(c)
//    dZ/ds = (b/D) l(a) / sqrt(2 q),                                    l(x) = ln(1+x)/x
//    dZ/db = s [ -(b/D)^2 G(a) - v/(D (b+v)) + 2 v/(b (b+v)^2) G(c) ] / sqrt(2 q)
//    dZ/dv = -s G(c) / ((b+v)^2 sqrt(2 q))
//
// For a large a the terms of q cancel instead; the printed formula is then fine as it is, in the form
//
//    q = b/((b+v) s) [ (1+a) l(a) - l(c) ].
//
// The derivatives follow from d(Z^2/2) = ln(1+a) ds + [ -g(a) - s^2 v/(D (b+v)) + (2b/v) g(c) ] db - (b^2/v^2) g(c) dv.
#include <gradcut/kernels/Asimov.h>

#include <cmath>
#include <limits>

namespace {

/// `(x - ln(1+x)) / x^2`. With `y = x/(2+x)`, `ln(1+x) = 2 atanh(y)` and `x - 2y = x y`, the leading terms cancel on
/// paper; the series is used where they would cancel in arithmetic, with as many terms as the last bit needs.
double ScaledRemainder(double x)
{
   const double size = std::fabs(x);
   if (size > 0.5)
      return (x - std::log1p(x)) / x / x;
   if (size < 1e-3)
      return 0.5 - x * (1. / 3. - x * (0.25 - x * (0.2 - x * (1. / 6. - x / 7.))));
   const double y = x / (2. + x), y2 = y * y;
   double series = 0.; // 1/3 + y^2/5 + y^4/7 + ...
   for (int k = size < 0.07 ? 15 : 37; k >= 3; k -= 2)
      series = series * y2 + 1. / k;
   const double factor = 1. / (2. + x); // y / x
   return factor - 2. * factor * factor * y * series;
}

/// `ln(1+x) / x`.
double LogRatio(double x)
{
   return std::fabs(x) < 1e-300 ? 1. : std::log1p(x) / x;
}

struct Significance {
   double fZ, fDS, fDB, fDSigma;
};

Significance Evaluate(double s, double b, double sigma)
{
   const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
   if (!(b >= 0.) || !(s + b >= 0.) || !(sigma >= 0.))
      return {nan, nan, nan, nan};
   const double v = sigma * sigma;
   if (b == 0.) {
      if (v > 0. || s == 0.)
         return {0., 0., 0., 0.};
      return {inf, 0., 0., 0.};
   }
   const double sum = b + v, total = s + b;
   const double bd = 1. / (b + total * v / b); // b / D, without squaring b
   const double a = s * bd;
   const double c = v / b * (s / sum);
   const bool empty = total <= 0.; // (s+b) g(a) -> 0 there, while g(a) and the derivatives are infinite
   const double ga = empty ? 0. : ScaledRemainder(a);
   const double gc = ScaledRemainder(c);
   const double q = a > 0.5 ? b / sum / s * ((1. + a) * LogRatio(a) - LogRatio(c))
                            : b / sum * bd - (total * bd) * (bd * ga) + v / sum / sum * gc;
   const double root = std::sqrt(2. * q);
   Significance r;
   r.fZ = s * root;
   r.fDS = empty ? inf : bd * LogRatio(a) / root;
   r.fDB = empty ? -inf : s * (-bd * (bd * ga) - v / b / sum * bd + 2. * v / b / sum / sum * gc) / root;
   r.fDSigma = -2. * sigma * s * gc / sum / sum / root;
   return r;
}

template <class Real>
void EvaluateAll(size_t n, const Real *s, const Real *b, const Real *sigma, Real *z, Real *dS, Real *dB, Real *dSigma)
{
   for (size_t i = 0; i < n; ++i) {
      // Single precision is a matter of storage: a few bins cost nothing, so the formula itself is always in double.
      const Significance r = Evaluate(s[i], b[i], sigma[i]);
      z[i] = static_cast<Real>(r.fZ);
      if (dS)
         dS[i] = static_cast<Real>(r.fDS);
      if (dB)
         dB[i] = static_cast<Real>(r.fDB);
      if (dSigma)
         dSigma[i] = static_cast<Real>(r.fDSigma);
   }
}

} // namespace

void GradCutAsimovF64(size_t nBins, const double *s, const double *b, const double *sigmaB, double *z, double *dZdS,
                      double *dZdB, double *dZdSigma)
{
   EvaluateAll(nBins, s, b, sigmaB, z, dZdS, dZdB, dZdSigma);
}

void GradCutAsimovF32(size_t nBins, const float *s, const float *b, const float *sigmaB, float *z, float *dZdS,
                      float *dZdB, float *dZdSigma)
{
   EvaluateAll(nBins, s, b, sigmaB, z, dZdS, dZdB, dZdSigma);
}
