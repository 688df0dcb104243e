/// \file Evaluator.hxx
/// \brief `-log L` with gradient and Hessian in the parameters, fast: for fits.
#ifndef GRADCUT_KERNELS_EVALUATOR_HXX
#define GRADCUT_KERNELS_EVALUATOR_HXX

#include "Interpolation.hxx"
#include "LikelihoodModel.hxx"
#include "LikelihoodTerms.hxx"

#include <cstddef>
#include <vector>

namespace GradCut {

/// A product of numbers from which one or two can be left out, also where some are zero.
class Product {
public:
   void Clear() { *this = Product(); }
   void Multiply(double x)
   {
      if (x == 0.)
         ++fZeros;
      else
         fRest *= x;
   }
   double All() const { return fZeros == 0 ? fRest : 0.; }
   double Without(double x) const { return fZeros == (x == 0.) ? fRest / OrOne(x) : 0.; }
   double Without(double x, double y) const
   {
      return fZeros == (x == 0.) + (y == 0.) ? fRest / (OrOne(x) * OrOne(y)) : 0.;
   }

private:
   int fZeros = 0;
   double fRest = 1.;
   static double OrOne(double x) { return x == 0. ? 1. : x; }
};

/// A likelihood with given inputs and data. What depends on the inputs alone is calculated once.
///
/// Values are without the constants of \ref Constant, so that differences of two are exact to rounding.
class Evaluator {
public:
   explicit Evaluator(const GradCutLikelihood &model);

   /// \return whether all numbers are in the domain: finite, data not negative, `sigma` and `tau` positive
   bool Bind(const double *inputs, const double *data);
   /// Other data of the same inputs.
   bool BindData(const double *data);

   double Value(const double *theta);
   /// \param[out] gradient,hessian overwritten; the Hessian, `[parameter][parameter]`, may be NULL
   double Derivatives(const double *theta, double *gradient, double *hessian);
   /// The same in two steps: the value, and then what is needed besides at that point.
   double ValueBeforeDerivatives(const double *theta);
   void DerivativesAfterValue(const double *theta, double *gradient, double *hessian);
   /// What `-log L` has more, and does not depend on the parameters.
   double Constant() const;

   const GradCutLikelihood &Model() const { return fModel; }
   const double *Inputs() const { return fInputs; }
   const double *Data() const { return fData; }
   /// Rates at the last point.
   const std::vector<double> &Rates() const { return fRates; }
   /// How many terms with data were below the floor at the last point, and how many rates without data below zero.
   std::size_t NFloored() const { return fNFloored; }
   std::size_t NNegative() const { return fNNegative; }

   double fFloor = kRateFloor;
   std::vector<signed char> fSides; ///< per parameter: which side of a kink counts

private:
   friend class OtherMinima;
   const GradCutLikelihood &fModel;
   const double *fInputs = nullptr, *fData = nullptr;
   std::vector<Normsys> fNormsys;
   std::vector<double> fRates;
   std::size_t fNFloored = 0, fNNegative = 0;
   // Per sample, of the last point.
   std::vector<std::vector<Curve>> fScalars;
   std::vector<Product> fProducts;
   std::vector<double> fTemplates, fBinFactors;                  ///< per bin of each sample
   std::vector<double> fShapeSlopes, fShapeCurvatures;           ///< per bin of each shape modifier
   std::vector<double> fSlopes, fCurvatures;                     ///< of `-log L` in the rates
   std::vector<double> fConstraintSlopes, fConstraintCurvatures; ///< of `-log L` in the parameters, per constraint
   // Jacobian of the rates: `[parameter][bin]` for those that move many bins, and of the others.
   std::size_t fPitch;              ///< bins and what fills them up to whole blocks
   std::vector<std::size_t> fRowOf; ///< per parameter, the number of parameters for those that move one bin
   std::vector<double> fJacobian, fOwnJacobian;
   std::vector<double> fDense, fWeighted; ///< room for the squares
   std::vector<double> fRests;            ///< of the scalars of a sample: slope times product of the others

   bool Above(std::size_t parameter) const { return fSides[parameter] >= 0; }
   void Rates(const double *theta, bool derivatives);
   double Terms(const double *theta);
   double *JacobianRow(std::size_t parameter, std::size_t bin)
   {
      const std::size_t row = fRowOf[parameter];
      return row < fRowOf.size() ? &fJacobian[row * fPitch + bin] : &fOwnJacobian[parameter];
   }
   void Jacobian(const double *theta);
   void AddSquares(double *hessian);
   void AddCurvatures(const double *theta, double *hessian);
};

} // namespace GradCut

#endif
