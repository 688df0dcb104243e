#include <gradcut/RDF.hxx>

#include <ROOT/RDF/RInterface.hxx>
#include <ROOT/RDFHelpers.hxx>
#include <ROOT/RDataFrame.hxx>

#include <cstdio>

int main()
{
   auto events = ROOT::RDataFrame(100).Define("x", [](ULong64_t entry) { return double(entry); }, {"rdfentry_"});
   GradCut::SoftSelection cuts;
   cuts.Above(49.5, 2.);
   GradCut::SoftMomentsOptions options;
   options.fPrecision = GradCut::EPrecision::kDouble;
   auto moments = GradCut::BookSoftMoments(events, cuts, {"x"}, "", options);
   auto columns = GradCut::BookCollect(events, {"x"});
   const auto &x = *columns->Get().fColumns[0];
   std::printf("%.6f %zu %g %s\n", moments->Yield(), x.fNEvents, x.Content<double>()[99], GradCut::RootVersion());
   return 0;
}
