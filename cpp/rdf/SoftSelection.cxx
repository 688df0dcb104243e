#include <gradcut/rdf/SoftSelection.hxx>

#include <cmath>
#include <stdexcept>
#include <string>

namespace GradCut {
namespace {

void Require(bool condition, const std::string &message)
{
   if (!condition)
      throw std::invalid_argument("GradCut::SoftSelection: " + message);
}

} // namespace

void SoftSelection::Validate() const
{
   const std::size_t nCuts = NCuts(), n = fNPoints * nCuts;
   Require(fNPoints > 0, "no parameter point");
   Require(nCuts <= GRADCUT_MAX_CUTS,
           std::to_string(nCuts) + " cuts, the kernels take " + std::to_string(GRADCUT_MAX_CUTS) + " at once");
   Require(fStep >= kGradCutHard && fStep <= kGradCutGaussian, "unknown step " + std::to_string(int(fStep)));
   Require(fFlags.size() == nCuts, std::to_string(fFlags.size()) + " flags for " + std::to_string(nCuts) + " cuts");
   for (const auto *numbers : {&fLow, &fHigh, &fWidth})
      Require(numbers->size() == n, "low, high and width need points x cuts = " + std::to_string(n) + " numbers, got " +
                                       std::to_string(numbers->size()));
   for (std::size_t i = 0; i < n; ++i) {
      const std::size_t cut = i % nCuts;
      const auto kind = fKinds[cut];
      const std::string where = "cut " + std::to_string(cut) + ", point " + std::to_string(i / nCuts) + ": ";
      Require(kind <= kGradCutVeto, where + "unknown kind " + std::to_string(kind));
      Require(fStep == kGradCutHard || (fWidth[i] > 0. && std::isfinite(fWidth[i])),
              where + "the width must be positive, got " + std::to_string(fWidth[i]));
      Require(kind == kGradCutBelow || !std::isnan(fLow[i]), where + "the lower threshold is NaN");
      Require(kind == kGradCutAbove || !std::isnan(fHigh[i]), where + "the upper threshold is NaN");
      Require(kind < kGradCutWindow || fLow[i] <= fHigh[i], where + "the window is reversed (low > high)");
   }
}

SoftSelection &SoftSelection::Add(GradCutKind kind, double low, double high, double width)
{
   Require(fNPoints == 1, "cuts can be added one by one to a selection with one point only");
   fKinds.push_back(static_cast<std::uint8_t>(kind));
   fFlags.push_back(0);
   fLow.push_back(low);
   fHigh.push_back(high);
   fWidth.push_back(width);
   return *this;
}

} // namespace GradCut
