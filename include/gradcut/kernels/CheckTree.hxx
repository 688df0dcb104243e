/// \file CheckTree.hxx
/// \brief Whether a tree makes sense, for all who make one.
#ifndef GRADCUT_KERNELS_CHECKTREE_HXX
#define GRADCUT_KERNELS_CHECKTREE_HXX

#include <gradcut/kernels/Tree.h>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

namespace GradCut {
/// \brief Check that every index exists, every child is there, and that objects and events are not mixed: the kernels
/// trust what they are given.
/// \throws std::invalid_argument saying what is wrong
inline void CheckTree(const GradCutTree &tree, const GradCutSelection &selection, std::size_t nCollections)
{
   const auto require = [](bool condition, const char *message) {
      if (!condition)
         throw std::invalid_argument(message);
   };
   const auto nColumns = static_cast<std::int32_t>(tree.fNColumns), nCuts = static_cast<std::int32_t>(selection.fNCuts);
   require(nColumns >= nCuts, "need at least one column per cut");
   for (std::int32_t c = 0; c < nColumns; ++c)
      require(tree.fCollections[c] >= -1 && tree.fCollections[c] < static_cast<std::int32_t>(nCollections),
              "a column belongs to a collection that there is not");
   require(tree.fNNodes > 0 && tree.fNNodes <= GRADCUT_MAX_NODES, "a tree has 1 to 512 nodes");
   std::vector<std::int32_t> domains; // of the subtrees that wait for their parent
   std::vector<bool> seen(selection.fNCuts, false);
   for (std::size_t i = 0; i < tree.fNNodes; ++i) {
      const auto kind = tree.fNodes[i];
      const auto argument = tree.fArguments[i];
      require(kind <= kGradCutCount, "a node is not one of 0 to 5");
      if (kind == kGradCutLeaf || kind == kGradCutGiven) {
         require(argument >= 0 && argument < (kind == kGradCutLeaf ? nCuts : nColumns), "a node has no such column");
         if (kind == kGradCutLeaf) {
            const auto k = static_cast<std::size_t>(argument);
            require(!seen[k], "a cut is in the tree twice");
            seen[k] = true;
         }
         domains.push_back(tree.fCollections[argument]);
         continue;
      }
      const bool many = kind == kGradCutAllOf || kind == kGradCutAnyOf;
      const auto children = many ? argument : 1;
      require(children >= 1 && static_cast<std::size_t>(children) <= domains.size(), "a node lacks children");
      const auto domain = domains.back();
      for (std::int32_t c = 0; c < children; ++c) {
         require(domains.back() == domain, "the children of a node differ in whether they are objects");
         domains.pop_back();
      }
      if (kind == kGradCutCount) {
         require(domain >= 0, "a count needs objects");
         require(argument >= 0 && argument < 4096 && (tree.fUpper[i] == -1 || tree.fUpper[i] > argument) &&
                    tree.fUpper[i] < 4096,
                 "a count accepts n to m - 1 objects, 0 <= n < m < 4096");
      }
      domains.push_back(kind == kGradCutCount ? -1 : domain);
   }
   require(domains.size() == 1 && domains[0] == -1, "a tree has one root, which belongs to events");
   require(tree.fNTerms <= GRADCUT_MAX_TERMS, "a tree has at most 512 terms");
   for (std::size_t t = 0; t < tree.fNTerms; ++t) {
      const auto cut = tree.fTermCuts[t], column = tree.fTermColumns[t];
      require(cut >= 0 && cut < nCuts && column >= 0 && column < nColumns, "a term has no such cut or column");
      require(selection.fKinds[cut] <= kGradCutBelow, "only one-sided cuts have terms");
      require(tree.fCollections[cut] == tree.fCollections[column], "a term and its cut belong to different objects");
   }
}

} // namespace GradCut

#endif
