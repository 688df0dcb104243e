/// \file FastMath.hxx
/// \brief Elementary functions that the compiler can vectorise, in single precision.
///
/// Included by sources that are compiled once per instruction set: everything is static, so that the linker can never
/// take the copy compiled for one processor for another.
#ifndef GRADCUT_KERNELS_FASTMATH_HXX
#define GRADCUT_KERNELS_FASTMATH_HXX

#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#define GRADCUT_INLINE static inline __attribute__((always_inline))

GRADCUT_INLINE std::uint32_t BitsOf(float x)
{
   std::uint32_t bits;
   std::memcpy(&bits, &x, sizeof(bits));
   return bits;
}

GRADCUT_INLINE float FromBits(std::uint32_t bits)
{
   float x;
   std::memcpy(&x, &bits, sizeof(x));
   return x;
}

GRADCUT_INLINE float Clamp(float x, float low, float high)
{
   // Written so that NaN passes through and min/max instructions result.
   x = x < low ? low : x;
   return x > high ? high : x;
}

/// `exp(x)` for `-87 <= x <= 88`, relative error below 1e-7: reduction to `[-ln2/2, ln2/2]` by adding the number whose
/// last bit is one, a polynomial (S. Moshier, Cephes, expf), and the exponent set by integer addition.
GRADCUT_INLINE float FastExp(float x)
{
   const float shifted = x * 1.44269504088896341f + 12582912.f; // 1.5 * 2^23
   const float n = shifted - 12582912.f;
   const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
   float y = 1.9875691500e-4f;
   y = y * r + 1.3981999507e-3f;
   y = y * r + 8.3334519073e-3f;
   y = y * r + 4.1665795894e-2f;
   y = y * r + 1.6666665459e-1f;
   y = y * r + 5.0000001201e-1f;
   y = (y * r) * r + (r + 1.f);
   return FromBits(BitsOf(y) + (BitsOf(shifted) << 23));
}

/// `Phi(-v) exp(v^2/2)` for `0 <= v <= 14`, relative error 1.3e-7: a polynomial in `t = 1/(1 + p v)` (the form of
/// Abramowitz and Stegun 26.2.17, refitted for the relative error so that the far tail is right too).
GRADCUT_INLINE float ScaledNormalTail(float v)
{
   const float t = 1.f / (1.f + 0.2316419f * v);
   float y = -0.07042415312277636f;
   y = y * t + 0.247686720886123f;
   y = y * t - 0.20166048325396457f;
   y = y * t + 0.22525344984282605f;
   y = y * t + 0.013551758749058866f;
   y = y * t + 0.10265044442645467f;
   y = y * t + 0.09042007695393334f;
   y = y * t + 0.09252224990740657f;
   return y * t;
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
