#include "OtherMinima.hxx"

#include <algorithm>
#include <cmath>
#include <limits>

namespace GradCut {
namespace {

// `kMargin` was chosen on 960 random models with every modifier and five fits each: with 0.8 starts at random found no
// more better minima than without this question (13 of 4800), with 0.5 one more.

/// The part of what its constraint costs that a parameter need not win back; at kinks, which are sharp, all of it.
constexpr double kMargin = 0.8;
/// How much larger factors without a constraint may be, and what they may be where they are zero.
constexpr double kGrowth = 2., kFromZero = 1.;
/// Where this is asked.
constexpr double kFar[] = {-4., -2.5, -1.5, -1., -0.6, -0.3, -0.1, 0., 0.1, 0.3, 0.6, 1., 1.5, 2.5, 4.};
/// Of the curvature that is a square of slopes, what other parameters leave of it at least, as it is taken to be.
constexpr double kShare = 0.1;
constexpr double kNear[] = {-1.5, -0.8, -0.4, 0., 0.4, 0.8, 1.5};
/// Far below the data slopes and curvatures of Poisson terms only have to be large.
constexpr double kLeastRate = 1e-3;

} // namespace

OtherMinima::OtherMinima(const Evaluator &evaluator)
   : fEvaluator(evaluator), fConstrained(evaluator.Model().fNParameters), fLoose(evaluator.Model().fSamples.size()),
     fRoom(6 * evaluator.Model().fNBins)
{
   for (const auto &one : evaluator.Model().fConstraints)
      fConstrained[one.fParameter] = 1;
}

void OtherMinima::SetFixed(const uint8_t *fixed)
{
   const auto &samples = fEvaluator.fModel.fSamples;
   for (std::size_t s = 0; s < samples.size(); ++s) {
      fLoose[s] = 0;
      for (const auto &scalar : samples[s].fScalars)
         fLoose[s] += scalar.fCode == 0 && !fixed[scalar.fParameter] && !fConstrained[scalar.fParameter];
      for (const auto parameter : samples[s].fBinFactors)
         fLoose[s] += fixed[parameter] || fConstrained[parameter] ? 0 : 2;
   }
}

bool OtherMinima::MayExist(const double *theta, std::size_t parameter)
{
   Constrain(theta[parameter], parameter);
   if (Collect(theta, parameter) && !MayWinBack(theta[parameter], parameter))
      return false;
   // All kinks are at zero, where every such parameter can go.
   return fEvaluator.fModel.fHasKink[parameter] || LeastCurvature(theta, parameter) < 0.;
}

bool OtherMinima::MayWinBack(double here, std::size_t parameter) const
{
   const double now = Tangent(parameter, here, fEvaluator.Above(parameter));
   const double margin = fEvaluator.fModel.fHasKink[parameter] ? 1. : kMargin;
   const auto wins = [&](double to) {
      const double step = to - here, away = to + here - 2. * fCentre;
      const double cost = 0.5 * fWidth * step * (away - margin * step) + fSlope * step;
      return !(cost + Tangent(parameter, to, to >= 0.) - now > -1e-12);
   };
   return std::any_of(std::begin(kFar), std::end(kFar), wins);
}

/// What its constraints say of the parameter.
void OtherMinima::Constrain(double theta, std::size_t parameter)
{
   const auto &model = fEvaluator.fModel;
   double weighted = 0.;
   fWidth = fSlope = 0.;
   for (std::size_t c = 0; c < model.fConstraints.size(); ++c) {
      const auto &one = model.fConstraints[c];
      if (one.fParameter != parameter)
         continue;
      const double data = fEvaluator.fData[model.fNBins + c], input = fEvaluator.fInputs[one.fInput];
      if (one.fIsPoisson) {
         fSlope += input * PoissonAt(data, input * theta, fEvaluator.fFloor).fSlope;
         continue;
      }
      fWidth += 1. / (input * input);
      weighted += data / (input * input);
   }
   fCentre = fWidth > 0. ? weighted / fWidth : 0.;
}

/// The sums over bins of what the parameter moves. \return whether they say anything about other minima
bool OtherMinima::Collect(const double *theta, std::size_t parameter)
{
   const auto &model = fEvaluator.fModel;
   fPieces.clear();
   fShapes.clear();
   for (const auto s : model.fSamplesOf[parameter]) {
      if (fLoose[s] > 1)
         return false;
      const auto &sample = model.fSamples[s];
      const double *sum = &fEvaluator.fTemplates[sample.fFirst], *local = &fEvaluator.fBinFactors[sample.fFirst];
      const double *slope = &fEvaluator.fSlopes[sample.fFirstBin], *nominal = fEvaluator.fInputs + sample.fNominal;
      const std::size_t n = sample.fNBins;
      Piece piece{s, 1., 0., fShapes.size()};
      for (std::size_t k = 0; k < sample.fScalars.size(); ++k) {
         const auto &scalar = sample.fScalars[k];
         const double factor = fEvaluator.fScalars[s][k].fValue;
         if (scalar.fCode == 0 && fLoose[s] > 0 && !fConstrained[scalar.fParameter])
            piece.fRest *= std::max(kGrowth * factor, kFromZero);
         else if (scalar.fCode == 0 || scalar.fParameter != parameter)
            piece.fRest *= factor;
      }
      for (std::size_t b = 0; b < n; ++b)
         piece.fTemplate += slope[b] * local[b] * sum[b];
      for (const auto &shape : sample.fShapes) {
         if (shape.fParameter != parameter)
            continue;
         const double *up = fEvaluator.fInputs + shape.fUp, *down = fEvaluator.fInputs + shape.fDown;
         Shape sums{shape.fCode, 0., 0., 0.};
         for (std::size_t b = 0; b < n; ++b) {
            const double weight = slope[b] * local[b];
            sums.fUp += weight * up[b];
            sums.fNominal += weight * nominal[b];
            sums.fDown += weight * down[b];
         }
         const auto w = ShapeAt(shape.fCode, theta[parameter], fEvaluator.Above(parameter));
         piece.fTemplate -= w.fUp * sums.fUp + w.fNominal * sums.fNominal + w.fDown * sums.fDown;
         fShapes.push_back(sums);
      }
      fPieces.push_back(piece);
   }
   return true;
}

/// The sum over bins of slope times rate of what the parameter moves.
double OtherMinima::Tangent(std::size_t parameter, double at, bool above) const
{
   double all = 0.;
   for (std::size_t i = 0; i < fPieces.size(); ++i) {
      const auto &piece = fPieces[i];
      double sum = piece.fTemplate;
      const std::size_t end = i + 1 < fPieces.size() ? fPieces[i + 1].fShapes : fShapes.size();
      for (std::size_t h = piece.fShapes; h < end; ++h) {
         const auto &shape = fShapes[h];
         const auto w = ShapeAt(shape.fCode, at, above);
         sum += w.fUp * shape.fUp + w.fNominal * shape.fNominal + w.fDown * shape.fDown;
      }
      for (const auto &scalar : fEvaluator.fModel.fSamples[piece.fSample].fScalars) {
         if (scalar.fParameter == parameter && scalar.fCode != 0)
            sum *= fEvaluator.fNormsys[scalar.fNormsys].CurveAt(at, above).fValue;
      }
      all += piece.fRest * sum;
   }
   return all;
}

/// The least second derivative of `-log L` along the parameter, all others as they are; of the part that is a square of
/// slopes only a share counts, as other parameters can take the rest.
double OtherMinima::LeastCurvature(const double *theta, std::size_t parameter)
{
   const auto &model = fEvaluator.fModel;
   const double *data = fEvaluator.fData;
   const std::size_t nBins = model.fNBins;
   double *rate = fRoom.data(), *slope = rate + nBins, *curvature = slope + nBins, *bins = curvature + nBins;
   double least = std::numeric_limits<double>::infinity();
   for (const double point : kNear) {
      std::copy(fEvaluator.fRates.begin(), fEvaluator.fRates.end(), rate);
      std::fill(slope, bins, 0.);
      for (const auto moved : model.fSamplesOf[parameter])
         MoveSample(moved, theta[parameter], point, parameter, rate, slope, curvature, bins);
      double sum = fWidth;
      for (std::size_t b = 0; b < nBins; ++b) {
         // Slope and curvature of a Poisson term in its rate; far below the data they only have to be large.
         const double ratio = data[b] > 0. ? data[b] / std::max(rate[b], kLeastRate * data[b]) : 0.;
         const double squares = data[b] > 0. ? ratio * ratio / data[b] * slope[b] * slope[b] : 0.;
         sum += kShare * squares + (1. - ratio) * curvature[b];
      }
      least = std::min(least, sum);
   }
   return least;
}

/// What a sample does to rates when one parameter moves from where it is.
void OtherMinima::MoveSample(std::size_t s, double from, double to, std::size_t parameter, double *rate, double *slope,
                             double *curvature, double *bins) const
{
   const auto &sample = fEvaluator.fModel.fSamples[s];
   const double *sum = &fEvaluator.fTemplates[sample.fFirst], *local = &fEvaluator.fBinFactors[sample.fFirst];
   const double *nominal = fEvaluator.fInputs + sample.fNominal;
   double rest = 1.;
   Jet factor(1.);
   for (std::size_t k = 0; k < sample.fScalars.size(); ++k) {
      const auto &scalar = sample.fScalars[k];
      if (scalar.fParameter != parameter || scalar.fCode == 0) {
         rest *= fEvaluator.fScalars[s][k].fValue;
         continue;
      }
      const auto c = fEvaluator.fNormsys[scalar.fNormsys].CurveAt(to, to >= 0.);
      factor = factor * Jet(c.fValue, c.fFirst, c.fSecond);
   }
   const double old = fEvaluator.fProducts[s].All();
   const std::size_t first = sample.fFirstBin, n = sample.fNBins;
   // The template without factors, and its derivatives.
   double *value = bins, *d1 = value + n, *d2 = d1 + n;
   std::fill(d1, d2 + n, 0.);
   std::copy(sum, sum + n, value);
   for (const auto &shape : sample.fShapes) {
      if (shape.fParameter != parameter)
         continue;
      const double *up = fEvaluator.fInputs + shape.fUp, *down = fEvaluator.fInputs + shape.fDown;
      const auto now = ShapeAt(shape.fCode, from, fEvaluator.Above(parameter));
      const auto w = ShapeAt(shape.fCode, Jet(to, 1.), to >= 0.);
      for (std::size_t b = 0; b < n; ++b) {
         value[b] += (w.fUp.fValue - now.fUp) * up[b] + (w.fNominal.fValue - now.fNominal) * nominal[b] +
                     (w.fDown.fValue - now.fDown) * down[b];
         d1[b] += w.fUp.fFirst * up[b] + w.fNominal.fFirst * nominal[b] + w.fDown.fFirst * down[b];
         d2[b] += w.fUp.fSecond * up[b] + w.fNominal.fSecond * nominal[b] + w.fDown.fSecond * down[b];
      }
   }
   for (std::size_t b = 0; b < n; ++b) {
      const double all = rest * local[b];
      rate[first + b] += all * factor.fValue * value[b] - local[b] * old * sum[b];
      slope[first + b] += all * (factor.fValue * d1[b] + factor.fFirst * value[b]);
      curvature[first + b] += all * (factor.fValue * d2[b] + 2. * factor.fFirst * d1[b] + factor.fSecond * value[b]);
   }
}

} // namespace GradCut
