/// \file Interpolation.hxx
/// \brief How rates move between the templates at -1, 0 and +1 (HistFactory, CERN-OPEN-2012-016, and its code 4).
#ifndef GRADCUT_KERNELS_INTERPOLATION_HXX
#define GRADCUT_KERNELS_INTERPOLATION_HXX

#include "Duals.hxx"

#include <array>
#include <cmath>

namespace GradCut {

/// A function of one number with two derivatives.
struct Curve {
   double fValue = 0., fFirst = 0., fSecond = 0.;
};

template <class Number>
Number PolynomialAt(const double *coefficients, int n, const Number &x)
{
   Number y(coefficients[n - 1]);
   for (int i = n - 2; i >= 0; --i)
      y = y * x + Number(coefficients[i]);
   return y;
}

/// The template added by a histosys is `up fUp + nominal fNominal + down fDown`: linear in the inputs for all codes.
template <class Number>
struct ShapeWeights {
   Number fUp, fNominal, fDown;
};

/// \param above which side of a kink counts at zero
template <class Number>
ShapeWeights<Number> ShapeAt(int code, const Number &alpha, bool above)
{
   const double a = ValueOf(alpha);
   const Number zero(0.), one(1.), half(0.5);
   if (code == 0)
      return a > 0. || (a == 0. && above) ? ShapeWeights<Number>{alpha, zero - alpha, zero}
                                          : ShapeWeights<Number>{zero, alpha, zero - alpha};
   // Both others are odd + even: (up - down)/2 alpha, and (up + down - 2 nominal) times an even function.
   if (code == 2) {
      const Number size = a < 0. ? zero - alpha : alpha;
      const Number even = half * (std::fabs(a) <= 1. ? alpha * alpha : Number(2.) * size - one);
      return {even + half * alpha, Number(-2.) * even, even - half * alpha};
   }
   if (a > 1.)
      return {alpha, zero - alpha, zero};
   if (a < -1.)
      return {zero, alpha, zero - alpha};
   static constexpr double kEven[3] = {15. / 16., -10. / 16., 3. / 16.};
   const Number square = alpha * alpha, even = square * PolynomialAt(kEven, 3, square);
   return {even + half * alpha, Number(-2.) * even, even - half * alpha};
}

/// The derivatives of the weights in `alpha`.
template <class Number>
ShapeWeights<Number> ShapeSlopeAt(int code, const Number &alpha, bool above)
{
   const double a = ValueOf(alpha);
   const Number zero(0.), one(1.), minus(-1.), half(0.5);
   const bool outside = code == 0 || (code == 4 && std::fabs(a) > 1.);
   if (outside)
      return a > 0. || (a == 0. && above) ? ShapeWeights<Number>{one, minus, zero}
                                          : ShapeWeights<Number>{zero, one, minus};
   Number even;
   if (code == 2) {
      even = std::fabs(a) <= 1. ? alpha : Number(a < 0. ? -1. : 1.);
   } else {
      static constexpr double kSlope[3] = {30. / 16., -40. / 16., 18. / 16.};
      even = alpha * PolynomialAt(kSlope, 3, alpha * alpha);
   }
   return {even + half, Number(-2.) * even, even - half};
}

/// The six polynomials of code 4: the factor is `1 + alpha sum_c b_c p_c(alpha)` with `b` the values minus one, the
/// first and the second derivatives of the exponentials at +1 and -1, which it joins.
constexpr double kCode4[6][6] = {{15. / 16., 3. / 2., -5. / 8., -3. / 2., 3. / 16., 1. / 2.},
                                 {-15. / 16., 3. / 2., 5. / 8., -3. / 2., -3. / 16., 1. / 2.},
                                 {-7. / 16., -9. / 16., 5. / 8., 7. / 8., -3. / 16., -5. / 16.},
                                 {-7. / 16., 9. / 16., 5. / 8., -7. / 8., -3. / 16., 5. / 16.},
                                 {1. / 16., 1. / 16., -1. / 8., -1. / 8., 1. / 16., 1. / 16.},
                                 {-1. / 16., 1. / 16., 1. / 8., -1. / 8., -1. / 16., 1. / 16.}};

/// A normsys with given numbers.
struct Normsys {
   int fCode = 4;
   double fUp = 1., fDown = 1., fLogUp = 0., fLogDown = 0.;
   std::array<double, 7> fPolynomial{}; ///< of code 4, between -1 and 1

   void Set(int code, double up, double down)
   {
      fCode = code;
      fUp = up;
      fDown = down;
      fLogUp = std::log(up);
      fLogDown = std::log(down);
      if (code == 1)
         return;
      const double b[6] = {
         up - 1., down - 1., fLogUp * up, -fLogDown * down, fLogUp * fLogUp * up, fLogDown * fLogDown * down};
      fPolynomial[0] = 1.;
      for (int i = 0; i < 6; ++i) {
         double sum = 0.;
         for (int c = 0; c < 6; ++c)
            sum += kCode4[c][i] * b[c];
         fPolynomial[static_cast<std::size_t>(i) + 1] = sum;
      }
   }

   bool Upper(double alpha, bool above) const
   {
      return fCode == 1 ? alpha > 0. || (alpha == 0. && above) : alpha >= 1.;
   }
   bool Lower(double alpha, bool above) const { return fCode == 1 ? !Upper(alpha, above) : alpha <= -1.; }

   /// The factor and its derivatives in all it depends on.
   template <class Number>
   struct Derivatives {
      Number fValue, fAlpha, fUp, fDown;
   };

   template <class Number>
   Derivatives<Number> At(const Number &alpha, bool above) const
   {
      const double a = ValueOf(alpha);
      if (Upper(a, above)) {
         const Number f = Exp(alpha * Number(fLogUp));
         return {f, f * Number(fLogUp), alpha * f * Number(1. / fUp), Number(0.)};
      }
      if (Lower(a, above)) {
         const Number f = Exp(alpha * Number(-fLogDown));
         return {f, f * Number(-fLogDown), Number(0.), alpha * f * Number(-1. / fDown)};
      }
      const auto &p = fPolynomial;
      const double slope[6] = {p[1], 2. * p[2], 3. * p[3], 4. * p[4], 5. * p[5], 6. * p[6]};
      Number basis[6];
      for (int c = 0; c < 6; ++c)
         basis[c] = alpha * PolynomialAt(kCode4[c], 6, alpha);
      const double lu = fLogUp, ld = fLogDown;
      return {PolynomialAt(p.data(), 7, alpha), PolynomialAt(slope, 6, alpha),
              basis[0] + Number(lu + 1.) * basis[2] + Number(lu * (lu + 2.)) * basis[4],
              basis[1] - Number(ld + 1.) * basis[3] + Number(ld * (ld + 2.)) * basis[5]};
   }

   /// The factor with its derivatives in `alpha` alone: what Newton's method needs.
   Curve CurveAt(double alpha, bool above) const
   {
      if (Upper(alpha, above) || Lower(alpha, above)) {
         const double k = Upper(alpha, above) ? fLogUp : -fLogDown, f = std::exp(alpha * k);
         return {f, f * k, f * k * k};
      }
      const Jet f = PolynomialAt(fPolynomial.data(), 7, Jet(alpha, 1.));
      return {f.fValue, f.fFirst, f.fSecond};
   }
};

} // namespace GradCut

#endif
