#include <gradcut/kernels/CheckTree.hxx>
#include <gradcut/rdf/SoftTree.hxx>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace GradCut {
namespace {

void Require(bool condition, const std::string &message)
{
   if (!condition)
      throw std::invalid_argument("GradCut::SoftTree: " + message);
}

} // namespace

std::size_t SoftTree::NCollections() const
{
   const auto largest = std::max_element(fCollections.begin(), fCollections.end());
   return largest == fCollections.end() ? 0 : static_cast<std::size_t>(*largest + 1);
}

void SoftTree::Validate(const SoftSelection &selection) const
{
   Require(fArguments.size() == fNodes.size() && fUpper.size() == fNodes.size(),
           "nodes, arguments and upper differ in length");
   Require(fTermColumns.size() == NTerms(), "terms differ in length");
   Require(fTermValues.size() == selection.fNPoints * NTerms(),
           "the terms need points x terms = " + std::to_string(selection.fNPoints * NTerms()) + " values, got " +
              std::to_string(fTermValues.size()));
   for (const double value : fTermValues)
      Require(!std::isnan(value), "the value of a term is NaN");
   const auto cuts = selection.View();
   try {
      CheckTree(View(), cuts, NCollections());
   } catch (const std::invalid_argument &problem) {
      Require(false, problem.what());
   }
}

} // namespace GradCut
