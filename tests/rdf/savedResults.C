/// \file savedResults.C
/// \brief Saved results in a macro, without Python; test_saved_macro.py compares what it prints with Python.
#include <gradcut/RDF.hxx>

#include <ROOT/RDataFrame.hxx>

#include <cstdio>
#include <string>

void savedResults(const std::string &events, const std::string &observablePath, const std::string &jointPath)
{
   ROOT::RDataFrame frame("events", events);
   const auto observable = GradCut::LoadObservable(observablePath);
   auto scored = observable.Define(observable.DefineOutput(frame, "score"), "score_bin");
   auto scores = scored.Take<double>("score");
   auto bins = scored.Take<int>("score_bin");
   auto histogram = scored.Histo1D(observable.Model("score"), "score", "weight");
   auto moments = observable.BookMoments(frame, "weight");

   const auto joint = GradCut::LoadJoint(jointPath);
   auto numbers = joint.DefinePerFold(frame, "number").Take<int>("number");
   auto behind = joint.Apply(frame, "behind").Take<int>("behind");

   for (std::size_t i = 0; i < scores->size(); ++i)
      std::printf("event %.17g %d %d\n", (*scores)[i], (*bins)[i], (*numbers)[i]);
   for (const auto number : *behind)
      std::printf("behind %d\n", number);
   for (std::size_t bin = 0; bin < observable.NBins(); ++bin)
      std::printf("bin %.17g %.17g\n", histogram->GetBinContent(bin + 1), moments->At(0, 1)[bin]);
}
