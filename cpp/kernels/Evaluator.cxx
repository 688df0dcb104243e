#include "Evaluator.hxx"

#include "Matrix.hxx"

#include <algorithm>
#include <cmath>
#include <limits>

namespace GradCut {
namespace {

/// So many bins at a time stay near the processor.
constexpr std::size_t kBlock = 256;

} // namespace

Evaluator::Evaluator(const GradCutLikelihood &model)
   : fSides(model.fNParameters, 1), fModel(model), fNormsys(model.fNNormsys), fRates(model.fNBins),
     fScalars(model.fSamples.size()), fProducts(model.fSamples.size()), fTemplates(model.fNSampleBins),
     fBinFactors(model.fNSampleBins), fShapeSlopes(model.fNShapeBins), fShapeCurvatures(model.fNShapeBins),
     fConstraintSlopes(model.fConstraints.size()), fConstraintCurvatures(model.fConstraints.size()),
     fPitch(WholeBlocks(model.fNBins)), fRowOf(model.fNParameters, model.fNParameters),
     fJacobian(model.fShared.size() * fPitch), fOwnJacobian(model.fNParameters),
     fDense(model.fShared.size() * model.fShared.size()), fWeighted(fPitch)
{
   fSlopes.resize(fPitch);
   fCurvatures.resize(fPitch);
   for (std::size_t i = 0; i < model.fShared.size(); ++i)
      fRowOf[model.fShared[i]] = i;
   for (std::size_t s = 0; s < model.fSamples.size(); ++s)
      fScalars[s].resize(model.fSamples[s].fScalars.size());
}

bool Evaluator::Bind(const double *inputs, const double *data)
{
   fInputs = inputs;
   bool good = std::all_of(inputs, inputs + fModel.fNInputs, [](double x) { return std::isfinite(x); });
   for (const auto &sample : fModel.fSamples) {
      for (const auto &scalar : sample.fScalars) {
         if (scalar.fCode == 0)
            continue;
         const double up = inputs[scalar.fInput], down = inputs[scalar.fInput + 1];
         good = good && up > 0. && down > 0.;
         if (good)
            fNormsys[scalar.fNormsys].Set(scalar.fCode, up, down);
      }
   }
   for (const auto &one : fModel.fConstraints)
      good = good && inputs[one.fInput] > 0.;
   return BindData(data) && good;
}

bool Evaluator::BindData(const double *data)
{
   fData = data;
   const std::size_t nBins = fModel.fNBins;
   bool good = std::all_of(data, data + fModel.NData(), [](double x) { return std::isfinite(x); });
   good = good && std::all_of(data, data + nBins, [](double x) { return x >= 0.; });
   for (std::size_t c = 0; c < fModel.fConstraints.size(); ++c)
      good = good && (!fModel.fConstraints[c].fIsPoisson || data[nBins + c] >= 0.);
   return good;
}

void Evaluator::Rates(const double *theta, bool derivatives)
{
   std::fill(fRates.begin(), fRates.end(), 0.);
   for (std::size_t s = 0; s < fModel.fSamples.size(); ++s) {
      const auto &sample = fModel.fSamples[s];
      auto &product = fProducts[s];
      product.Clear();
      for (std::size_t k = 0; k < sample.fScalars.size(); ++k) {
         const auto &scalar = sample.fScalars[k];
         const double x = theta[scalar.fParameter];
         fScalars[s][k] =
            scalar.fCode == 0 ? Curve{x, 1., 0.} : fNormsys[scalar.fNormsys].CurveAt(x, Above(scalar.fParameter));
         product.Multiply(fScalars[s][k].fValue);
      }
      double *sum = &fTemplates[sample.fFirst], *local = &fBinFactors[sample.fFirst];
      const double *nominal = fInputs + sample.fNominal;
      const std::size_t n = sample.fNBins;
      std::copy(nominal, nominal + n, sum);
      for (const auto &shape : sample.fShapes) {
         const double *up = fInputs + shape.fUp, *down = fInputs + shape.fDown;
         const bool above = Above(shape.fParameter);
         const auto w = ShapeAt(shape.fCode, theta[shape.fParameter], above);
         for (std::size_t b = 0; b < n; ++b)
            sum[b] += w.fUp * up[b] + w.fNominal * nominal[b] + w.fDown * down[b];
         if (!derivatives)
            continue;
         const auto d = ShapeSlopeAt(shape.fCode, Dual(theta[shape.fParameter], 1.), above);
         for (std::size_t b = 0; b < n; ++b) {
            fShapeSlopes[shape.fFirst + b] =
               d.fUp.fValue * up[b] + d.fNominal.fValue * nominal[b] + d.fDown.fValue * down[b];
            fShapeCurvatures[shape.fFirst + b] =
               d.fUp.fFirst * up[b] + d.fNominal.fFirst * nominal[b] + d.fDown.fFirst * down[b];
         }
      }
      std::fill(local, local + n, 1.);
      for (const auto parameter : sample.fBinFactors) {
         for (std::size_t b = 0; b < n; ++b)
            local[b] *= theta[parameter + b];
      }
      const double factor = product.All();
      for (std::size_t b = 0; b < n; ++b)
         fRates[sample.fFirstBin + b] += factor * local[b] * sum[b];
   }
}

double Evaluator::Terms(const double *theta)
{
   const std::size_t nBins = fModel.fNBins;
   double value = 0.;
   fNFloored = fNNegative = 0;
   for (std::size_t b = 0; b < nBins; ++b) {
      const auto term = PoissonAt(fData[b], fRates[b], fFloor);
      value += term.fValue;
      fSlopes[b] = term.fSlope;
      fCurvatures[b] = term.fCurvature;
      if (term.fFloored)
         ++(fData[b] > 0. ? fNFloored : fNNegative);
   }
   for (std::size_t c = 0; c < fModel.fConstraints.size(); ++c) {
      const auto &one = fModel.fConstraints[c];
      const double x = theta[one.fParameter], input = fInputs[one.fInput], data = fData[nBins + c];
      PoissonTerm term;
      if (one.fIsPoisson) {
         term = PoissonAt(data, input * x, fFloor);
         term.fSlope *= input;
         term.fCurvature *= input * input;
         if (term.fFloored)
            ++(data > 0. ? fNFloored : fNNegative);
      } else {
         const double pull = (x - data) / input;
         term = {0.5 * pull * pull, pull / input, 1. / (input * input), false};
      }
      value += term.fValue;
      fConstraintSlopes[c] = term.fSlope;
      fConstraintCurvatures[c] = term.fCurvature;
   }
   return value;
}

double Evaluator::Value(const double *theta)
{
   Rates(theta, false);
   return Terms(theta);
}

void Evaluator::Jacobian(const double *theta)
{
   std::fill(fJacobian.begin(), fJacobian.end(), 0.);
   std::fill(fOwnJacobian.begin(), fOwnJacobian.end(), 0.);
   for (std::size_t s = 0; s < fModel.fSamples.size(); ++s) {
      const auto &sample = fModel.fSamples[s];
      const auto &product = fProducts[s];
      const double factor = product.All();
      const double *sum = &fTemplates[sample.fFirst], *local = &fBinFactors[sample.fFirst];
      for (std::size_t k = 0; k < sample.fScalars.size(); ++k) {
         const auto &curve = fScalars[s][k];
         const double rest = product.Without(curve.fValue) * curve.fFirst;
         double *row = JacobianRow(sample.fScalars[k].fParameter, sample.fFirstBin);
         for (std::size_t b = 0; b < sample.fNBins; ++b)
            row[b] += rest * local[b] * sum[b];
      }
      for (const auto &shape : sample.fShapes) {
         double *row = JacobianRow(shape.fParameter, sample.fFirstBin);
         for (std::size_t b = 0; b < sample.fNBins; ++b)
            row[b] += factor * local[b] * fShapeSlopes[shape.fFirst + b];
      }
      if (sample.fBinFactors.empty())
         continue;
      for (std::size_t b = 0; b < sample.fNBins; ++b) {
         Product bin;
         for (const auto parameter : sample.fBinFactors)
            bin.Multiply(theta[parameter + b]);
         for (const auto parameter : sample.fBinFactors)
            *JacobianRow(parameter + b, sample.fFirstBin + b) += factor * sum[b] * bin.Without(theta[parameter + b]);
      }
   }
}

/// `sum_b slope_b d^2 nu_b`, the part of the Hessian that is not a square; into the lower or the upper triangle.
void Evaluator::AddCurvatures(const double *theta, double *hessian)
{
   const std::size_t nParameters = fModel.fNParameters;
   const auto add = [&](std::size_t p, std::size_t q, double x) {
      hessian[p * nParameters + q] += x;
      hessian[q * nParameters + p] += x;
   };
   for (std::size_t s = 0; s < fModel.fSamples.size(); ++s) {
      const auto &sample = fModel.fSamples[s];
      const auto &product = fProducts[s];
      const auto &scalars = fScalars[s];
      const double factor = product.All();
      const double *sum = &fTemplates[sample.fFirst], *local = &fBinFactors[sample.fFirst];
      const double *slope = &fSlopes[sample.fFirstBin];
      const std::size_t n = sample.fNBins, nScalars = scalars.size(), nBinFactors = sample.fBinFactors.size();
      double whole = 0.;
      for (std::size_t b = 0; b < n; ++b)
         whole += slope[b] * local[b] * sum[b];
      fRests.resize(nScalars);
      for (std::size_t k = 0; k < nScalars; ++k) {
         const std::size_t p = sample.fScalars[k].fParameter;
         fRests[k] = product.Without(scalars[k].fValue) * scalars[k].fFirst;
         hessian[p * nParameters + p] += product.Without(scalars[k].fValue) * scalars[k].fSecond * whole;
         for (std::size_t l = 0; l < k; ++l)
            add(p, sample.fScalars[l].fParameter,
                product.Without(scalars[k].fValue, scalars[l].fValue) * scalars[k].fFirst * scalars[l].fFirst * whole);
      }
      for (const auto &shape : sample.fShapes) {
         double slopes = 0., curvatures = 0.;
         for (std::size_t b = 0; b < n; ++b) {
            slopes += slope[b] * local[b] * fShapeSlopes[shape.fFirst + b];
            curvatures += slope[b] * local[b] * fShapeCurvatures[shape.fFirst + b];
         }
         hessian[shape.fParameter * nParameters + shape.fParameter] += factor * curvatures;
         for (std::size_t k = 0; k < nScalars; ++k)
            add(shape.fParameter, sample.fScalars[k].fParameter, fRests[k] * slopes);
      }
      for (std::size_t b = 0; nBinFactors > 0 && b < n; ++b) {
         Product bin;
         for (const auto parameter : sample.fBinFactors)
            bin.Multiply(theta[parameter + b]);
         for (std::size_t j = 0; j < nBinFactors; ++j) {
            const std::size_t p = sample.fBinFactors[j] + b;
            const double rest = slope[b] * bin.Without(theta[p]);
            for (std::size_t k = 0; k < nScalars; ++k)
               add(p, sample.fScalars[k].fParameter, fRests[k] * rest * sum[b]);
            for (const auto &shape : sample.fShapes)
               add(p, shape.fParameter, factor * rest * fShapeSlopes[shape.fFirst + b]);
            for (std::size_t i = 0; i < j; ++i) {
               const std::size_t q = sample.fBinFactors[i] + b;
               add(p, q, factor * sum[b] * slope[b] * bin.Without(theta[p], theta[q]));
            }
         }
      }
   }
}

/// `sum_b curvature_b d nu_b d nu_b`: dense where parameters move many bins, sparse where they move one.
void Evaluator::AddSquares(double *hessian)
{
   const std::size_t nParameters = fModel.fNParameters, nShared = fModel.fShared.size();
   std::fill(fDense.begin(), fDense.end(), 0.);
   for (std::size_t first = 0; first < fPitch; first += kBlock) {
      const std::size_t n = std::min(kBlock, fPitch - first);
      for (std::size_t i = 0; i < nShared; ++i) {
         const double *row = &fJacobian[i * fPitch + first];
         for (std::size_t b = 0; b < n; ++b)
            fWeighted[b] = fCurvatures[first + b] * row[b];
         for (std::size_t j = 0; j <= i; ++j)
            fDense[i * nShared + j] += Dot(fWeighted.data(), &fJacobian[j * fPitch + first], n);
      }
   }
   for (std::size_t b = 0; b < fModel.fNBins; ++b) {
      const auto &own = fModel.fOwnOfBin[b];
      for (const auto p : own) {
         const double x = fCurvatures[b] * fOwnJacobian[p];
         for (std::size_t i = 0; i < nShared; ++i) {
            const std::size_t q = fModel.fShared[i];
            const double product = x * fJacobian[i * fPitch + b];
            hessian[p * nParameters + q] += product;
            hessian[q * nParameters + p] += product;
         }
         for (const auto q : own)
            hessian[p * nParameters + q] += x * fOwnJacobian[q];
      }
   }
   for (std::size_t i = 0; i < nShared; ++i) {
      const std::size_t p = fModel.fShared[i];
      hessian[p * nParameters + p] += fDense[i * nShared + i];
      for (std::size_t j = 0; j < i; ++j) {
         const std::size_t q = fModel.fShared[j];
         hessian[p * nParameters + q] += fDense[i * nShared + j];
         hessian[q * nParameters + p] += fDense[i * nShared + j];
      }
   }
}

double Evaluator::Derivatives(const double *theta, double *gradient, double *hessian)
{
   const double value = ValueBeforeDerivatives(theta);
   DerivativesAfterValue(theta, gradient, hessian);
   return value;
}

double Evaluator::ValueBeforeDerivatives(const double *theta)
{
   Rates(theta, true);
   return Terms(theta);
}

void Evaluator::DerivativesAfterValue(const double *theta, double *gradient, double *hessian)
{
   const std::size_t nParameters = fModel.fNParameters;
   std::fill(gradient, gradient + nParameters, 0.);
   if (hessian)
      std::fill(hessian, hessian + nParameters * nParameters, 0.);
   for (std::size_t c = 0; c < fModel.fConstraints.size(); ++c) {
      const std::size_t p = fModel.fConstraints[c].fParameter;
      gradient[p] += fConstraintSlopes[c];
      if (hessian)
         hessian[p * nParameters + p] += fConstraintCurvatures[c];
   }
   Jacobian(theta);
   for (std::size_t i = 0; i < fModel.fShared.size(); ++i)
      gradient[fModel.fShared[i]] += Dot(fSlopes.data(), &fJacobian[i * fPitch], fPitch);
   for (std::size_t b = 0; b < fModel.fNBins; ++b) {
      for (const auto p : fModel.fOwnOfBin[b])
         gradient[p] += fSlopes[b] * fOwnJacobian[p];
   }
   if (hessian)
      AddSquares(hessian);
   if (hessian)
      AddCurvatures(theta, hessian);
}

double Evaluator::Constant() const
{
   double sum = 0.;
   const std::size_t nBins = fModel.fNBins;
   for (std::size_t b = 0; b < nBins; ++b)
      sum += PoissonConstant(fData[b]);
   for (std::size_t c = 0; c < fModel.fConstraints.size(); ++c) {
      const auto &one = fModel.fConstraints[c];
      sum +=
         one.fIsPoisson ? PoissonConstant(fData[nBins + c]) : std::log(fInputs[one.fInput]) + 0.91893853320467274178;
   }
   return sum;
}

} // namespace GradCut
