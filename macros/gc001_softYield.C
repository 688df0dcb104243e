/// \file gc001_softYield.C
/// \brief A soft yield and its derivative inside RDataFrame, without Python.
///
/// The signal is an exponential with mean 1; the cut `x > 1` keeps `exp(-1)` of it. A smooth step of width h keeps
/// almost the same, and tells how the yield changes with the threshold: `-exp(-1)` per unit.
///
///     root -l -b -q -e 'gSystem->Load("libROOTDataFrame"); gInterpreter->AddIncludePath("<include>");
///                       gSystem->Load("<lib>/libGradCutRDF.so")' macros/gc001_softYield.C
///
/// with the directories that `gradcut config --incdir` and `gradcut config --libdir` print.

#include <gradcut/RDF.hxx>

#include <ROOT/RDataFrame.hxx>
#include <TError.h>

#include <cmath>
#include <cstdio>

void gc001_softYield()
{
   // Events at the quantiles of the exponential: the sums have no statistical error. Their weights sum to 1.
   const int n = 200000;
   auto events = ROOT::RDataFrame(n)
                    .Define("x", [n](ULong64_t i) { return -std::log1p(-(i + 0.5) / n); }, {"rdfentry_"})
                    .Define("w", [n]() { return 1. / n; });

   GradCut::SoftSelection cuts;
   const double width = 0.05;
   cuts.Above(1., width);

   // Lazy, as everything in RDataFrame: both results come from one event loop.
   auto soft = GradCut::BookSoftMoments(events, cuts, {"x"}, "w");
   auto hard = events.Filter([](double x) { return x > 1.; }, {"x"}).Sum<double>("w");

   // For a logistic step the exact answer is exp(-1) * (pi h) / sin(pi h), up to exp(-1/h) from the edge at x = 0.
   const double expected = std::exp(-1.) * M_PI * width / std::sin(M_PI * width);
   std::printf("yield of x > 1: hard %.5f, soft %.5f (expected %.5f), d/dthreshold %.5f\n", *hard, soft->Yield(),
               expected, soft->YieldSlopeLow(0));
   R__ASSERT(std::abs(*hard - std::exp(-1.)) < 1e-5);
   R__ASSERT(std::abs(soft->Yield() - expected) < 1e-5);
   R__ASSERT(std::abs(soft->YieldSlopeLow(0) + expected) < 1e-4);
   R__ASSERT(events.GetNRuns() == 1);
}
