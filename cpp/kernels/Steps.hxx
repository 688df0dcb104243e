/// \file Steps.hxx
/// \brief The smooth steps `S(u)` with their derivatives, in both precisions.
///
/// `S(-u) = 1 - S(u)` and `S'(-u) = S'(u)` hold for every step; the memberships use it to stay accurate in both tails.
/// Arguments come multiplied by `Scale`, which saves an operation or two per event and may be negative, and lie within
/// `Limit`, beyond which the tail is zero in the precision. `Ratio` is `S'(u)/S(u)`, finite everywhere. NaN is the
/// caller's affair. `Both` gives `S(u)` and `S(-u)`, each right in its own tail, and `S'(u)`.
#ifndef GRADCUT_KERNELS_STEPS_HXX
#define GRADCUT_KERNELS_STEPS_HXX

#include "Packs.hxx"

/// CABIN eq. 3, thesis 7.2.1.
struct LogisticStep {
   static constexpr bool kHard = false;
   static constexpr double Scale(DoublePack) { return 1.; }
   static constexpr double Scale(FloatPack) { return -1.44269504088896341; } // -1/ln 2: exp(-u) = 2^(u Scale)
   static constexpr double Limit(DoublePack) { return 745.; }
   static constexpr float Limit(FloatPack) { return 125.f; }

   GRADCUT_INLINE void Eval(double u, double &s, double &ds)
   {
      // Branching on the sign keeps both tails exact.
      const double e = std::exp(-std::fabs(u));
      const double large = 1. / (1. + e), small = e * large;
      s = u < 0. ? small : large;
      ds = small * large;
   }

   GRADCUT_INLINE void Ratio(double u, double &s, double &ratio)
   {
      const double e = std::exp(-std::fabs(u));
      const double large = 1. / (1. + e), small = e * large;
      s = u < 0. ? small : large;
      ratio = u < 0. ? large : small; // S'/S = 1 - S
   }

   GRADCUT_INLINE void Eval(FloatVector u, FloatVector &s, FloatVector &ds)
   {
      FloatVector ratio;
      Ratio(u, s, ratio);
      ds = ratio * s;
   }

   GRADCUT_INLINE void Ratio(FloatVector u, FloatVector &s, FloatVector &ratio)
   {
      const FloatVector e = PowerOfTwo(u);
      s = Reciprocal(1.f + e);
      ratio = e * s;
   }

   template <class T>
   GRADCUT_INLINE void Both(T u, T &s, T &complement, T &ds)
   {
      Ratio(u, s, complement); // S'/S = 1 - S
      ds = s * complement;
   }
};

/// Thesis 7.2.3 (bKDE).
struct GaussianStep {
   static constexpr bool kHard = false;
   static constexpr double Scale(DoublePack) { return 1.; }
   static constexpr double Scale(FloatPack) { return 0.84932180028801904; } // sqrt(1 / (2 ln 2))
   static constexpr double Limit(DoublePack) { return 37.5; }
   static constexpr float Limit(FloatPack) { return 10.9f; }

   GRADCUT_INLINE void Eval(double u, double &s, double &ds)
   {
      s = 0.5 * std::erfc(-u * 0.70710678118654752440);
      ds = 0.39894228040143267794 * std::exp(-0.5 * u * u);
   }

   /// `Phi(-v) exp(v^2/2) = t P(t)`, `t = 1/(1 + p v)`: the form of Abramowitz and Stegun 26.2.17, refitted for the
   /// relative error (1.3e-7 for `0 <= v <= 14`), so that the far tail is right too.
   GRADCUT_INLINE void Tail(FloatVector u, FloatVector &tail, FloatVector &ds)
   {
      const FloatVector e = PowerOfTwo(-u * u);
      const FloatVector t = Reciprocal(1.f + 0.27273749f * AbsoluteValue(u));
      FloatVector y = t * -0.07042415312277636f + 0.247686720886123f;
      y = y * t - 0.20166048325396457f;
      y = y * t + 0.22525344984282605f;
      y = y * t + 0.013551758749058866f;
      y = y * t + 0.10265044442645467f;
      y = y * t + 0.09042007695393334f;
      y = y * t + 0.09252224990740657f;
      tail = e * (y * t);
      ds = 0.39894228f * e;
   }

   GRADCUT_INLINE void Eval(FloatVector u, FloatVector &s, FloatVector &ds)
   {
      FloatVector tail;
      Tail(u, tail, ds);
      s = u < 0.f ? tail : 1.f - tail;
   }

   GRADCUT_INLINE void Both(double u, double &s, double &complement, double &ds)
   {
      Eval(u, s, ds);
      complement = 0.5 * std::erfc(u * 0.70710678118654752440);
   }

   GRADCUT_INLINE void Both(FloatVector u, FloatVector &s, FloatVector &complement, FloatVector &ds)
   {
      FloatVector tail;
      Tail(u, tail, ds);
      s = u < 0.f ? tail : 1.f - tail;
      complement = u < 0.f ? 1.f - tail : tail;
   }

   template <class T>
   GRADCUT_INLINE void Ratio(T u, T &s, T &ratio)
   {
      T ds;
      Eval(u, s, ds);
      ratio = ds * Reciprocal(s);
   }
};

/// The limit of zero width. Its memberships are comparisons, not functions of `u`.
struct HardStep {
   static constexpr bool kHard = true;
   static constexpr double Scale(DoublePack) { return 1.; }
   static constexpr double Scale(FloatPack) { return 1.; }
};

#endif
