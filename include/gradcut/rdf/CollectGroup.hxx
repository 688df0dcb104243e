/// \file CollectGroup.hxx
/// \brief The columns of one type that one action collects.
#ifndef GRADCUT_RDF_COLLECTGROUP_HXX
#define GRADCUT_RDF_COLLECTGROUP_HXX

#include <gradcut/rdf/Collect.hxx>
#include <gradcut/rdf/CollectOrder.hxx>
#include <gradcut/rdf/CollectState.hxx>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace GradCut {
namespace Internal {

class CollectGroup {
public:
   CollectGroup(ROOT::RDF::RResultPtr<CollectResult> nominal, ColumnType type, std::vector<std::size_t> positions);

   void BookVariations();
   ROOT::RDF::RResultHandle Handle() const;
   void Compute();
   std::vector<std::string> Variations() const;
   bool Depends(const std::string &variation) const;
   /// \brief Put the columns of one variation together and into their places; this uses up what the action holds.
   void Assemble(const std::string &variation, CollectOrder *order, Collected &result);

private:
   ROOT::RDF::RResultPtr<CollectResult> fNominal;
   std::unique_ptr<ROOT::RDF::Experimental::RResultMap<CollectResult>> fVaried;
   ColumnType fType;
   std::vector<std::size_t> fPositions; ///< of the columns in the list that was asked for
};

} // namespace Internal
} // namespace GradCut

#endif
