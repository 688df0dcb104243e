/// \file SoftTree.hxx
/// \brief How the cuts of a soft selection are combined, owning its numbers.
#ifndef GRADCUT_RDF_SOFTTREE_HXX
#define GRADCUT_RDF_SOFTTREE_HXX

#include <gradcut/kernels/Tree.h>
#include <gradcut/rdf/SoftSelection.hxx>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace GradCut {

/// \brief Alternatives, counts of objects, given conditions and terms; see gradcut/kernels/Tree.h for their meaning.
struct SoftTree {
   std::vector<std::uint8_t> fNodes; ///< \ref GradCutNode in postfix order
   std::vector<std::int32_t> fArguments;
   std::vector<std::int32_t> fUpper;
   std::vector<std::int32_t> fCollections; ///< per column: its collection of objects, or -1 for one value per event
   std::vector<std::int32_t> fTermCuts;
   std::vector<std::int32_t> fTermColumns;
   std::vector<double> fTermValues; ///< `[point][term]`

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
};

} // namespace GradCut

#endif
