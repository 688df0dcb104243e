/// \file gc101_applyCuts.C
/// \brief Apply learned cuts in C++, without Python.
///
/// `gc101_learnCuts.py` learns the cuts of a search and writes `cuts.json`, and beside it the signal events that pass.
/// Here the same file gives the same filters, on the same events:
///
///     root -l -b -q -e 'gSystem->Load("libROOTDataFrame"); gInterpreter->AddIncludePath("<include>");
///                       gSystem->Load("<lib>/libGradCutRDF.so")' 'macros/gc101_applyCuts.C("gc101", "signal.root")'
///
/// with the directories that `gradcut config --incdir` and `gradcut config --libdir` print, the folder that the Python
/// macro wrote, and a file that it read (`python3 -c "import gradcut.demo as d; print(d.sample_folder())"`).

#include <gradcut/RDF.hxx>

#include <ROOT/RDataFrame.hxx>
#include <TError.h>

#include <cstdio>
#include <string>

void gc101_applyCuts(const std::string &folder = "gc101", const std::string &sample = "signal.root")
{
   ROOT::RDataFrame events("events", sample);
   auto preselected = events.Filter("presel == 1", "preselection");

   const auto cuts = GradCut::LoadCuts(folder + "/cuts.json");
   for (const auto &filter : cuts.Filters(preselected))
      std::printf("%-24s Filter(\"%s\")\n", filter.fName.c_str(), filter.fCode.c_str());

   // One named filter per cut, with whatever else is booked on the node.
   auto good = cuts.Apply(preselected);
   auto count = good.Count();
   auto ids = good.Take<int>("event");
   auto total = good.Sum<float>("weight");
   auto report = good.Report();
   report->Print();
   std::printf("%llu signal events, yield %.4f\n", *count, *total);

   // The events that Python selected.
   ROOT::RDataFrame expected("events", folder + "/signal_selected.root");
   auto expectedIds = expected.Take<int>("event");
   R__ASSERT(!ids->empty());
   R__ASSERT(*ids == *expectedIds);
   R__ASSERT(events.GetNRuns() == 1);
}
