/// \file Minimiser.hxx
/// \brief Newton's method inside bounds on a likelihood, from one start to one minimum.
#ifndef GRADCUT_KERNELS_MINIMISER_HXX
#define GRADCUT_KERNELS_MINIMISER_HXX

#include <gradcut/kernels/ProfileFit.h>

#include "Evaluator.hxx"
#include "Matrix.hxx"

#include <cstddef>
#include <vector>

namespace GradCut {

/// Where a fit is, or ended.
struct FitPoint {
   std::vector<double> fTheta, fGradient, fHessian;
   std::vector<uint8_t> fActive;
   double fValue = 0.;
   GradCutFitStatus fStatus = kGradCutNotConverged;
   int fFlags = 0, fIterations = 0;

   bool Ended() const { return fStatus == kGradCutConverged || fStatus == kGradCutFlat; }
};

class Minimiser {
public:
   explicit Minimiser(Evaluator &evaluator);

   /// Bounds and what is not fitted, for what follows.
   void SetBox(const double *lower, const double *upper, const uint8_t *fixed);
   bool IsFree(std::size_t parameter) const { return !fFixed[parameter]; }
   double Lower(std::size_t parameter) const { return fLower[parameter]; }
   double Upper(std::size_t parameter) const { return fUpper[parameter]; }

   /// Go down from `point.fTheta`. Where a minimum is known, give up (the fit has not converged) as soon as one
   /// parameter has come most of the way back to it.
   void Run(FitPoint &point, const FitPoint *known = nullptr, std::size_t watched = 0);
   /// A point on the other side of a saddle that was met by the last run; empty where there was none.
   const std::vector<double> &OtherSide() const { return fOther; }

private:
   Evaluator &fEvaluator;
   std::size_t fN;
   std::vector<double> fLower, fUpper;
   std::vector<uint8_t> fFixed;
   std::vector<double> fLow, fHigh; ///< the box, cut at kinks
   std::vector<double> fStep, fScale, fTrial, fWork, fOther;
   std::vector<signed char> fState; ///< per parameter: 0 free, -1 at its lower end, 1 at its upper end, 2 not fitted
   std::vector<std::size_t> fFree;
   bool fHasValue = false; ///< whether the evaluator has the value at the point already
   bool fBlocked = false;  ///< whether the step meets a bound
   Cholesky fCholesky;
   const FitPoint *fKnown = nullptr;
   std::size_t fWatched = 0;
   double fAway = 0.;

   void Evaluate(FitPoint &point);
   void CutAtKinks(const FitPoint &point);
   bool CrossKinks(FitPoint &point);
   void MakePossible(FitPoint &point);
   void Descend(FitPoint &point);
   bool Solve(const FitPoint &point, double shift);
   double Shift(const FitPoint &point, double &shift);
   double Predicted(const FitPoint &point, double shift) const;
   bool Search(FitPoint &point, double predicted);
   bool LeaveSaddle(FitPoint &point);
   bool IsBack(const FitPoint &point) const;
   void Finish(FitPoint &point) const;
};

} // namespace GradCut

#endif
