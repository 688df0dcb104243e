/// \file OtherMinima.hxx
/// \brief Whether a likelihood can have another minimum than the one that a fit has found.
#ifndef GRADCUT_KERNELS_OTHERMINIMA_HXX
#define GRADCUT_KERNELS_OTHERMINIMA_HXX

#include "Evaluator.hxx"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace GradCut {

/// \brief Looks along an interpolated parameter from a minimum, the last point of an evaluator.
///
/// Poisson terms are convex in the rates. So they are nowhere below their tangents at the minimum, whatever other
/// parameters do, and another minimum needs rates that are curved in the parameter to win back, along the tangents,
/// what its constraint costs. Where modifiers multiply each other this is no bound any more: part of the cost is left
/// out, factors without a constraint may be larger than they are, and samples with more than one of those are not
/// looked at. Where another minimum can be, the curvature along the parameter has to be negative somewhere near.
class OtherMinima {
public:
   explicit OtherMinima(const Evaluator &evaluator);

   /// Which parameters are not fitted, for what follows.
   void SetFixed(const uint8_t *fixed);
   /// Whether there can be another minimum along an interpolated parameter than that at `theta`.
   bool MayExist(const double *theta, std::size_t parameter);

private:
   /// A sample that the parameter moves, in the sum over bins of slope times rate.
   struct Piece {
      std::size_t fSample;
      double fRest;        ///< product of the factors of other parameters
      double fTemplate;    ///< the sum without what the parameter adds
      std::size_t fShapes; ///< where its shapes start
   };
   /// The same sums of what a modifier adds.
   struct Shape {
      int fCode;
      double fUp, fNominal, fDown;
   };

   const Evaluator &fEvaluator;
   std::vector<uint8_t> fConstrained; ///< per parameter
   std::vector<int> fLoose;           ///< per sample: how many fitted factors have no constraint
   std::vector<Piece> fPieces;
   std::vector<Shape> fShapes;
   std::vector<double> fRoom; ///< for what `LeastCurvature` needs per bin
   // The constraint of the parameter: curvature, centre, and slope of what is not quadratic.
   double fWidth = 0., fCentre = 0., fSlope = 0.;

   void Constrain(double theta, std::size_t parameter);
   bool Collect(const double *theta, std::size_t parameter);
   double Tangent(std::size_t parameter, double at, bool above) const;
   bool MayWinBack(double here, std::size_t parameter) const;
   double LeastCurvature(const double *theta, std::size_t parameter);
   void MoveSample(std::size_t sample, double from, double to, std::size_t parameter, double *rate, double *slope,
                   double *curvature, double *bins) const;
};

} // namespace GradCut

#endif
