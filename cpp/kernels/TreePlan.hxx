/// \file TreePlan.hxx
/// \brief The shape of a tree, and where its working memory is.
#ifndef GRADCUT_KERNELS_TREEPLAN_HXX
#define GRADCUT_KERNELS_TREEPLAN_HXX

#include "TreeNodes.hxx"

#include <gradcut/kernels/Tree.h>

namespace {

/// Events that go through the tree together.
constexpr std::size_t kTreeBlock = 64;
/// Arrays begin at multiples of this many numbers, and have room for whole packs.
constexpr std::size_t kAlign = 16;

/// Sizes of subtrees, and whose values each node has: a collection, or -1 for events.
struct TreePlan {
   std::size_t fSize[GRADCUT_MAX_NODES];
   std::int32_t fDomain[GRADCUT_MAX_NODES];

   explicit TreePlan(const GradCutTree &tree)
   {
      for (std::size_t i = 0; i < tree.fNNodes; ++i) {
         fSize[i] = 1;
         fDomain[i] = -1;
         const auto argument = tree.fArguments[i];
         if (tree.fNodes[i] == kGradCutLeaf || tree.fNodes[i] == kGradCutGiven) {
            fDomain[i] = tree.fCollections[argument];
            continue;
         }
         std::size_t child = i - 1;
         for (std::size_t n = NChildren(tree, i); n-- > 0;) {
            fDomain[i] = tree.fNodes[i] == kGradCutCount ? -1 : fDomain[child];
            fSize[i] += fSize[child];
            child -= fSize[child];
         }
      }
   }

   static std::size_t NChildren(const GradCutTree &tree, std::size_t node)
   {
      const bool many = tree.fNodes[node] == kGradCutAllOf || tree.fNodes[node] == kGradCutAnyOf;
      return many ? static_cast<std::size_t>(tree.fArguments[node]) : 1;
   }

   static CountRange Range(const GradCutTree &tree, std::size_t node)
   {
      const auto upper = tree.fUpper[node];
      return {static_cast<std::size_t>(tree.fArguments[node]), upper < 0 ? 0 : static_cast<std::size_t>(upper)};
   }
};

inline std::size_t RoundUp(std::size_t n)
{
   return (n + kAlign - 1) / kAlign * kAlign;
}

/// Most values that a block has in a domain.
inline std::size_t LargestBlock(std::int32_t domain, std::size_t nEvents, const std::int64_t *const *offsets)
{
   if (domain < 0)
      return kTreeBlock;
   std::size_t largest = 0;
   for (std::size_t first = 0; first < nEvents; first += kTreeBlock) {
      const std::size_t last = nEvents - first < kTreeBlock ? nEvents : first + kTreeBlock;
      const auto n = static_cast<std::size_t>(offsets[domain][last] - offsets[domain][first]);
      largest = n > largest ? n : largest;
   }
   return largest;
}

/// Gives out the working memory, or only counts it when there is none.
template <class Real>
class Memory {
public:
   explicit Memory(void *begin) : fBegin(static_cast<Real *>(begin)) {}

   Real *Take(std::size_t n)
   {
      Real *at = fBegin ? fBegin + fUsed : nullptr;
      fUsed += RoundUp(n);
      return at;
   }
   std::size_t Bytes() const { return fUsed * sizeof(Real); }

private:
   Real *fBegin;
   std::size_t fUsed = 0;
};

/// The arrays of all nodes.
template <class Real>
struct TreeWork {
   NodeArrays<Real> fNodes[GRADCUT_MAX_NODES];
   Real *fOthers = nullptr; ///< as long as the longest node
   Real *fGain = nullptr;

   TreeWork(const GradCutTree &tree, const TreePlan &plan, std::size_t nEvents, const std::int64_t *const *offsets,
            Memory<Real> &memory)
   {
      std::size_t longest = kTreeBlock, gain = 0;
      for (std::size_t i = 0; i < tree.fNNodes; ++i) {
         const std::size_t n = LargestBlock(plan.fDomain[i], nEvents, offsets);
         longest = n > longest ? n : longest;
         fNodes[i].fValue = memory.Take(n);
         fNodes[i].fAdjoint = memory.Take(n);
         if (tree.fNodes[i] == kGradCutLeaf) {
            fNodes[i].fLow = memory.Take(n);
            fNodes[i].fHigh = memory.Take(n);
            fNodes[i].fWidth = memory.Take(n);
         }
         if (tree.fNodes[i] == kGradCutCount) {
            const std::size_t row = TreePlan::Range(tree, i).States() + 1;
            const std::size_t objects = LargestBlock(plan.fDomain[i - 1], nEvents, offsets);
            fNodes[i].fLow = memory.Take((objects + kTreeBlock) * row);
            gain = row > gain ? row : gain;
         }
      }
      fOthers = memory.Take(longest);
      fGain = memory.Take(gain);
   }
};

} // namespace

#endif
