/// \file SoftBins.hxx
/// \brief Soft or hard bins at one or several parameter points, owning their numbers.
#ifndef GRADCUT_RDF_SOFTBINS_HXX
#define GRADCUT_RDF_SOFTBINS_HXX

#include <gradcut/kernels/Bins.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace GradCut {

/// \brief The bins and the points at which they are evaluated; see gradcut/kernels/Bins.h for formulas and parameters.
///
/// Hard bins between edges, of one or several columns:
/// ~~~{.cpp}
/// auto bins = GradCut::SoftBins::Edges({{0., 50., 100., 200.}});
/// ~~~
/// The others are filled directly.
struct SoftBins {
   GradCutBinsKind fKind = kGradCutAxes;
   GradCutStep fStep = kGradCutHard;
   std::size_t fNColumns = 0;
   std::vector<std::uint32_t> fNEdges; ///< axes: edges of each column
   std::size_t fNBins = 0;
   bool fLocalWidth = false;
   bool fReflect = false;
   std::size_t fNPoints = 1;
   std::vector<double> fParameters; ///< `[point][parameter]`

   /// \brief Bins between the edges of every axis, open ones at both ends, the last axis fastest.
   /// \param[in] widths of the smooth steps per axis; empty for hard bins
   static SoftBins Edges(const std::vector<std::vector<double>> &edges, const std::vector<double> &widths = {},
                         GradCutStep step = kGradCutGaussian);

   std::size_t NParameters() const { return fNPoints > 0 ? fParameters.size() / fNPoints : 0; }

   /// \brief Check that sizes and values make sense.
   /// \throws std::invalid_argument saying what is wrong
   void Validate() const;

   /// The same bins for columns from which something was subtracted.
   SoftBins Shifted(const std::vector<double> &offsets) const;

   /// The same as the kernels want it; points into this object.
   GradCutBins View() const
   {
      return {fKind,       fStep,    fNColumns, fNEdges.data(), fNBins,
              fLocalWidth, fReflect, fNPoints,  NParameters(),  fParameters.data()};
   }
};

} // namespace GradCut

#endif
