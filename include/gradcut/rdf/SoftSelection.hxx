/// \file SoftSelection.hxx
/// \brief A soft selection at one or several parameter points, owning its numbers.
#ifndef GRADCUT_RDF_SOFTSELECTION_HXX
#define GRADCUT_RDF_SOFTSELECTION_HXX

#include <gradcut/kernels/Selection.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace GradCut {

/// \brief The cuts and the points at which they are evaluated; see gradcut/kernels/Selection.h for the formulas.
///
/// Written by hand with the chainable functions, one point:
/// ~~~{.cpp}
/// GradCut::SoftSelection cuts;
/// cuts.Above(350., 20.).Below(0.5, 0.1).Window(81., 101., 3.);
/// ~~~
/// or filled directly, thresholds and widths as `[point][cut]`.
struct SoftSelection {
   GradCutStep fStep = kGradCutLogistic;
   std::size_t fNPoints = 1;
   std::vector<std::uint8_t> fKinds; ///< \ref GradCutKind per cut
   std::vector<std::uint8_t> fFlags; ///< bits per cut
   std::vector<double> fLow;         ///< `[point][cut]`; not read by a cut "below"
   std::vector<double> fHigh;        ///< `[point][cut]`; not read by a cut "above"
   std::vector<double> fWidth;       ///< `[point][cut]`, positive; not read by the hard step

   std::size_t NCuts() const { return fKinds.size(); }

   /// Keep events above a threshold, with a smooth step of this width. Only for a selection with one point.
   SoftSelection &Above(double threshold, double width) { return Add(kGradCutAbove, threshold, threshold, width); }
   /// Keep events below a threshold.
   SoftSelection &Below(double threshold, double width) { return Add(kGradCutBelow, threshold, threshold, width); }
   /// Keep events between two thresholds.
   SoftSelection &Window(double low, double high, double width) { return Add(kGradCutWindow, low, high, width); }
   /// Keep events outside of two thresholds.
   SoftSelection &Veto(double low, double high, double width) { return Add(kGradCutVeto, low, high, width); }

   /// \brief Check that sizes and values make sense.
   /// \throws std::invalid_argument saying what is wrong
   void Validate() const;

   /// The same as the kernels want it; points into this object.
   GradCutSelection View() const
   {
      return {NCuts(), fNPoints, fStep, fKinds.data(), fFlags.data(), fLow.data(), fHigh.data(), fWidth.data()};
   }

private:
   SoftSelection &Add(GradCutKind kind, double low, double high, double width);
};

} // namespace GradCut

#endif
