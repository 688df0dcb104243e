/// \file LikelihoodReverse.hxx
/// \brief Expected data and `-log L` with derivatives in all they depend on, for numbers that may carry derivatives.
///
/// With plain numbers this gives gradients; with `theta` moving along a direction the derivatives of the gradient
/// along it, that is the Hessian times the direction and mixed derivatives (`Dual`), and third derivatives (`Jet`).
#ifndef GRADCUT_KERNELS_LIKELIHOODREVERSE_HXX
#define GRADCUT_KERNELS_LIKELIHOODREVERSE_HXX

#include "Interpolation.hxx"
#include "LikelihoodModel.hxx"
#include "LikelihoodTerms.hxx"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace GradCut {

template <class Number>
class Reverse {
public:
   explicit Reverse(const GradCutLikelihood &model)
      : fTheta(model.fNParameters), fDTheta(model.fNParameters), fDInputs(model.fNInputs), fDData(model.NData()),
        fExpected(model.NData()), fModel(model), fSides(model.fNParameters, 1), fSlopes(model.fNBins)
   {
   }

   std::vector<Number> fTheta;                    ///< to be set before anything is called
   std::vector<Number> fDTheta, fDInputs, fDData; ///< results
   std::vector<Number> fExpected;

   /// Which sides of kinks count: not negative for the side above.
   void SetSides(const std::vector<signed char> &sides) { fSides = sides; }

   void Expect(const double *inputs)
   {
      fInputs = inputs;
      std::fill(fExpected.begin(), fExpected.end(), Number(0.));
      for (const auto &sample : fModel.fSamples)
         AddSample(sample);
      for (std::size_t c = 0; c < fModel.fConstraints.size(); ++c) {
         const auto &one = fModel.fConstraints[c];
         const auto &theta = fTheta[one.fParameter];
         fExpected[fModel.fNBins + c] = one.fIsPoisson ? theta * Number(inputs[one.fInput]) : theta;
      }
   }

   /// Gradient of the cotangents times the expected data; `Expect` first.
   void PullExpected(const double *cotangents)
   {
      Clear();
      for (std::size_t b = 0; b < fModel.fNBins; ++b)
         fSlopes[b] = Number(cotangents[b]);
      PullRates();
      for (std::size_t c = 0; c < fModel.fConstraints.size(); ++c) {
         const auto &one = fModel.fConstraints[c];
         const Number slope(cotangents[fModel.fNBins + c]);
         PullMean(one, slope);
      }
   }

   /// Gradient of `-log L` less what only depends on data and inputs; `Expect` first.
   void PullLikelihood(const double *data, double floor = kRateFloor)
   {
      Clear();
      for (std::size_t b = 0; b < fModel.fNBins; ++b) {
         const auto slopes = PoissonSlopesAt(data[b], fExpected[b], floor);
         fSlopes[b] = slopes.fRate;
         fDData[b] = slopes.fData;
      }
      PullRates();
      for (std::size_t c = 0; c < fModel.fConstraints.size(); ++c) {
         const auto &one = fModel.fConstraints[c];
         const std::size_t i = fModel.fNBins + c;
         if (one.fIsPoisson) {
            const auto slopes = PoissonSlopesAt(data[i], fExpected[i], floor);
            fDData[i] = slopes.fData;
            PullMean(one, slopes.fRate);
            continue;
         }
         const double width = 1. / fInputs[one.fInput];
         const Number pull = (fExpected[i] - Number(data[i])) * Number(width);
         fDData[i] = pull * Number(-width);
         fDTheta[one.fParameter] = fDTheta[one.fParameter] + pull * Number(width);
         fDInputs[one.fInput] = fDInputs[one.fInput] - pull * pull * Number(width);
      }
   }

private:
   const GradCutLikelihood &fModel;
   const double *fInputs = nullptr;
   std::vector<signed char> fSides;
   std::vector<Number> fSlopes; ///< in the rates
   std::vector<typename Normsys::Derivatives<Number>> fFactors;
   std::vector<Number> fBefore, fAfter; ///< products of the factors before and after one
   std::vector<ShapeWeights<Number>> fWeights;

   void Clear()
   {
      std::fill(fDTheta.begin(), fDTheta.end(), Number(0.));
      std::fill(fDInputs.begin(), fDInputs.end(), Number(0.));
      std::fill(fDData.begin(), fDData.end(), Number(0.));
   }

   bool Above(std::size_t parameter) const { return fSides[parameter] >= 0; }

   void PullMean(const ConstraintOfModel &one, const Number &slope)
   {
      auto &dTheta = fDTheta[one.fParameter];
      dTheta = dTheta + (one.fIsPoisson ? slope * Number(fInputs[one.fInput]) : slope);
      if (one.fIsPoisson)
         fDInputs[one.fInput] = fDInputs[one.fInput] + slope * fTheta[one.fParameter];
   }

   /// Everything of a sample that is the same in all bins.
   void Prepare(const SampleOfModel &sample)
   {
      fFactors.clear();
      for (const auto &scalar : sample.fScalars) {
         const auto &theta = fTheta[scalar.fParameter];
         if (scalar.fCode == 0) {
            fFactors.push_back({theta, Number(1.), Number(0.), Number(0.)});
            continue;
         }
         Normsys normsys;
         normsys.Set(scalar.fCode, fInputs[scalar.fInput], fInputs[scalar.fInput + 1]);
         fFactors.push_back(normsys.At(theta, Above(scalar.fParameter)));
      }
      fWeights.clear();
      for (const auto &shape : sample.fShapes)
         fWeights.push_back(ShapeAt(shape.fCode, fTheta[shape.fParameter], Above(shape.fParameter)));
      const std::size_t n = fFactors.size();
      fBefore.assign(n + 1, Number(1.));
      fAfter.assign(n + 1, Number(1.));
      for (std::size_t k = 0; k < n; ++k)
         fBefore[k + 1] = fBefore[k] * fFactors[k].fValue;
      for (std::size_t k = n; k > 0; --k)
         fAfter[k - 1] = fAfter[k] * fFactors[k - 1].fValue;
   }

   /// The template of a bin with all that is added to it.
   Number Template(const SampleOfModel &sample, std::size_t b) const
   {
      Number sum(fInputs[sample.fNominal + b]);
      for (std::size_t h = 0; h < fWeights.size(); ++h) {
         const auto &shape = sample.fShapes[h];
         const auto &w = fWeights[h];
         sum = sum + w.fUp * Number(fInputs[shape.fUp + b]) + w.fNominal * Number(fInputs[sample.fNominal + b]) +
               w.fDown * Number(fInputs[shape.fDown + b]);
      }
      return sum;
   }

   Number BinFactors(const SampleOfModel &sample, std::size_t b, std::size_t without) const
   {
      Number product(1.);
      for (std::size_t j = 0; j < sample.fBinFactors.size(); ++j) {
         if (j != without)
            product = product * fTheta[sample.fBinFactors[j] + b];
      }
      return product;
   }

   void AddSample(const SampleOfModel &sample)
   {
      Prepare(sample);
      const Number factor = fBefore.back();
      for (std::size_t b = 0; b < sample.fNBins; ++b) {
         auto &rate = fExpected[sample.fFirstBin + b];
         rate = rate + factor * BinFactors(sample, b, sample.fBinFactors.size()) * Template(sample, b);
      }
   }

   void PullRates()
   {
      for (const auto &sample : fModel.fSamples)
         PullSample(sample);
   }

   void PullSample(const SampleOfModel &sample)
   {
      Prepare(sample);
      const std::size_t nFactors = sample.fBinFactors.size();
      const Number factor = fBefore.back();
      Number dFactor(0.);
      std::vector<ShapeWeights<Number>> dWeights(fWeights.size(), {Number(0.), Number(0.), Number(0.)});
      for (std::size_t b = 0; b < sample.fNBins; ++b) {
         const Number slope = fSlopes[sample.fFirstBin + b], sum = Template(sample, b);
         const Number local = BinFactors(sample, b, nFactors) * slope;
         dFactor = dFactor + local * sum;
         const Number dTemplate = local * factor;
         Number dNominal = dTemplate;
         for (std::size_t h = 0; h < fWeights.size(); ++h) {
            const auto &shape = sample.fShapes[h];
            const auto &w = fWeights[h];
            auto &dW = dWeights[h];
            fDInputs[shape.fUp + b] = fDInputs[shape.fUp + b] + dTemplate * w.fUp;
            fDInputs[shape.fDown + b] = fDInputs[shape.fDown + b] + dTemplate * w.fDown;
            dNominal = dNominal + dTemplate * w.fNominal;
            dW.fUp = dW.fUp + dTemplate * Number(fInputs[shape.fUp + b]);
            dW.fNominal = dW.fNominal + dTemplate * Number(fInputs[sample.fNominal + b]);
            dW.fDown = dW.fDown + dTemplate * Number(fInputs[shape.fDown + b]);
         }
         fDInputs[sample.fNominal + b] = fDInputs[sample.fNominal + b] + dNominal;
         const Number whole = slope * factor * sum;
         for (std::size_t j = 0; j < nFactors; ++j) {
            auto &dTheta = fDTheta[sample.fBinFactors[j] + b];
            dTheta = dTheta + whole * BinFactors(sample, b, j);
         }
      }
      for (std::size_t h = 0; h < fWeights.size(); ++h) {
         const auto &shape = sample.fShapes[h];
         const auto slopes = ShapeSlopeAt(shape.fCode, fTheta[shape.fParameter], Above(shape.fParameter));
         auto &dTheta = fDTheta[shape.fParameter];
         dTheta = dTheta + dWeights[h].fUp * slopes.fUp + dWeights[h].fNominal * slopes.fNominal +
                  dWeights[h].fDown * slopes.fDown;
      }
      for (std::size_t k = 0; k < fFactors.size(); ++k) {
         const auto &scalar = sample.fScalars[k];
         const Number d = dFactor * fBefore[k] * fAfter[k + 1];
         fDTheta[scalar.fParameter] = fDTheta[scalar.fParameter] + d * fFactors[k].fAlpha;
         if (scalar.fCode != 0) {
            fDInputs[scalar.fInput] = fDInputs[scalar.fInput] + d * fFactors[k].fUp;
            fDInputs[scalar.fInput + 1] = fDInputs[scalar.fInput + 1] + d * fFactors[k].fDown;
         }
      }
   }
};

} // namespace GradCut

#endif
