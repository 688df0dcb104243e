#include "GatheredColumns.hxx"
#include "MomentsPlan.hxx"

#include <gradcut/rdf/ColumnTypes.hxx>
#include <gradcut/rdf/CompiledNetwork.hxx>
#include <gradcut/rdf/Network.hxx>

#include <ROOT/RVec.hxx>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <utility>

namespace GradCut {
namespace {

using Internal::CompiledNetwork;

template <class T, std::size_t>
using Repeat = T;

/// Activations of one event: less than the stack of a thread, and only what the network needs of it is touched.
struct alignas(64) OneEvent {
   unsigned char fMemory[2 * GRADCUT_MAX_NETWORK_WIDTH * sizeof(double)];
};

double OneOutput(const CompiledNetwork &network, const double *const *inputs)
{
   OneEvent work;
   double output;
   network.Evaluate(1, inputs, work.fMemory, &output);
   return output;
}

ROOT::RVec<double> AllOutputs(const CompiledNetwork &network, const double *const *inputs)
{
   OneEvent work;
   ROOT::RVec<double> outputs(network.NOutputs());
   network.Evaluate(1, inputs, work.fMemory, outputs.data());
   return outputs;
}

int LargestOutput(const CompiledNetwork &network, const double *const *inputs)
{
   OneEvent work;
   std::array<double, GRADCUT_MAX_NETWORK_WIDTH> outputs;
   network.Evaluate(1, inputs, work.fMemory, outputs.data());
   const auto end = outputs.begin() + network.NOutputs();
   if (std::any_of(outputs.begin(), end, [](double y) { return std::isnan(y); }))
      return -1;
   return static_cast<int>(std::max_element(outputs.begin(), end) - outputs.begin());
}

template <auto Function, std::size_t... Index>
void Define(ROOT::RDF::RNode &node, const std::string &name, std::shared_ptr<const CompiledNetwork> network,
            const std::vector<std::string> &columns, std::index_sequence<Index...>)
{
   const auto evaluate = [network](const Repeat<double, Index> &...x) {
      const std::array<const double *, sizeof...(Index)> inputs{&x...};
      return Function(*network, inputs.data());
   };
   node = node.Define(name, evaluate, columns);
}

/// With the first of these numbers of columns that is large enough; the last column fills the places that are left.
template <auto Function, std::size_t N, std::size_t... Larger>
void DefineSmallest(ROOT::RDF::RNode &node, const std::string &name, std::shared_ptr<const CompiledNetwork> network,
                    std::vector<std::string> columns)
{
   if constexpr (sizeof...(Larger) > 0) {
      if (columns.size() > N)
         return DefineSmallest<Function, Larger...>(node, name, std::move(network), std::move(columns));
   }
   columns.resize(N, columns.back());
   Define<Function>(node, name, std::move(network), columns, std::make_index_sequence<N>{});
}

template <auto Function>
void DefineOfVector(ROOT::RDF::RNode &node, const std::string &name, std::shared_ptr<const CompiledNetwork> network,
                    const std::string &column)
{
   const auto evaluate = [network](const ROOT::RVec<double> &x) {
      std::array<const double *, GRADCUT_MAX_NETWORK_WIDTH> inputs;
      for (std::size_t i = 0; i < x.size(); ++i)
         inputs[i] = &x[i];
      return Function(*network, inputs.data());
   };
   node = node.Define(name, evaluate, {column});
}

void CheckInputs(const Network &network, const std::vector<std::string> &columns, const std::string &where)
{
   if (columns.size() != network.NInputs())
      throw std::invalid_argument(where + ": " + std::to_string(columns.size()) + " columns for " +
                                  std::to_string(network.NInputs()) + " inputs");
}

template <auto Function>
ROOT::RDF::RNode DefineOf(ROOT::RDF::RNode node, const std::string &name,
                          std::shared_ptr<const CompiledNetwork> network, std::vector<std::string> columns)
{
   for (auto &column : columns) {
      if (GetScalarType(node, column).fElement != EElement::kDouble)
         column = DefineAsDouble(node, column);
   }
   if (columns.size() > kMaxFeatures)
      DefineOfVector<Function>(node, name, std::move(network), Internal::DefineGathered(node, columns));
   else
      DefineSmallest<Function, 2, 4, 8, 12, 16, 24, kMaxFeatures>(node, name, std::move(network), std::move(columns));
   return node;
}

} // namespace

ROOT::RDF::RNode DefineNetwork(ROOT::RDF::RNode node, const std::string &name, const Network &network,
                               const std::vector<std::string> &columns, EPrecision precision)
{
   const auto compiled = std::make_shared<const CompiledNetwork>(network, precision == EPrecision::kDouble);
   CheckInputs(network, columns, "DefineNetwork");
   const auto define = network.NOutputs() == 1 ? DefineOf<OneOutput> : DefineOf<AllOutputs>;
   return define(node, name, compiled, columns);
}

ROOT::RDF::RNode DefineLargestOutput(ROOT::RDF::RNode node, const std::string &name, const Network &network,
                                     const std::vector<std::string> &columns, EPrecision precision)
{
   const auto compiled = std::make_shared<const CompiledNetwork>(network, precision == EPrecision::kDouble);
   CheckInputs(network, columns, "DefineLargestOutput");
   return DefineOf<LargestOutput>(node, name, compiled, columns);
}

ROOT::RDF::RResultPtr<Moments> BookNetworkMoments(ROOT::RDF::RNode node, const Network &network, const SoftBins &bins,
                                                  const std::vector<std::string> &columns, const std::string &weight,
                                                  EPrecision precision)
{
   const auto compiled = std::make_shared<const CompiledNetwork>(network, precision == EPrecision::kDouble);
   CheckInputs(network, columns, "BookNetworkMoments");
   bins.Validate();
   if (bins.fNColumns != network.NOutputs())
      throw std::invalid_argument("BookNetworkMoments: bins of " + std::to_string(bins.fNColumns) +
                                  " columns for a network with " + std::to_string(network.NOutputs()) + " outputs");
   Internal::SoftMomentsSetup setup;
   setup.fBins = std::make_shared<const SoftBins>(bins);
   setup.fNetwork = compiled;
   // Columns in double: the network rounds them after they are scaled.
   return Internal::BookPlanned(node, std::move(setup), EPrecision::kDouble, columns, weight,
                                std::vector<double>(columns.size(), 0.), columns);
}

} // namespace GradCut
