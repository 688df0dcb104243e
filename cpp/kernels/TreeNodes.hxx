/// \file TreeNodes.hxx
/// \brief Nodes of a tree on one block of events or objects: memberships forth, derivatives of the root back.
///
/// Values are positive sums of positive terms wherever that is possible, so that far tails keep their relative
/// accuracy. Nothing is divided. Included by sources that are compiled once per instruction set.
#ifndef GRADCUT_KERNELS_TREENODES_HXX
#define GRADCUT_KERNELS_TREENODES_HXX

#include "Memberships.hxx"

namespace {

/// What a node has for each event or object of the block.
template <class Real>
struct NodeArrays {
   Real *fValue = nullptr;
   Real *fAdjoint = nullptr; ///< derivative of the root; before that, scratch
   Real *fLow = nullptr;     ///< of a leaf: raw derivatives (see DerivativeFactors); of a count: its distributions
   Real *fHigh = nullptr;
   Real *fWidth = nullptr;
};

/// Memberships in one cut; `arrays` have room for whole packs.
template <class Pack, class Step, GradCutDerivatives Derivatives>
void LeafForward(const Cut<Pack> &cut, const typename Pack::Real *x, std::size_t n,
                 const NodeArrays<typename Pack::Real> &arrays)
{
   using Real = typename Pack::Real;
   using Type = typename Pack::Type;
   for (std::size_t i = 0; i < n; i += Pack::kLanes) {
      Type value;
      if (n - i >= Pack::kLanes) {
         value = Load<Pack>(x + i);
      } else {
         alignas(64) Real lanes[Pack::kLanes] = {};
         for (std::size_t lane = 0; lane < n - i; ++lane)
            lanes[lane] = x[i + lane];
         value = Load<Pack>(lanes);
      }
      if constexpr (Step::kHard) {
         Store<Pack>(arrays.fValue + i, HardMembership<Pack>(cut, value));
      } else if (cut.IsOneSided()) {
         const auto m = OneSided<Pack, Step>(cut, value);
         Store<Pack>(arrays.fValue + i, m.fValue);
         if constexpr (Derivatives != kGradCutValues) {
            Store<Pack>((cut.HasLow() ? arrays.fLow : arrays.fHigh) + i, m.fValue * m.fRatio);
            Store<Pack>(arrays.fWidth + i, m.fValue * m.fRatioU);
         }
      } else {
         const auto m = TwoSided<Pack, Step>(cut, value);
         Store<Pack>(arrays.fValue + i, m.fValue);
         if constexpr (Derivatives != kGradCutValues) {
            Store<Pack>(arrays.fLow + i, m.fLow);
            Store<Pack>(arrays.fHigh + i, m.fHigh);
            Store<Pack>(arrays.fWidth + i, m.fWidth);
         }
      }
   }
}

template <class Real>
void GivenForward(const Real *x, std::size_t n, Real *value)
{
   for (std::size_t i = 0; i < n; ++i)
      value[i] = (x[i] == x[i] && x[i] != Real(0)) ? Real(1) : Real(0);
}

/// `value` of "all of" or "any of" with one more child.
template <class Real>
void Combine(bool all, const Real *child, std::size_t n, Real *value)
{
   if (all) {
      for (std::size_t i = 0; i < n; ++i)
         value[i] *= child[i];
   } else {
      for (std::size_t i = 0; i < n; ++i)
         value[i] += child[i] * (Real(1) - value[i]);
   }
}

/// Adjoint of one child among the others. `others` is the product over those that come after it, which are done.
template <class Real>
void CombineBack(bool all, const Real *child, const Real *before, std::size_t n, const Real *parent, Real *others,
                 Real *adjoint)
{
   for (std::size_t i = 0; i < n; ++i) {
      const Real previous = all ? before[i] : Real(1) - before[i];
      adjoint[i] = parent[i] * previous * others[i];
      others[i] *= all ? child[i] : Real(1) - child[i];
   }
}

/// Which numbers of passing objects a count accepts.
struct CountRange {
   std::size_t fLow;   ///< at least
   std::size_t fUpper; ///< the first that is too large; zero for none
   /// Numbers from this one on need not be told apart.
   std::size_t States() const { return fUpper ? fUpper : fLow; }
};

/// Numbers of passing objects that are told apart: known to the compiler for the few that are common, or zero.
template <std::size_t Known>
struct CountStates {
   std::size_t fLast;
   std::size_t Last() const { return Known ? Known : fLast; }
};

/// Probability that the number of passing objects is in a range. `states` holds `(n + 1)` rows of `Last() + 1`
/// probabilities; row `j` is the distribution after `j` objects, the last entry of numbers from `Last()` on.
template <std::size_t Known, class Real>
GRADCUT_INLINE Real CountForward(CountStates<Known> known, CountRange range, const Real *p, std::size_t n, Real *states)
{
   const std::size_t last = known.Last(), row = last + 1;
   for (std::size_t m = 0; m < row; ++m)
      states[m] = m == 0 ? Real(1) : Real(0);
   for (std::size_t j = 0; j < n; ++j) {
      const Real *now = states + j * row;
      Real *next = states + (j + 1) * row;
      const Real q = Real(1) - p[j];
      next[0] = last > 0 ? now[0] * q : now[0];
      for (std::size_t m = 1; m < last; ++m)
         next[m] = now[m] * q + now[m - 1] * p[j];
      if (last > 0)
         next[last] = now[last] + now[last - 1] * p[j];
   }
   const Real *end = states + n * row;
   if (!range.fUpper)
      return end[last];
   Real sum = 0;
   for (std::size_t m = range.fLow; m < range.fUpper; ++m)
      sum += end[m];
   return sum;
}

/// Derivative in the membership of every object, times `parent`. `gain[m]` is by how much one more passing object
/// raises the result where `m` have passed; working memory of `Last() + 1`.
template <std::size_t Known, class Real>
GRADCUT_INLINE void CountBack(CountStates<Known> known, CountRange range, const Real *p, std::size_t n,
                              const Real *states, Real parent, Real *gain, Real *adjoint)
{
   const std::size_t last = known.Last(), row = last + 1;
   const auto accepts = [&](std::size_t m) { return m >= range.fLow && (!range.fUpper || m < range.fUpper); };
   for (std::size_t m = 0; m < row; ++m)
      gain[m] = m == last ? Real(0) : parent * Real(int(accepts(m + 1)) - int(accepts(m)));
   for (std::size_t j = n; j-- > 0;) {
      const Real *now = states + j * row;
      Real sum = 0;
      for (std::size_t m = 0; m < last; ++m)
         sum += now[m] * gain[m];
      adjoint[j] = sum;
      for (std::size_t m = 0; m < last; ++m)
         gain[m] += p[j] * (gain[m + 1] - gain[m]);
   }
}

/// Calls `f` with the number of states that a range needs.
template <class F>
void WithStates(CountRange range, F &&f)
{
   switch (range.States()) {
   case 1: f(CountStates<1>{1}); break;
   case 2: f(CountStates<2>{2}); break;
   case 3: f(CountStates<3>{3}); break;
   case 4: f(CountStates<4>{4}); break;
   default: f(CountStates<0>{range.States()}); break;
   }
}

} // namespace

#endif
