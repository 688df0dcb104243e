/// \file Activations.hxx
/// \brief The activations of networks, in both precisions. Formulas: gradcut/kernels/Network.h. NaN stays NaN.
#ifndef GRADCUT_KERNELS_ACTIVATIONS_HXX
#define GRADCUT_KERNELS_ACTIVATIONS_HXX

#include "Steps.hxx"

#include <gradcut/kernels/Network.h>

GRADCUT_INLINE double Exponential(double x)
{
   return std::exp(x);
}

/// `e^x`, relative error 1e-7, for `-87 <= x <= 87` and flat beyond: what is left of `x` after whole powers of two is
/// exact to the last bit, where `2^(x / ln 2)` would lose as many bits as the power has.
GRADCUT_INLINE FloatVector Exponential(FloatVector x)
{
   x = Clamp(x, 87.f);
   const FloatVector shifted = x * 1.44269504f + 12582912.f;
   const FloatVector n = shifted - 12582912.f;
   const FloatVector r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
   return (FloatVector)((BitVector)PowerOfTwo(r * 1.44269504f) + ((BitVector)shifted << 23));
}

GRADCUT_INLINE double ExponentialMinusOne(double x)
{
   return std::expm1(x);
}

/// `e^x - 1` for `x <= 0`.
GRADCUT_INLINE FloatVector ExponentialMinusOne(FloatVector x)
{
   FloatVector y = x * 1.98756286e-4f + 1.3981997e-3f;
   y = y * x + 8.33345205e-3f;
   y = y * x + 4.16657962e-2f;
   y = y * x + 0.166666657f;
   y = y * x + 0.5f;
   return x > -0.35f ? x * x * y + x : Exponential(x) - 1.f;
}

GRADCUT_INLINE double Sigmoid(double x)
{
   double s, ds;
   LogisticStep::Eval(x, s, ds);
   return s;
}

/// Of `e^-|x|`, so that nothing on the way is below the normal numbers, which a program may have flushed to zero.
GRADCUT_INLINE FloatVector Sigmoid(FloatVector x)
{
   const FloatVector e = Exponential(-AbsoluteValue(x)), above = Reciprocal(1.f + e);
   return x < 0.f ? e * above : above;
}

GRADCUT_INLINE double Tanh(double x)
{
   return std::tanh(x);
}

GRADCUT_INLINE FloatVector Tanh(FloatVector x)
{
   const FloatVector a = AbsoluteValue(x), z = x * x;
   FloatVector y = z * 2.29283026e-3f - 8.34402908e-3f;
   y = y * z + 2.17689481e-2f;
   y = y * z - 5.39592654e-2f;
   y = y * z + 0.133333042f;
   y = y * z - 0.333333343f;
   const FloatVector far = 1.f - 2.f * Reciprocal(Exponential(2.f * a) + 1.f);
   return a < 0.625f ? x * z * y + x : (x < 0.f ? -far : far);
}

GRADCUT_INLINE double Softplus(double x)
{
   return Larger(0., x) + std::log1p(std::exp(-std::fabs(x)));
}

/// `log(1 + t) = 2 artanh(t / (2 + t))`, `t = e^-|x|`.
GRADCUT_INLINE FloatVector Softplus(FloatVector x)
{
   const FloatVector t = Exponential(-AbsoluteValue(x));
   const FloatVector s = t * Reciprocal(2.f + t), z = s * s;
   FloatVector y = z * 0.244130686f + 0.213932499f;
   y = y * z + 0.286207229f;
   y = y * z + 0.399986923f;
   y = y * z + 0.666666806f;
   y = y * z + 2.f;
   return Larger(FloatVector{}, x) + s * y;
}

GRADCUT_INLINE double NormalProbability(double x)
{
   return 0.5 * std::erfc(-x * 0.70710678118654752440);
}

GRADCUT_INLINE FloatVector NormalProbability(FloatVector x)
{
   FloatVector s, ds;
   GaussianStep::Eval(Clamp(x, 12.5f) * static_cast<float>(GaussianStep::Scale(FloatPack{})), s, ds);
   return s;
}

/// \brief `x p(x)` for a probability that falls exponentially: no more than its own limit is multiplied with.
template <class T, class F>
GRADCUT_INLINE T Gated(T x, T low, F p)
{
   x = Larger(low, x);
   return x * p(x);
}

/// Applies an activation to `n` numbers, a multiple of the lanes.
template <class Pack, class F>
GRADCUT_INLINE void ForLanes(typename Pack::Real *x, std::size_t n, F f)
{
   for (std::size_t i = 0; i < n; i += Pack::kLanes)
      Store<Pack>(x + i, f(Load<Pack>(x + i)));
}

/// \brief All activations but the softmax, in place.
/// \param[in] n a multiple of the lanes
template <class Pack>
static void Activate(GradCutActivation activation, typename Pack::Real slope, typename Pack::Real *x, std::size_t n)
{
   using T = typename Pack::Type;
   using Real = typename Pack::Real;
   // Beyond, products with the probabilities are 0 in the precision.
   constexpr Real kLow = sizeof(Real) == sizeof(float) ? -87 : -745;
   constexpr Real kNormalLow = sizeof(Real) == sizeof(float) ? Real(-12.5) : Real(-38.5);
   switch (activation) {
   case kGradCutReLU: return ForLanes<Pack>(x, n, [](T a) { return Larger(T{}, a); });
   case kGradCutLeakyReLU: return ForLanes<Pack>(x, n, [slope](T a) { return a > Real(0) ? a : slope * a; });
   case kGradCutELU:
      return ForLanes<Pack>(x, n, [slope](T a) { return a > Real(0) ? a : slope * ExponentialMinusOne(a); });
   case kGradCutSiLU:
      return ForLanes<Pack>(x, n, [](T a) { return Gated(a, T{} + kLow, [](T b) { return Sigmoid(b); }); });
   case kGradCutGELU:
      return ForLanes<Pack>(x, n,
                            [](T a) { return Gated(a, T{} + kNormalLow, [](T b) { return NormalProbability(b); }); });
   case kGradCutGELUTanh:
      return ForLanes<Pack>(x, n, [](T a) {
         return Gated(a, T{} + kNormalLow,
                      [](T b) { return Sigmoid(b * (b * b * Real(0.071354816272600244) + Real(1.5957691216057308))); });
      });
   case kGradCutTanh: return ForLanes<Pack>(x, n, [](T a) { return Tanh(a); });
   case kGradCutSigmoid: return ForLanes<Pack>(x, n, [](T a) { return Sigmoid(a); });
   case kGradCutSoftplus: return ForLanes<Pack>(x, n, [](T a) { return Softplus(a); });
   default: return;
   }
}

/// \brief The softmax of `n` outputs, in place; memory behind them up to whole lanes is overwritten.
template <class Pack>
static void Softmax(typename Pack::Real *x, std::size_t n)
{
   using T = typename Pack::Type;
   typename Pack::Real largest = x[0], sum = 0;
   for (std::size_t i = 1; i < n; ++i)
      largest = x[i] > largest ? x[i] : largest;
   ForLanes<Pack>(x, (n + Pack::kLanes - 1) / Pack::kLanes * Pack::kLanes,
                  [largest](T a) { return Exponential(a - largest); });
   for (std::size_t i = 0; i < n; ++i)
      sum += x[i];
   for (std::size_t i = 0; i < n; ++i)
      x[i] /= sum;
}

#endif
