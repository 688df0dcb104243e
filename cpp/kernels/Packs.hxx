/// \file Packs.hxx
/// \brief The two number types that the kernels are written for: a vector of floats, and one double.
///
/// Both offer the same operators, so that a formula is written once. Sources that include this are compiled once per
/// instruction set: everything is static, so that the linker can never take the copy made for one processor for
/// another.
#ifndef GRADCUT_KERNELS_PACKS_HXX
#define GRADCUT_KERNELS_PACKS_HXX

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#define GRADCUT_INLINE static inline __attribute__((always_inline))

#if defined(__AVX512F__)
#define GRADCUT_LANES 16
#elif defined(__AVX2__)
#define GRADCUT_LANES 8
#else
#define GRADCUT_LANES 4
#endif

typedef float FloatVector __attribute__((vector_size(4 * GRADCUT_LANES)));
typedef std::uint32_t BitVector __attribute__((vector_size(4 * GRADCUT_LANES)));

/// Single precision, as many lanes as the instruction set has.
struct FloatPack {
   using Real = float;
   using Type = FloatVector;
   static constexpr std::size_t kLanes = GRADCUT_LANES;
};

/// Double precision, the reference: one lane, the C library's functions.
struct DoublePack {
   using Real = double;
   using Type = double;
   static constexpr std::size_t kLanes = 1;
};

template <class Pack>
GRADCUT_INLINE typename Pack::Type Load(const typename Pack::Real *from)
{
   typename Pack::Type x;
   std::memcpy(&x, from, sizeof(x));
   return x;
}

template <class Pack>
GRADCUT_INLINE void Store(typename Pack::Real *to, typename Pack::Type x)
{
   std::memcpy(to, &x, sizeof(x));
}

template <class Pack>
GRADCUT_INLINE typename Pack::Type Broadcast(typename Pack::Real x)
{
   return typename Pack::Type{} + x;
}

GRADCUT_INLINE double SumOfLanes(double x)
{
   return x;
}

GRADCUT_INLINE double SumOfLanes(FloatVector x)
{
   double sum = 0.;
   for (std::size_t lane = 0; lane < GRADCUT_LANES; ++lane)
      sum += static_cast<double>(x[lane]);
   return sum;
}

/// `x` within `[-limit, limit]`; NaN stays NaN.
GRADCUT_INLINE double Clamp(double x, double limit)
{
   return x < -limit ? -limit : (x > limit ? limit : x);
}

GRADCUT_INLINE FloatVector Clamp(FloatVector x, float limit)
{
   const FloatVector low = FloatVector{} - limit, high = FloatVector{} + limit;
#if defined(__AVX512F__)
   return _mm512_min_ps(high, _mm512_max_ps(low, x)); // these return their second operand where one is NaN
#elif defined(__AVX2__)
   return _mm256_min_ps(high, _mm256_max_ps(low, x));
#elif defined(__SSE2__)
   return _mm_min_ps(high, _mm_max_ps(low, x));
#else
   x = x < low ? low : x;
   return x > high ? high : x;
#endif
}

GRADCUT_INLINE double Reciprocal(double x)
{
   return 1. / x;
}

/// `x` within `[-limit, limit]`; NaN becomes the lower end.
GRADCUT_INLINE double ClampMissingLow(double x, double limit)
{
   const double y = x > -limit ? x : -limit;
   return y < limit ? y : limit;
}

/// `x` within `[-limit, limit]`; NaN becomes the upper end.
GRADCUT_INLINE double ClampMissingHigh(double x, double limit)
{
   return -ClampMissingLow(-x, limit);
}

GRADCUT_INLINE FloatVector ClampMissingLow(FloatVector x, float limit)
{
   const FloatVector low = FloatVector{} - limit, high = FloatVector{} + limit;
#if defined(__AVX512F__)
   return _mm512_min_ps(_mm512_max_ps(x, low), high); // these return their second operand where one is NaN
#elif defined(__AVX2__)
   return _mm256_min_ps(_mm256_max_ps(x, low), high);
#elif defined(__SSE2__)
   return _mm_min_ps(_mm_max_ps(x, low), high);
#else
   x = x > low ? x : low;
   return x < high ? x : high;
#endif
}

GRADCUT_INLINE FloatVector ClampMissingHigh(FloatVector x, float limit)
{
   const FloatVector low = FloatVector{} - limit, high = FloatVector{} + limit;
#if defined(__AVX512F__)
   return _mm512_max_ps(_mm512_min_ps(x, high), low);
#elif defined(__AVX2__)
   return _mm256_max_ps(_mm256_min_ps(x, high), low);
#elif defined(__SSE2__)
   return _mm_max_ps(_mm_min_ps(x, high), low);
#else
   x = x < high ? x : high;
   return x > low ? x : low;
#endif
}

/// The larger of two numbers, `b` where one is NaN.
GRADCUT_INLINE double Larger(double a, double b)
{
   return a > b ? a : b;
}

GRADCUT_INLINE FloatVector Larger(FloatVector a, FloatVector b)
{
#if defined(__AVX512F__)
   return _mm512_max_ps(a, b);
#elif defined(__AVX2__)
   return _mm256_max_ps(a, b);
#elif defined(__SSE2__)
   return _mm_max_ps(a, b);
#else
   return a > b ? a : b;
#endif
}

/// `1/x` to the last bit or two for normal `x`.
GRADCUT_INLINE FloatVector Reciprocal(FloatVector x)
{
#if defined(__AVX512F__)
   // Division of 16 lanes takes longer than all the rest of a step: an estimate of 14 bits and one Newton iteration.
   const FloatVector r = _mm512_rcp14_ps(x);
   return r + r * (1.f - x * r);
#else
   return 1.f / x;
#endif
}

GRADCUT_INLINE FloatVector AbsoluteValue(FloatVector x)
{
   return (FloatVector)((BitVector)x & 0x7fffffffu);
}

/// `2^x` for `-126 <= x <= 127`, relative error 1e-7: the integer part goes into the exponent by integer addition,
/// after rounding by adding 1.5 * 2^23, whose last bit is one; the rest by a minimax polynomial that is exact at 0.
GRADCUT_INLINE FloatVector PowerOfTwo(FloatVector x)
{
   const FloatVector shifted = x + 12582912.f;
   const FloatVector r = x - (shifted - 12582912.f);
   FloatVector y = r * 1.326472707e-3f + 9.671512649e-3f;
   y = y * r + 5.550733744e-2f;
   y = y * r + 2.402224209e-1f;
   y = y * r + 6.931469776e-1f;
   y = y * r + 1.f;
   return (FloatVector)((BitVector)y + ((BitVector)shifted << 23));
}

/// Products of far tails underflow. Denormal numbers would make that a hundred times slower on x86, so they are flushed
/// to zero while a single-precision kernel runs; the caller's mode is restored.
class FlushDenormals {
#if defined(__SSE2__)
   unsigned int fSaved;

public:
   FlushDenormals() : fSaved(_mm_getcsr()) { _mm_setcsr(fSaved | 0x8040u); } // FTZ | DAZ
   ~FlushDenormals() { _mm_setcsr(fSaved); }
#else
public:
   FlushDenormals() {}
#endif
   FlushDenormals(const FlushDenormals &) = delete;
   FlushDenormals &operator=(const FlushDenormals &) = delete;
};

#endif
