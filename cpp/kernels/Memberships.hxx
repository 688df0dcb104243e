/// \file Memberships.hxx
/// \brief Membership of events in one cut, with its derivatives (formulas: gradcut/kernels/Selection.h).
///
/// Derivatives come out without their constant factors (signs and `1/h`), which \ref DerivativeFactors supplies once
/// per sum instead of once per event.
#ifndef GRADCUT_KERNELS_MEMBERSHIPS_HXX
#define GRADCUT_KERNELS_MEMBERSHIPS_HXX

#include "Steps.hxx"

#include <gradcut/kernels/Selection.h>

/// One cut at one parameter point.
template <class Pack>
struct Cut {
   using Real = typename Pack::Real;
   GradCutKind fKind;
   Real fLow, fHigh;
   Real fSlope;   ///< `Step::Scale / h`
   Real fMissing; ///< membership of NaN
   bool fLowInclusive, fHighInclusive;

   bool HasLow() const { return fKind != kGradCutBelow; }
   bool HasHigh() const { return fKind != kGradCutAbove; }
   bool IsOneSided() const { return HasLow() != HasHigh(); }
};

template <class Pack, class Step>
GRADCUT_INLINE Cut<Pack> MakeCut(const GradCutSelection &selection, std::size_t point, std::size_t k)
{
   using Real = typename Pack::Real;
   const std::size_t at = point * selection.fNCuts + k;
   const auto flags = selection.fFlags[k];
   Cut<Pack> cut;
   cut.fKind = static_cast<GradCutKind>(selection.fKinds[k]);
   cut.fLow = static_cast<Real>(selection.fLow[at]);
   cut.fHigh = static_cast<Real>(selection.fHigh[at]);
   cut.fSlope = Step::kHard ? Real(1) : static_cast<Real>(Step::Scale(Pack{}) / selection.fWidth[at]);
   cut.fMissing = (flags & kGradCutMissingPasses) ? Real(1) : Real(0);
   cut.fLowInclusive = flags & kGradCutLowInclusive;
   cut.fHighInclusive = flags & kGradCutHighInclusive;
   return cut;
}

/// What the raw derivatives of a cut in low, high and width have to be multiplied by.
struct DerivativeFactors {
   double fLow, fHigh, fWidth;

   template <class Pack>
   DerivativeFactors(const Cut<Pack> &cut, double scale)
   {
      const double inverse = static_cast<double>(cut.fSlope) / scale;
      const double sign = cut.fKind == kGradCutVeto ? -1. : 1.;
      fLow = -sign * inverse;
      fHigh = sign * inverse;
      fWidth = -sign * inverse / scale; // the raw derivative holds the scaled u
   }
};

/// A one-sided membership `m = S(u)`, `u = +-(x - c) / h`: `dm/du = m r`. Divided by `m`, derivatives need nothing but
/// the product over all cuts, and the steps know their ratio without dividing by something that vanishes.
template <class T>
struct OneSidedMember {
   T fValue, fRatio, fRatioU; ///< `m`, `r`, `r u`
};

template <class Pack, class Step, class T = typename Pack::Type>
GRADCUT_INLINE OneSidedMember<T> OneSided(const Cut<Pack> &cut, T x)
{
   const bool above = cut.fKind == kGradCutAbove;
   const auto threshold = above ? cut.fLow : cut.fHigh;
   const auto slope = above ? cut.fSlope : -cut.fSlope;
   // Clamping keeps u finite, so that no infinity meets a zero below, and sends NaN to the far side where the step is
   // flat: membership 0 or 1 and no derivative, without a comparison of its own.
   const bool toLow = (cut.fMissing == 0) == (Step::Scale(Pack{}) > 0);
   const T raw = (x - threshold) * slope;
   const T u = toLow ? ClampMissingLow(raw, Step::Limit(Pack{})) : ClampMissingHigh(raw, Step::Limit(Pack{}));
   T s, ratio;
   Step::Ratio(u, s, ratio);
   return {s, ratio, ratio * u};
}

/// A window, or the veto that is its complement. Its derivatives do not vanish with it (think of a closed window).
template <class T>
struct TwoSidedMember {
   T fValue, fLow, fHigh, fWidth;
};

template <class Pack, class Step, class T = typename Pack::Type>
GRADCUT_INLINE TwoSidedMember<T> TwoSided(const Cut<Pack> &cut, T x)
{
   const T zero{};
   const auto limit = Step::Limit(Pack{});
   const T a = Clamp((x - cut.fLow) * cut.fSlope, limit);
   const T b = Clamp((x - cut.fHigh) * cut.fSlope, limit);
   const T sum = a + b; // NaN where either is
   T s, sLow, sHigh, dsLow, dsHigh;
   if (cut.fKind == kGradCutVeto) {
      Step::Eval(-a, sLow, dsLow);
      Step::Eval(b, sHigh, dsHigh);
      s = sLow + sHigh;
   } else {
      // Beyond the centre use S(-u), which is small there.
      const T flip = (Step::Scale(Pack{}) > 0 ? sum > zero : sum < zero) ? zero - 1 : zero + 1;
      Step::Eval(flip * a, sLow, dsLow);
      Step::Eval(flip * b, sHigh, dsHigh);
      s = flip * (sLow - sHigh);
   }
   const auto ok = sum == sum;
   return {ok ? s : zero + cut.fMissing, ok ? dsLow : zero, ok ? dsHigh : zero, ok ? dsLow * a - dsHigh * b : zero};
}

/// The limit of zero width: the comparisons themselves, in the column's type.
template <class Pack, class T = typename Pack::Type>
GRADCUT_INLINE T HardMembership(const Cut<Pack> &cut, T x)
{
   const T zero{}, one = zero + 1;
   T inside = one;
   if (cut.HasLow() && cut.fLowInclusive)
      inside = x >= cut.fLow ? inside : zero;
   else if (cut.HasLow())
      inside = x > cut.fLow ? inside : zero;
   if (cut.HasHigh() && cut.fHighInclusive)
      inside = x <= cut.fHigh ? inside : zero;
   else if (cut.HasHigh())
      inside = x < cut.fHigh ? inside : zero;
   if (cut.fKind == kGradCutVeto)
      inside = one - inside;
   return x == x ? inside : zero + cut.fMissing;
}

#endif
