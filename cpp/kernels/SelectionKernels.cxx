// Compiled once per instruction set; GRADCUT_KERNEL_SET names the set. Formulas: gradcut/kernels/Selection.h.
//
// Events go through in blocks that stay in the first-level cache. Per block and parameter point: membership and
// derivatives of every cut, products of the cuts before each one on the way forth, of those after it on the way back.
// The exclusive product before * after * m'_k is the derivative without any division, so tails need no special case.
#include "KernelTable.hxx"
#include "Memberships.hxx"

namespace {

constexpr std::size_t kScratchBytes = 128 * 1024;
constexpr std::size_t kMaxBlock = 256;

/// Weights of a block: one array per moment, or a single one that holds the cotangents' combination of them.
template <class Real, int NWeights>
struct BlockWeights {
   alignas(64) Real fW[NWeights][kMaxBlock];
};

/// The block's working memory, carved from one array on the stack.
template <class Real>
struct Scratch {
   std::size_t fBlock;
   Real *fMemory;

   Scratch(void *memory, std::size_t nCuts) : fMemory(static_cast<Real *>(memory))
   {
      const std::size_t fit = kScratchBytes / (5 * sizeof(Real) * (nCuts > 0 ? nCuts : 1)) / 16 * 16;
      fBlock = fit > kMaxBlock ? kMaxBlock : fit;
   }
   Real *Array(std::size_t which, std::size_t cut, std::size_t nCuts) const
   {
      return fMemory + (which * nCuts + cut) * fBlock;
   }
};

template <class Real>
Cut<Real> CutAt(const GradCutSelection &sel, std::size_t point, std::size_t k)
{
   const std::size_t at = point * sel.fNCuts + k;
   const auto flags = sel.fFlags[k];
   Cut<Real> cut;
   cut.fKind = static_cast<GradCutKind>(sel.fKinds[k]);
   cut.fLow = static_cast<Real>(sel.fLow[at]);
   cut.fHigh = static_cast<Real>(sel.fHigh[at]);
   cut.fInverseWidth = static_cast<Real>(1. / sel.fWidth[at]);
   cut.fMissing = (flags & kGradCutMissingPasses) ? Real(1) : Real(0);
   cut.fLowInclusive = flags & kGradCutLowInclusive;
   cut.fHighInclusive = flags & kGradCutHighInclusive;
   return cut;
}

/// Adds `sum_i w_j,i e_i d_i` to `sums[j]` for every weight array.
template <class Real, int NWeights>
GRADCUT_INLINE void AddWeighted(std::size_t n, const Real *exclusive, const Real *derivative,
                                const BlockWeights<Real, NWeights> &weights, const double *scale, double *sums,
                                std::size_t stride)
{
   if constexpr (NWeights == 1) {
      Real a = 0;
#pragma omp simd reduction(+ : a)
      for (std::size_t i = 0; i < n; ++i)
         a += exclusive[i] * derivative[i] * weights.fW[0][i];
      sums[0] += scale[0] * static_cast<double>(a);
   } else {
      Real a = 0, b = 0, c = 0;
#pragma omp simd reduction(+ : a, b, c)
      for (std::size_t i = 0; i < n; ++i) {
         const Real t = exclusive[i] * derivative[i];
         a += t * weights.fW[0][i];
         b += t * weights.fW[1][i];
         c += t * weights.fW[2][i];
      }
      sums[0] += scale[0] * static_cast<double>(a);
      sums[stride] += scale[1] * static_cast<double>(b);
      sums[2 * stride] += scale[2] * static_cast<double>(c);
   }
}

/// One block at one point. `sums` has rows of `stride` numbers, one per weight array: value and derivatives. Without a
/// value (vector-Jacobian products) a row starts at the derivatives.
template <class Real, class Step, GradCutDerivatives Derivatives, int NWeights>
void AddBlock(const GradCutSelection &sel, std::size_t point, std::size_t n, const Real *const *columns,
              std::size_t first, const Scratch<Real> &scratch, const BlockWeights<Real, NWeights> &weights,
              const double *scale, double *sums, std::size_t stride, bool withValue)
{
   constexpr bool kDerive = Derivatives != kGradCutValues && !Step::kHard;
   const std::size_t nCuts = sel.fNCuts;
   alignas(64) Real product[kMaxBlock], ones[kMaxBlock];
   for (std::size_t i = 0; i < n; ++i)
      product[i] = ones[i] = Real(1);

   for (std::size_t k = 0; k < nCuts; ++k) {
      Real *value = scratch.Array(0, k, nCuts), *before = scratch.Array(1, k, nCuts);
      const CutBlock<Real> out{value, scratch.Array(2, k, nCuts), scratch.Array(3, k, nCuts),
                               scratch.Array(4, k, nCuts)};
      // A one-sided cut writes its derivative to the array of the threshold that it has.
      Membership<Real, Step, Derivatives>(CutAt<Real>(sel, point, k), n, columns[k] + first, out);
#pragma omp simd
      for (std::size_t i = 0; i < n; ++i) {
         before[i] = product[i];
         product[i] *= value[i];
      }
   }
   if (withValue)
      AddWeighted<Real, NWeights>(n, product, ones, weights, scale, sums, stride);
   if constexpr (kDerive) {
      double *derivatives = sums + (withValue ? 1 : 0);
      Real *after = ones;
      for (std::size_t k = nCuts; k-- > 0;) {
         const Real *value = scratch.Array(0, k, nCuts);
         Real *exclusive = scratch.Array(1, k, nCuts);
#pragma omp simd
         for (std::size_t i = 0; i < n; ++i) {
            exclusive[i] *= after[i];
            after[i] *= value[i];
         }
         const auto kind = static_cast<GradCutKind>(sel.fKinds[k]);
         if (kind != kGradCutBelow)
            AddWeighted<Real, NWeights>(n, exclusive, scratch.Array(2, k, nCuts), weights, scale, derivatives + k,
                                        stride);
         if (kind != kGradCutAbove)
            AddWeighted<Real, NWeights>(n, exclusive, scratch.Array(3, k, nCuts), weights, scale,
                                        derivatives + nCuts + k, stride);
         if (Derivatives == kGradCutAll)
            AddWeighted<Real, NWeights>(n, exclusive, scratch.Array(4, k, nCuts), weights, scale,
                                        derivatives + 2 * nCuts + k, stride);
      }
   }
}

/// Weights beyond the range in which a float can hold their square are scaled; returns the scale of the block.
template <class Real>
double WeightScale(std::size_t n, const Real *weights)
{
   if (sizeof(Real) == sizeof(double))
      return 1.;
   Real largest = 0;
   for (std::size_t i = 0; i < n; ++i) {
      const Real a = weights[i] < 0 ? -weights[i] : weights[i];
      largest = a > largest ? a : largest;
   }
   const bool fine = largest == Real(0) || (largest > Real(1e-12) && largest < Real(1e12));
   return fine ? 1. : static_cast<double>(largest);
}

template <class Real>
BlockWeights<Real, 3> PowersOf(std::size_t n, const Real *weights, double scale)
{
   BlockWeights<Real, 3> powers;
   const Real inverse = static_cast<Real>(1. / scale);
#pragma omp simd
   for (std::size_t i = 0; i < n; ++i) {
      const Real w = weights[i] * inverse;
      powers.fW[0][i] = weights[i] != Real(0) ? Real(1) : Real(0);
      powers.fW[1][i] = w;
      powers.fW[2][i] = w * w;
   }
   return powers;
}

template <class Real, class Step, GradCutDerivatives Derivatives>
void Moments(const GradCutSelection &sel, std::size_t nEvents, const Real *const *columns, const Real *weights,
             double *sums)
{
   alignas(64) unsigned char memory[kScratchBytes];
   const Scratch<Real> scratch(memory, sel.fNCuts);
   const std::size_t row = GRADCUT_ROW(sel.fNCuts);
   for (std::size_t first = 0; first < nEvents; first += scratch.fBlock) {
      const std::size_t n = nEvents - first < scratch.fBlock ? nEvents - first : scratch.fBlock;
      const double s = WeightScale(n, weights + first);
      const double scale[3] = {1., s, s * s};
      const auto powers = PowersOf(n, weights + first, s);
      for (std::size_t p = 0; p < sel.fNPoints; ++p)
         AddBlock<Real, Step, Derivatives, 3>(sel, p, n, columns, first, scratch, powers, scale, sums + p * 3 * row,
                                              row, true);
   }
}

template <class Real, class Step, GradCutDerivatives Derivatives>
void Vjp(const GradCutSelection &sel, std::size_t nEvents, const Real *const *columns, const Real *weights,
         const double *cotangents, double *gradient)
{
   alignas(64) unsigned char memory[kScratchBytes];
   const Scratch<Real> scratch(memory, sel.fNCuts);
   const double one = 1.;
   for (std::size_t first = 0; first < nEvents; first += scratch.fBlock) {
      const std::size_t n = nEvents - first < scratch.fBlock ? nEvents - first : scratch.fBlock;
      for (std::size_t p = 0; p < sel.fNPoints; ++p) {
         const double *c = cotangents + 3 * p;
         BlockWeights<Real, 1> combined;
         for (std::size_t i = 0; i < n; ++i) {
            const double w = weights[first + i];
            combined.fW[0][i] = static_cast<Real>(w == 0. ? 0. : c[0] + w * (c[1] + w * c[2]));
         }
         AddBlock<Real, Step, Derivatives, 1>(sel, p, n, columns, first, scratch, combined, &one,
                                              gradient + p * 3 * sel.fNCuts, 0, false);
      }
   }
}

template <class Real, class Step>
void MembershipOf(const GradCutSelection &sel, std::size_t nEvents, const Real *const *columns, Real *membership)
{
   alignas(64) Real value[kMaxBlock];
   for (std::size_t p = 0; p < sel.fNPoints; ++p) {
      for (std::size_t first = 0; first < nEvents; first += kMaxBlock) {
         const std::size_t n = nEvents - first < kMaxBlock ? nEvents - first : kMaxBlock;
         Real *product = membership + p * nEvents + first;
         for (std::size_t i = 0; i < n; ++i)
            product[i] = Real(1);
         for (std::size_t k = 0; k < sel.fNCuts; ++k) {
            const CutBlock<Real> out{value, nullptr, nullptr, nullptr};
            Membership<Real, Step, kGradCutValues>(CutAt<Real>(sel, p, k), n, columns[k] + first, out);
#pragma omp simd
            for (std::size_t i = 0; i < n; ++i)
               product[i] *= value[i];
         }
      }
   }
}

template <class Real>
struct PrecisionGuard {};
template <>
struct PrecisionGuard<float> : FlushDenormals {};

/// Turns run-time choices into template arguments; `f` is called with a step and the derivatives as types.
template <template <class> class Step, class Real, GradCutDerivatives D>
struct Choice {
   using StepType = Step<Real>;
   static constexpr GradCutDerivatives kDerivatives = D;
};

template <class Real, template <class> class Step, class F>
void WithDerivatives(GradCutDerivatives derivatives, F &&f)
{
   switch (derivatives) {
   case kGradCutValues: f(Choice<Step, Real, kGradCutValues>{}); break;
   case kGradCutThresholds: f(Choice<Step, Real, kGradCutThresholds>{}); break;
   case kGradCutAll: f(Choice<Step, Real, kGradCutAll>{}); break;
   }
}

template <class Real, class F>
void WithChoice(GradCutStep step, GradCutDerivatives derivatives, F &&f)
{
   [[maybe_unused]] PrecisionGuard<Real> guard;
   switch (step) {
   case kGradCutHard: f(Choice<HardStep, Real, kGradCutValues>{}); break;
   case kGradCutLogistic: WithDerivatives<Real, LogisticStep>(derivatives, f); break;
   case kGradCutGaussian: WithDerivatives<Real, GaussianStep>(derivatives, f); break;
   }
}

template <class Real>
void MomentsEntry(const GradCutSelection &sel, size_t n, const Real *const *columns, const Real *weights,
                  GradCutDerivatives derivatives, double *sums)
{
   WithChoice<Real>(sel.fStep, derivatives, [&](auto choice) {
      using C = decltype(choice);
      Moments<Real, typename C::StepType, C::kDerivatives>(sel, n, columns, weights, sums);
   });
}

template <class Real>
void VjpEntry(const GradCutSelection &sel, size_t n, const Real *const *columns, const Real *weights,
              const double *cotangents, GradCutDerivatives derivatives, double *gradient)
{
   WithChoice<Real>(sel.fStep, derivatives, [&](auto choice) {
      using C = decltype(choice);
      if constexpr (C::kDerivatives != kGradCutValues)
         Vjp<Real, typename C::StepType, C::kDerivatives>(sel, n, columns, weights, cotangents, gradient);
   });
}

template <class Real>
void MembershipEntry(const GradCutSelection &sel, size_t n, const Real *const *columns, Real *membership)
{
   WithChoice<Real>(sel.fStep, kGradCutValues, [&](auto choice) {
      MembershipOf<Real, typename decltype(choice)::StepType>(sel, n, columns, membership);
   });
}

} // namespace

#define GRADCUT_CONCAT_(a, b) a##b
#define GRADCUT_CONCAT(a, b) GRADCUT_CONCAT_(a, b)

namespace GradCut {
namespace Internal {
const KernelTable GRADCUT_CONCAT(kKernels, GRADCUT_KERNEL_SET) = {
   {MomentsEntry<float>, VjpEntry<float>, MembershipEntry<float>},
   {MomentsEntry<double>, VjpEntry<double>, MembershipEntry<double>}};
} // namespace Internal
} // namespace GradCut
