// Compiled once per instruction set; GRADCUT_KERNEL_SET names the set. Formulas: gradcut/kernels/Tree.h.
//
// Blocks of events go through the tree node by node: forth in postfix order, back in the opposite one.
#include "Choices.hxx"
#include "KernelTable.hxx"
#include "TreePlan.hxx"
#include "Weights.hxx"

namespace {

/// What depends on the step: everything else of a tree is compiled once.
template <class Pack>
struct StepFunctions {
   Cut<Pack> (*fMakeCut)(const GradCutSelection &, std::size_t, std::size_t);
   void (*fLeaf)(const Cut<Pack> &, const typename Pack::Real *, std::size_t, const NodeArrays<typename Pack::Real> &);
   double fScale;
};

template <class Pack>
class TreePass {
   using Real = typename Pack::Real;

public:
   TreePass(const GradCutSelection &selection, const GradCutTree &tree, const TreePlan &plan, TreeWork<Real> &work,
            const Real *const *columns, const std::int64_t *const *offsets, StepFunctions<Pack> step,
            GradCutDerivatives derivatives)
      : fSelection(selection), fTree(tree), fPlan(plan), fWork(work), fColumns(columns), fOffsets(offsets), fStep(step),
        fDerivatives(derivatives)
   {
   }

   void SetPoint(std::size_t point)
   {
      fPoint = point;
      for (std::size_t k = 0; k < fSelection.fNCuts; ++k)
         fCuts[k] = fStep.fMakeCut(fSelection, point, k);
   }

   /// Adds a block of events at the point to `[moment][row]`.
   void Add(std::size_t first, std::size_t n, const ChunkWeights<Pack, 3> &weights, std::size_t firstWeight,
            double *sums, std::size_t row)
   {
      fFirst = first;
      fN = n;
      for (std::size_t i = 0; i < fTree.fNNodes; ++i)
         Forward(i);
      const std::size_t root = fTree.fNNodes - 1;
      for (int j = 0; j < 3; ++j)
         sums[j * row] += Weighted(fWork.fNodes[root].fValue, weights.fW[j] + firstWeight);
      if (fDerivatives != kGradCutValues) {
         for (std::size_t e = 0; e < n; ++e)
            fWork.fNodes[root].fAdjoint[e] = Real(1);
         for (std::size_t i = fTree.fNNodes; i-- > 0;) {
            if (fTree.fNodes[i] == kGradCutLeaf)
               AddLeaf(i, weights, firstWeight, sums, row);
            else
               Back(i);
         }
      }
   }

private:
   std::size_t Begin(std::int32_t domain) const
   {
      return domain < 0 ? fFirst : static_cast<std::size_t>(fOffsets[domain][fFirst] - fOffsets[domain][0]);
   }
   std::size_t Size(std::int32_t domain) const
   {
      return domain < 0 ? fN : static_cast<std::size_t>(fOffsets[domain][fFirst + fN] - fOffsets[domain][fFirst]);
   }
   /// First object of an event of the block, counted from the first object of the block.
   std::size_t ObjectOf(std::int32_t domain, std::size_t event) const
   {
      return static_cast<std::size_t>(fOffsets[domain][fFirst + event] - fOffsets[domain][fFirst]);
   }

   /// A block is summed in the precision of the kernel, like the chunks of a selection.
   double Weighted(const Real *terms, const Real *weights) const
   {
      Real sum = 0;
#pragma omp simd reduction(+ : sum)
      for (std::size_t e = 0; e < fN; ++e)
         sum += terms[e] * weights[e];
      return static_cast<double>(sum);
   }

   void Forward(std::size_t i)
   {
      auto &node = fWork.fNodes[i];
      const auto domain = fPlan.fDomain[i];
      const std::size_t n = Size(domain);
      const auto argument = static_cast<std::size_t>(fTree.fArguments[i]);
      switch (fTree.fNodes[i]) {
      case kGradCutLeaf: ForwardLeaf(node, argument, Begin(domain), n); break;
      case kGradCutGiven: GivenForward(fColumns[argument] + Begin(domain), n, node.fValue); break;
      case kGradCutAllOf:
      case kGradCutAnyOf: ForwardCombined(i, n); break;
      case kGradCutNot:
         for (std::size_t e = 0; e < n; ++e)
            node.fValue[e] = Real(1) - fWork.fNodes[i - 1].fValue[e];
         break;
      default: ForwardCount(i); break;
      }
   }

   void ForwardLeaf(NodeArrays<Real> &node, std::size_t k, std::size_t begin, std::size_t n)
   {
      Cut<Pack> cut = fCuts[k];
      const Real *x = fColumns[k] + begin;
      bool varies = false;
      for (std::size_t t = 0; t < fTree.fNTerms; ++t) {
         if (static_cast<std::size_t>(fTree.fTermCuts[t]) != k)
            continue;
         // The whole threshold first: hard comparisons are those of the expression that users write.
         Real *threshold = node.fAdjoint;
         if (!varies) {
            for (std::size_t e = 0; e < n; ++e)
               threshold[e] = cut.HasLow() ? cut.fLow : cut.fHigh;
            varies = true;
         }
         const Real v = static_cast<Real>(fTree.fTermValues[fPoint * fTree.fNTerms + t]);
         const Real *basis = fColumns[fTree.fTermColumns[t]] + begin;
         for (std::size_t e = 0; e < n; ++e)
            threshold[e] += v * basis[e];
      }
      if (varies) {
         for (std::size_t e = 0; e < n; ++e)
            node.fAdjoint[e] = x[e] - node.fAdjoint[e];
         x = node.fAdjoint;
         cut.fLow = cut.fHigh = Real(0);
      }
      fStep.fLeaf(cut, x, n, node);
   }

   void ForwardCombined(std::size_t i, std::size_t n)
   {
      auto &node = fWork.fNodes[i];
      const bool all = fTree.fNodes[i] == kGradCutAllOf;
      for (std::size_t e = 0; e < n; ++e)
         node.fValue[e] = all ? Real(1) : Real(0);
      std::size_t child = i - 1;
      for (std::size_t left = TreePlan::NChildren(fTree, i); left-- > 0; child -= fPlan.fSize[child]) {
         // The way back needs what the children after each of them make together.
         if (fDerivatives != kGradCutValues) {
            for (std::size_t e = 0; e < n; ++e)
               fWork.fNodes[child].fAdjoint[e] = node.fValue[e];
         }
         Combine(all, fWork.fNodes[child].fValue, n, node.fValue);
      }
   }

   void ForwardCount(std::size_t i)
   {
      const auto domain = fPlan.fDomain[i - 1];
      const auto range = TreePlan::Range(fTree, i);
      auto &node = fWork.fNodes[i];
      const Real *child = fWork.fNodes[i - 1].fValue;
      WithStates(range, [&](auto known) {
         for (std::size_t e = 0; e < fN; ++e) {
            const std::size_t from = ObjectOf(domain, e), to = ObjectOf(domain, e + 1);
            Real *states = node.fLow + (from + e) * (known.Last() + 1);
            node.fValue[e] = CountForward(known, range, child + from, to - from, states);
         }
      });
   }

   void Back(std::size_t i)
   {
      auto &node = fWork.fNodes[i];
      const std::size_t n = Size(fPlan.fDomain[i]);
      switch (fTree.fNodes[i]) {
      case kGradCutGiven: break;
      case kGradCutNot:
         for (std::size_t e = 0; e < n; ++e)
            fWork.fNodes[i - 1].fAdjoint[e] = -node.fAdjoint[e];
         break;
      case kGradCutCount: BackCount(i); break;
      default: BackCombined(i, n); break;
      }
   }

   void BackCombined(std::size_t i, std::size_t n)
   {
      const bool all = fTree.fNodes[i] == kGradCutAllOf;
      for (std::size_t e = 0; e < n; ++e)
         fWork.fOthers[e] = Real(1);
      // The forward pass went from the last child to the first; so the first one comes first on the way back.
      std::size_t children[GRADCUT_MAX_NODES], child = i - 1;
      const std::size_t count = TreePlan::NChildren(fTree, i);
      for (std::size_t c = count; c-- > 0; child -= fPlan.fSize[child])
         children[c] = child;
      for (std::size_t c = 0; c < count; ++c) {
         auto &arrays = fWork.fNodes[children[c]];
         CombineBack(all, arrays.fValue, arrays.fAdjoint, n, fWork.fNodes[i].fAdjoint, fWork.fOthers, arrays.fAdjoint);
      }
   }

   void BackCount(std::size_t i)
   {
      const auto domain = fPlan.fDomain[i - 1];
      const auto range = TreePlan::Range(fTree, i);
      auto &child = fWork.fNodes[i - 1];
      const auto &node = fWork.fNodes[i];
      WithStates(range, [&](auto known) {
         for (std::size_t e = 0; e < fN; ++e) {
            const std::size_t from = ObjectOf(domain, e), n = ObjectOf(domain, e + 1) - from;
            const Real *states = node.fLow + (from + e) * (known.Last() + 1);
            CountBack(known, range, child.fValue + from, n, states, node.fAdjoint[e], fWork.fGain,
                      child.fAdjoint + from);
         }
      });
   }

   /// `sum over the objects of every event of adjoint * derivative (* basis)`, then over the events with their weights.
   void AddSums(const NodeArrays<Real> &node, std::int32_t domain, const Real *derivative, const Real *basis,
                double factor, const ChunkWeights<Pack, 3> &weights, std::size_t firstWeight, double *sums,
                std::size_t row)
   {
      Real perEvent[kTreeBlock];
      if (domain < 0 && !basis) {
         for (std::size_t e = 0; e < fN; ++e)
            perEvent[e] = node.fAdjoint[e] * derivative[e];
      }
      for (std::size_t e = domain < 0 && !basis ? fN : 0; e < fN; ++e) {
         const std::size_t from = domain < 0 ? e : ObjectOf(domain, e),
                           to = domain < 0 ? e + 1 : ObjectOf(domain, e + 1);
         Real sum = 0;
         for (std::size_t o = from; o < to; ++o) {
            const Real term = node.fAdjoint[o] * derivative[o];
            // A derivative that vanishes stays zero where the column of the basis is infinite or missing.
            sum += basis ? (term != Real(0) ? term * basis[o] : Real(0)) : term;
         }
         perEvent[e] = sum;
      }
      for (int j = 0; j < 3; ++j)
         sums[j * row] += factor * Weighted(perEvent, weights.fW[j] + firstWeight);
   }

   void AddLeaf(std::size_t i, const ChunkWeights<Pack, 3> &weights, std::size_t firstWeight, double *sums,
                std::size_t row)
   {
      const auto &node = fWork.fNodes[i];
      const auto domain = fPlan.fDomain[i];
      const auto k = static_cast<std::size_t>(fTree.fArguments[i]);
      const auto &cut = fCuts[k];
      const DerivativeFactors factor(cut, fStep.fScale);
      const std::size_t nCuts = fSelection.fNCuts;
      const auto add = [&](const Real *derivative, const Real *basis, double f, std::size_t slot) {
         AddSums(node, domain, derivative, basis, f, weights, firstWeight, sums + slot, row);
      };
      if (cut.HasLow())
         add(node.fLow, nullptr, factor.fLow, 1 + k);
      if (cut.HasHigh())
         add(node.fHigh, nullptr, factor.fHigh, 1 + nCuts + k);
      if (fDerivatives == kGradCutAll)
         add(node.fWidth, nullptr, factor.fWidth, 1 + 2 * nCuts + k);
      for (std::size_t t = 0; t < fTree.fNTerms; ++t) {
         if (static_cast<std::size_t>(fTree.fTermCuts[t]) != k)
            continue;
         add(cut.HasLow() ? node.fLow : node.fHigh, fColumns[fTree.fTermColumns[t]] + Begin(domain),
             cut.HasLow() ? factor.fLow : factor.fHigh, GRADCUT_ROW(nCuts) + t);
      }
   }

   const GradCutSelection &fSelection;
   const GradCutTree &fTree;
   const TreePlan &fPlan;
   TreeWork<Real> &fWork;
   const Real *const *fColumns;
   const std::int64_t *const *fOffsets;
   const StepFunctions<Pack> fStep;
   const GradCutDerivatives fDerivatives;
   Cut<Pack> fCuts[GRADCUT_MAX_CUTS];
   std::size_t fPoint = 0, fFirst = 0, fN = 0;
};

template <class Pack>
void TreeMoments(const GradCutSelection &selection, const GradCutTree &tree, std::size_t nEvents,
                 const typename Pack::Real *const *columns, const std::int64_t *const *offsets,
                 const typename Pack::Real *weights, StepFunctions<Pack> step, GradCutDerivatives derivatives,
                 void *workspace, double *out)
{
   using Real = typename Pack::Real;
   const TreePlan plan(tree);
   Memory<Real> memory(workspace);
   TreeWork<Real> work(tree, plan, nEvents, offsets, memory);
   TreePass<Pack> pass(selection, tree, plan, work, columns, offsets, step, derivatives);
   ChunkWeights<Pack, 3> powers;
   const std::size_t row = GRADCUT_TREE_ROW(selection.fNCuts, tree.fNTerms);
   double sums[3 * GRADCUT_TREE_ROW(GRADCUT_MAX_CUTS, GRADCUT_MAX_TERMS)];
   for (std::size_t first = 0; first < nEvents; first += kChunk) {
      const std::size_t n = nEvents - first < kChunk ? nEvents - first : kChunk;
      const double s = WeightScale<Pack>(n, weights + first);
      const double scale[3] = {1., s, s * s};
      FillPowers<Pack>(n, weights + first, s, powers);
      for (std::size_t p = 0; p < selection.fNPoints; ++p) {
         pass.SetPoint(p);
         for (std::size_t r = 0; r < 3 * row; ++r)
            sums[r] = 0.;
         for (std::size_t at = 0; at < n; at += kTreeBlock)
            pass.Add(first + at, n - at < kTreeBlock ? n - at : kTreeBlock, powers, at, sums, row);
         for (std::size_t j = 0; j < 3; ++j) {
            for (std::size_t r = 0; r < row; ++r)
               out[(p * 3 + j) * row + r] += scale[j] * sums[j * row + r];
         }
      }
   }
}

template <class Pack, class Real = typename Pack::Real>
void TreeMomentsEntry(const GradCutSelection &selection, const GradCutTree &tree, size_t n, const Real *const *columns,
                      const int64_t *const *offsets, const Real *weights, GradCutDerivatives derivatives,
                      void *workspace, double *sums)
{
   WithChoice<Pack>(selection.fStep, derivatives == kGradCutValues ? kGradCutValues : kGradCutAll, [&](auto choice) {
      using C = decltype(choice);
      using Step = typename C::Step;
      const StepFunctions<Pack> step{MakeCut<Pack, Step>, LeafForward<Pack, Step, C::kDerivatives>,
                                     Step::Scale(Pack{})};
      TreeMoments<Pack>(selection, tree, n, columns, offsets, weights, step, derivatives, workspace, sums);
   });
}

} // namespace

#define GRADCUT_CONCAT_(a, b) a##b
#define GRADCUT_CONCAT(a, b) GRADCUT_CONCAT_(a, b)

namespace GradCut {
namespace Internal {
const TreeTable GRADCUT_CONCAT(kTreeKernels, GRADCUT_KERNEL_SET) = {TreeMomentsEntry<FloatPack>,
                                                                    TreeMomentsEntry<DoublePack>};
} // namespace Internal
} // namespace GradCut
