/// \file Tester.hxx
/// \brief Test statistics of one model for any tested value, and their gradients.
#ifndef GRADCUT_KERNELS_TESTER_HXX
#define GRADCUT_KERNELS_TESTER_HXX

#include <gradcut/kernels/HypoTest.h>

#include "Fitter.hxx"
#include "LikelihoodReverse.hxx"

#include <cstddef>
#include <vector>

namespace GradCut {

class Tester {
public:
   explicit Tester(const GradCutTest &test);

   /// Numbers of a model of the test. Fits of Asimov data are made. \return whether they ended; the status says why not
   bool Bind(std::size_t model);
   /// The fit with the parameter free.
   bool FitFree();
   /// `fQ` with its derivative in the tested value.
   bool TestData(double mu);
   /// `fQAsimov` likewise.
   bool TestAsimov(double mu);
   /// Add the gradient of `dQ fQ + dQAsimov fQAsimov` where they were tested.
   void Pull(double dQ, double dQAsimov, std::vector<double> &dInputs, std::vector<double> &dData);

   double fQ = 0., fQAsimov = 0., fDQ = 0., fDQAsimov = 0.;
   double MuHat() const { return fFree.fTheta[fTest.fPoi]; }
   /// About the standard deviation of the tested parameter.
   double Width() const;
   GradCutFitStatus Status() const { return fStatus; }
   int Flags() const { return fFlags; }

private:
   const GradCutTest &fTest;
   const GradCutLikelihood &fModel;
   std::size_t fPoi;
   Fitter fFitter;
   Reverse<double> fReverse;
   Reverse<Dual> fDual;
   std::vector<uint8_t> fFixedPoi;
   const double *fInputs = nullptr, *fStart = nullptr;
   std::vector<double> fData, fAsimov;
   std::vector<bool> fClipped;               ///< Asimov data that would be negative
   FitPoint fFree, fAtMu;                    ///< of the data
   FitPoint fNull, fFreeAsimov, fAtMuAsimov; ///< where Asimov data are made; of those
   bool fSameData = false;                   ///< data are the Asimov data
   GradCutFitStatus fStatus = kGradCutConverged;
   int fFlags = 0;

   double AsimovMu() const { return fTest.fStatistic == kGradCutQ0 ? 1. : 0.; }
   bool Fit(FitPoint &point, std::vector<double> start, const double *mu);
   bool Use(const std::vector<double> &data);
   void MakeAsimov();
   void FreeOfAsimov();
   double Statistic(const FitPoint &free, const FitPoint &atMu, double mu, double &slope) const;
   void AddLikelihood(const FitPoint &point, const std::vector<double> &data, double factor,
                      std::vector<double> &dInputs, std::vector<double> &dData);
};

} // namespace GradCut

#endif
