#include <gradcut/kernels/CheckBins.hxx>
#include <gradcut/rdf/SoftBins.hxx>

#include <stdexcept>
#include <string>

namespace GradCut {

SoftBins SoftBins::Edges(const std::vector<std::vector<double>> &edges, const std::vector<double> &widths,
                         GradCutStep step)
{
   SoftBins bins;
   bins.fStep = widths.empty() ? kGradCutHard : step;
   bins.fNColumns = edges.size();
   bins.fNBins = 1;
   for (const auto &axis : edges) {
      bins.fNEdges.push_back(static_cast<std::uint32_t>(axis.size()));
      bins.fNBins *= axis.size() + 1;
      bins.fParameters.insert(bins.fParameters.end(), axis.begin(), axis.end());
   }
   if (widths.empty())
      bins.fParameters.resize(bins.fParameters.size() + edges.size(), 1.); // not used
   else
      bins.fParameters.insert(bins.fParameters.end(), widths.begin(), widths.end());
   bins.Validate();
   return bins;
}

void SoftBins::Validate() const
{
   const auto require = [](bool condition, const std::string &message) {
      if (!condition)
         throw std::invalid_argument("GradCut::SoftBins: " + message);
   };
   require(fNPoints > 0, "no parameter point");
   require(fParameters.size() % fNPoints == 0, "the points have different numbers of parameters");
   require(fNEdges.size() == (fKind == kGradCutAxes ? fNColumns : 0), "need the number of edges of every axis");
   try {
      CheckBins(View());
   } catch (const std::invalid_argument &error) {
      require(false, error.what());
   }
}

SoftBins SoftBins::Shifted(const std::vector<double> &offsets) const
{
   SoftBins shifted = *this;
   for (std::size_t p = 0; p < fNPoints; ++p) {
      double *at = shifted.fParameters.data() + p * NParameters();
      if (fKind == kGradCutAxes) {
         for (std::size_t a = 0; a < fNColumns; ++a)
            for (std::uint32_t k = 0; k < fNEdges[a]; ++k)
               *at++ -= offsets[a];
         continue;
      }
      // The outputs of a softmax are compared with their biases, the coordinates of a mixture with its means.
      const double sign = fKind == kGradCutSoftmax ? 1. : -1.;
      at += fKind == kGradCutSoftmax ? 0 : fNBins;
      for (std::size_t k = 0; k < (fKind == kGradCutSoftmax ? 1 : fNBins); ++k)
         for (std::size_t c = 0; c < fNColumns; ++c)
            *at++ += sign * offsets[c];
   }
   return shifted;
}

} // namespace GradCut
