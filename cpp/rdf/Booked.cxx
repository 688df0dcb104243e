#include <gradcut/rdf/Booked.hxx>

#include <ROOT/RDFHelpers.hxx>

namespace GradCut {

void Run(const std::vector<std::shared_ptr<Booked>> &results)
{
   std::vector<ROOT::RDF::RResultHandle> pending;
   for (const auto &result : results) {
      for (const auto &handle : result->Handles()) {
         if (!handle.IsReady())
            pending.push_back(handle);
      }
   }
   if (pending.size() > 1)
      ROOT::RDF::RunGraphs(pending);
   // Handles know about the nominal results only: variations that were asked for later are still missing.
   for (const auto &result : results)
      result->Compute();
}

void BookedMoments::BookVariations()
{
   using Map_t = ROOT::RDF::Experimental::RResultMap<Moments>;
   if (!fVaried)
      fVaried = std::make_unique<Map_t>(ROOT::RDF::Experimental::VariationsFor(fNominal));
}

std::vector<std::string> BookedMoments::Variations() const
{
   return fVaried ? fVaried->GetKeys() : std::vector<std::string>{"nominal"};
}

std::vector<ROOT::RDF::RResultHandle> BookedMoments::Handles() const
{
   if (fVaried)
      return {*fVaried};
   return {fNominal};
}

void BookedMoments::Compute()
{
   if (fVaried)
      (*fVaried)["nominal"];
   else
      *fNominal;
}

const Moments &BookedMoments::Get(const std::string &variation)
{
   return variation == "nominal" ? *fNominal : (*fVaried)[variation];
}

} // namespace GradCut
