/// \file SoftTree.hxx
/// \brief How the cuts of a soft selection are combined, owning its numbers.
#ifndef GRADCUT_RDF_SOFTTREE_HXX
#define GRADCUT_RDF_SOFTTREE_HXX

#include <gradcut/kernels/Tree.h>
#include <gradcut/rdf/SoftSelection.hxx>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace GradCut {

/// \brief Alternatives, counts of objects, given conditions and terms; see gradcut/kernels/Tree.h for their meaning.
///
/// Written by hand with the chainable functions, children before their parents, the root last. At least two jets, each
/// above the first cut and below the second, and the event above the third:
/// ~~~{.cpp}
/// GradCut::SoftSelection cuts;
/// cuts.Above(30., 5.).Below(2.5, 0.2).Above(100., 20.);
/// GradCut::SoftTree tree;
/// tree.Columns({0, 0, -1}).Leaf(0).Leaf(1).AllOf(2).AtLeast(2).Leaf(2).AllOf(2);
/// auto soft = GradCut::BookSoftMoments(df, cuts, tree, {"Jet_pt", "Jet_absEta", "MET_pt"}, "genWeight");
/// ~~~
struct SoftTree {
   std::vector<std::uint8_t> fNodes; ///< \ref GradCutNode in postfix order
   std::vector<std::int32_t> fArguments;
   std::vector<std::int32_t> fUpper;
   std::vector<std::int32_t> fCollections; ///< per column: its collection of objects, or -1 for one value per event
   std::vector<std::int32_t> fTermCuts;
   std::vector<std::int32_t> fTermColumns;
   std::vector<double> fTermValues; ///< `[point][term]`

   /// Which collection of objects each column belongs to, -1 for one value per event; those of the cuts first.
   SoftTree &Columns(std::vector<std::int32_t> collections)
   {
      fCollections = std::move(collections);
      return *this;
   }
   /// One of the cuts.
   SoftTree &Leaf(std::int32_t cut) { return Add(kGradCutLeaf, cut); }
   /// Where a column is neither 0 nor NaN.
   SoftTree &Given(std::int32_t column) { return Add(kGradCutGiven, column); }
   /// What all of the `n` nodes before keep.
   SoftTree &AllOf(std::int32_t n) { return Add(kGradCutAllOf, n); }
   /// What any of the `n` nodes before keeps.
   SoftTree &AnyOf(std::int32_t n) { return Add(kGradCutAnyOf, n); }
   /// The opposite of the node before.
   SoftTree &Not() { return Add(kGradCutNot, 0); }
   /// Events of which the node before keeps at least `n` objects.
   SoftTree &AtLeast(std::int32_t n) { return Add(kGradCutCount, n); }
   /// Events of which the node before keeps at least `n` and fewer than `m` objects.
   SoftTree &AtLeastButFewer(std::int32_t n, std::int32_t m) { return Add(kGradCutCount, n, m); }

   std::size_t NColumns() const { return fCollections.size(); }
   std::size_t NTerms() const { return fTermCuts.size(); }
   /// Number of collections of objects.
   std::size_t NCollections() const;

   /// \brief Check that sizes and values make sense, for these cuts and points.
   /// \throws std::invalid_argument saying what is wrong
   void Validate(const SoftSelection &selection) const;

   /// The same as the kernels want it; points into this object.
   GradCutTree View() const
   {
      return {fNodes.size(),       fNodes.data(), fArguments.data(), fUpper.data(),       NColumns(),
              fCollections.data(), NTerms(),      fTermCuts.data(),  fTermColumns.data(), fTermValues.data()};
   }

private:
   SoftTree &Add(GradCutNode node, std::int32_t argument, std::int32_t upper = -1)
   {
      fNodes.push_back(static_cast<std::uint8_t>(node));
      fArguments.push_back(argument);
      fUpper.push_back(upper);
      return *this;
   }
};

} // namespace GradCut

#endif
