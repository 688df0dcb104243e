/// \file Steps.hxx
/// \brief The smooth steps `S(u)` with their derivatives, in both precisions.
///
/// `Eval` gives `S(u)` and `S'(u)`; `S(-u) = 1 - S(u)` and `S'(-u) = S'(u)` hold for every step, which the memberships
/// use to stay accurate in both tails. Arguments are finite or infinite; NaN is handled by the caller.
#ifndef GRADCUT_KERNELS_STEPS_HXX
#define GRADCUT_KERNELS_STEPS_HXX

#include "FastMath.hxx"

#include <cmath>

template <class Real>
struct LogisticStep; // CABIN eq. 3, thesis 7.2.1

template <>
struct LogisticStep<float> {
   static constexpr bool kHard = false;
   GRADCUT_INLINE void Eval(float u, float &s, float &ds)
   {
      const float e = FastExp(-Clamp(u, -87.f, 87.f));
      s = 1.f / (1.f + e);
      ds = (e * s) * s;
   }
};

template <>
struct LogisticStep<double> {
   static constexpr bool kHard = false;
   GRADCUT_INLINE void Eval(double u, double &s, double &ds)
   {
      // Branching on the sign keeps exp from overflowing and both tails exact.
      const double e = std::exp(-std::fabs(u));
      const double big = 1. / (1. + e), small = e * big;
      s = u < 0. ? small : big;
      ds = small * big;
   }
};

template <class Real>
struct GaussianStep; // thesis 7.2.3 (bKDE)

template <>
struct GaussianStep<float> {
   static constexpr bool kHard = false;
   GRADCUT_INLINE void Eval(float u, float &s, float &ds)
   {
      const float v = Clamp(u < 0.f ? -u : u, 0.f, 13.f);
      const float e = FastExp(-0.5f * v * v);
      const float tail = e * ScaledNormalTail(v);
      s = u < 0.f ? tail : 1.f - tail;
      ds = 0.39894228040143268f * e;
   }
};

template <>
struct GaussianStep<double> {
   static constexpr bool kHard = false;
   GRADCUT_INLINE void Eval(double u, double &s, double &ds)
   {
      s = 0.5 * std::erfc(-u * 0.70710678118654752440);
      ds = 0.39894228040143267794 * std::exp(-0.5 * u * u);
   }
};

/// The limit of zero width. Its memberships are comparisons, not functions of `u`.
template <class Real>
struct HardStep {
   static constexpr bool kHard = true;
};

#endif
