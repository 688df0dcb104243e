// Features that have been gathered into a vector; compiled apart like SoftMomentsBook.cxx.
#include "SoftMomentsDispatch.hxx"

#include <gradcut/rdf/SoftMomentsAction.hxx>

#include <utility>

namespace GradCut {
namespace Internal {

ROOT::RDF::RResultPtr<Moments> GatheredMomentsBook(ROOT::RDF::RNode &node, SoftMomentsSetup setup,
                                                   const std::string &weight, const std::string &gathered)
{
   setup.fNRead = setup.NColumns();
   auto state = std::make_unique<SoftMomentsState>(std::move(setup), std::make_shared<Moments>());
   return node.Book<double, ROOT::RVec<double>>(SoftMomentsAction<double, double>(std::move(state)),
                                                {weight, gathered});
}

} // namespace Internal
} // namespace GradCut
