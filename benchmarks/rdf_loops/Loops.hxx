/// \file Loops.hxx
/// \brief What the benchmark compares the actions of gradcut with, compiled like them.
#ifndef GRADCUT_BENCHMARKS_LOOPS_HXX
#define GRADCUT_BENCHMARKS_LOOPS_HXX

#include <ROOT/RDF/InterfaceUtils.hxx>
#include <ROOT/RDF/RInterface.hxx>
#include <ROOT/RResultPtr.hxx>

#include <string>
#include <vector>

namespace Benchmark {

/// \brief Write `x0` ... `x9` and `weight`, all float, as TTree or RNTuple "events".
///
/// The distributions are those of the reference data: x0 to x7 Gaussian, x8 exponential, x9 uniform.
void Generate(const std::string &path, bool isRNTuple, long long nEvents, unsigned long long seed, int compression);

/// Ten hard cuts `x_k > thresholds[k]` in one compiled Filter, then the sum of the weights.
ROOT::RDF::RResultPtr<double> HardSum(ROOT::RDF::RNode node, const std::vector<double> &thresholds);

/// An action that reads the eleven columns and does nothing with them.
ROOT::RDF::RResultPtr<int> ReadOnly(ROOT::RDF::RNode node);

} // namespace Benchmark

#endif
