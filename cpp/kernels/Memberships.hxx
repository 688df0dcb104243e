/// \file Memberships.hxx
/// \brief Membership of a block of events in one cut, with its derivatives (formulas: gradcut/kernels/Selection.h).
#ifndef GRADCUT_KERNELS_MEMBERSHIPS_HXX
#define GRADCUT_KERNELS_MEMBERSHIPS_HXX

#include "Steps.hxx"

#include <gradcut/kernels/Selection.h>

#include <cstddef>

/// One cut at one parameter point.
template <class Real>
struct Cut {
   GradCutKind fKind;
   Real fLow, fHigh, fInverseWidth;
   Real fMissing; ///< membership of NaN
   bool fLowInclusive, fHighInclusive;
};

/// Where a block of one cut goes; arrays of the block's length. Unused derivatives are null.
template <class Real>
struct CutBlock {
   Real *fValue;
   Real *fDLow;
   Real *fDHigh;
   Real *fDWidth;
};

/// One-sided cuts: `S(sign * (x - c) / h)`.
template <class Real, class Step, GradCutDerivatives Derivatives>
GRADCUT_INLINE void OneSided(Real sign, Real threshold, Real inverseWidth, Real missing, std::size_t n, const Real *x,
                             Real *value, Real *dThreshold, Real *dWidth)
{
   const Real slope = sign * inverseWidth;
#pragma omp simd
   for (std::size_t i = 0; i < n; ++i) {
      const Real u = (x[i] - threshold) * slope;
      const bool ok = u == u;
      Real s, ds;
      Step::Eval(u, s, ds);
      value[i] = ok ? s : missing;
      if (Derivatives != kGradCutValues)
         dThreshold[i] = ok ? -ds * slope : Real(0);
      if (Derivatives == kGradCutAll) {
         const Real t = ds * inverseWidth; // times u: 0 * infinity far away, where the derivative is 0
         dWidth[i] = (ok && t > Real(0)) ? -t * u : Real(0);
      }
   }
}

/// A window, or the veto that is its complement. Each is a difference or a sum of two small numbers in the tails.
template <class Real, class Step, GradCutDerivatives Derivatives>
GRADCUT_INLINE void TwoSided(bool veto, const Cut<Real> &cut, std::size_t n, const Real *x, const CutBlock<Real> &out)
{
   const Real low = cut.fLow, high = cut.fHigh, inverse = cut.fInverseWidth, missing = cut.fMissing;
   const Real sign = veto ? Real(-1) : Real(1);
#pragma omp simd
   for (std::size_t i = 0; i < n; ++i) {
      const Real a = (x[i] - low) * inverse, b = (x[i] - high) * inverse;
      const bool ok = a == a && b == b;
      Real s, sLow, sHigh, dsLow, dsHigh;
      if (veto) {
         Step::Eval(-a, sLow, dsLow);
         Step::Eval(b, sHigh, dsHigh);
         s = sLow + sHigh;
      } else {
         const bool right = a > -b; // beyond the centre: use S(-u), which is small there
         const Real flip = right ? Real(-1) : Real(1);
         Step::Eval(flip * a, sLow, dsLow);
         Step::Eval(flip * b, sHigh, dsHigh);
         s = flip * (sLow - sHigh);
      }
      out.fValue[i] = ok ? s : missing;
      const Real dLow = -sign * dsLow * inverse, dHigh = sign * dsHigh * inverse;
      if (Derivatives != kGradCutValues) {
         out.fDLow[i] = ok ? dLow : Real(0);
         out.fDHigh[i] = ok ? dHigh : Real(0);
      }
      if (Derivatives == kGradCutAll) {
         const Real wLow = dsLow * inverse > Real(0) ? dLow * a : Real(0);
         const Real wHigh = dsHigh * inverse > Real(0) ? dHigh * b : Real(0);
         out.fDWidth[i] = ok ? wLow + wHigh : Real(0);
      }
   }
}

/// The limit of zero width: the comparison itself, in the column's type.
template <class Real>
GRADCUT_INLINE void HardCut(const Cut<Real> &cut, std::size_t n, const Real *x, Real *value)
{
   const bool useLow = cut.fKind != kGradCutBelow, useHigh = cut.fKind != kGradCutAbove;
   const bool veto = cut.fKind == kGradCutVeto;
   for (std::size_t i = 0; i < n; ++i) {
      const bool above = !useLow || (cut.fLowInclusive ? x[i] >= cut.fLow : x[i] > cut.fLow);
      const bool below = !useHigh || (cut.fHighInclusive ? x[i] <= cut.fHigh : x[i] < cut.fHigh);
      const bool ok = x[i] == x[i];
      value[i] = ok ? Real((above && below) != veto) : cut.fMissing;
   }
}

template <class Real, class Step, GradCutDerivatives Derivatives>
GRADCUT_INLINE void Membership(const Cut<Real> &cut, std::size_t n, const Real *x, const CutBlock<Real> &out)
{
   if constexpr (Step::kHard) {
      HardCut(cut, n, x, out.fValue);
   } else {
      switch (cut.fKind) {
      case kGradCutAbove:
         OneSided<Real, Step, Derivatives>(Real(1), cut.fLow, cut.fInverseWidth, cut.fMissing, n, x, out.fValue,
                                           out.fDLow, out.fDWidth);
         break;
      case kGradCutBelow:
         OneSided<Real, Step, Derivatives>(Real(-1), cut.fHigh, cut.fInverseWidth, cut.fMissing, n, x, out.fValue,
                                           out.fDHigh, out.fDWidth);
         break;
      case kGradCutWindow: TwoSided<Real, Step, Derivatives>(false, cut, n, x, out); break;
      case kGradCutVeto: TwoSided<Real, Step, Derivatives>(true, cut, n, x, out); break;
      }
   }
}

#endif
