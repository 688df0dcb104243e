#include "LikelihoodModel.hxx"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <numeric>

namespace GradCut {
namespace {

constexpr std::size_t kSampleRow = 3, kModifierRow = 5, kConstraintRow = 3;

bool Lies(std::int64_t first, std::size_t n, std::size_t size)
{
   return first >= 0 && static_cast<std::size_t>(first) + n <= size;
}

const char *AddSamples(const GradCutLikelihoodPlan &plan, GradCutLikelihood &model)
{
   for (std::size_t s = 0; s < plan.fNSamples; ++s) {
      const auto *row = plan.fSamples + kSampleRow * s;
      if (row[1] < 1 || !Lies(row[0], static_cast<std::size_t>(row[1]), plan.fNBins))
         return "a sample has bins that there are not";
      const auto n = static_cast<std::size_t>(row[1]);
      if (!Lies(row[2], n, plan.fNInputs))
         return "the template of a sample is not in the inputs";
      model.fSamples.push_back(
         {static_cast<std::size_t>(row[0]), n, static_cast<std::size_t>(row[2]), model.fNSampleBins, {}, {}, {}});
      model.fNSampleBins += n;
   }
   return nullptr;
}

const char *AddModifier(const int32_t *row, const GradCutLikelihoodPlan &plan, GradCutLikelihood &model)
{
   if (row[1] < 0 || static_cast<std::size_t>(row[1]) >= plan.fNSamples)
      return "a modifier has no such sample";
   auto &sample = model.fSamples[static_cast<std::size_t>(row[1])];
   const std::size_t nParameters = row[0] == kGradCutBinFactor ? sample.fNBins : 1;
   if (!Lies(row[2], nParameters, plan.fNParameters))
      return "a modifier has no such parameter";
   const auto parameter = static_cast<std::size_t>(row[2]);
   const std::size_t nInputs = row[0] == kGradCutNormsys ? 2 : row[0] == kGradCutHistosys ? 2 * sample.fNBins : 0;
   if (nInputs > 0 && !Lies(row[3], nInputs, plan.fNInputs))
      return "the numbers of a modifier are not in the inputs";
   const auto input = static_cast<std::size_t>(std::max(row[3], 0));
   const int code = row[4];
   switch (row[0]) {
   case kGradCutFactor: sample.fScalars.push_back({parameter, input, 0, 0}); return nullptr;
   case kGradCutNormsys:
      if (code != 1 && code != 4)
         return "the interpolation code of a normsys is 1 or 4";
      sample.fScalars.push_back({parameter, input, code, model.fNNormsys++});
      break;
   case kGradCutHistosys:
      if (code != 0 && code != 2 && code != 4)
         return "the interpolation code of a histosys is 0, 2 or 4 for 4p";
      sample.fShapes.push_back({parameter, input, input + sample.fNBins, code, model.fNShapeBins});
      model.fNShapeBins += sample.fNBins;
      break;
   case kGradCutBinFactor: sample.fBinFactors.push_back(parameter); return nullptr;
   default: return "the kind of a modifier is not one of 0 to 3";
   }
   model.fIsCurved[parameter] = true;
   auto &samples = model.fSamplesOf[parameter];
   if (samples.empty() || samples.back() != static_cast<std::size_t>(row[1]))
      samples.push_back(static_cast<std::size_t>(row[1]));
   if (code < 2)
      model.fHasKink[parameter] = true;
   return nullptr;
}

const char *AddConstraint(const int32_t *row, const GradCutLikelihoodPlan &plan, GradCutLikelihood &model)
{
   if (row[0] != kGradCutGaussian && row[0] != kGradCutPoisson)
      return "the kind of a constraint is 0 or 1";
   if (!Lies(row[1], 1, plan.fNParameters))
      return "a constraint has no such parameter";
   if (!Lies(row[2], 1, plan.fNInputs))
      return "the number of a constraint is not in the inputs";
   model.fConstraints.push_back(
      {row[0] == kGradCutPoisson, static_cast<std::size_t>(row[1]), static_cast<std::size_t>(row[2])});
   return nullptr;
}

void ListParameters(GradCutLikelihood &model)
{
   for (auto &list : model.fSamplesOf) {
      std::sort(list.begin(), list.end());
      list.erase(std::unique(list.begin(), list.end()), list.end());
   }
   model.fParametersOfBin.resize(model.fNBins);
   for (const auto &sample : model.fSamples) {
      for (std::size_t b = 0; b < sample.fNBins; ++b) {
         auto &list = model.fParametersOfBin[sample.fFirstBin + b];
         for (const auto &scalar : sample.fScalars)
            list.push_back(scalar.fParameter);
         for (const auto &shape : sample.fShapes)
            list.push_back(shape.fParameter);
         for (const auto parameter : sample.fBinFactors)
            list.push_back(parameter + b);
      }
   }
   for (auto &list : model.fParametersOfBin) {
      std::sort(list.begin(), list.end());
      list.erase(std::unique(list.begin(), list.end()), list.end());
   }
   std::vector<std::size_t> nBinsOf(model.fNParameters, 0);
   for (const auto &list : model.fParametersOfBin) {
      for (const auto p : list)
         ++nBinsOf[p];
   }
   for (std::size_t p = 0; p < model.fNParameters; ++p) {
      if (nBinsOf[p] > 1)
         model.fShared.push_back(p);
   }
   model.fOwnOfBin.resize(model.fNBins);
   for (std::size_t b = 0; b < model.fNBins; ++b) {
      for (const auto p : model.fParametersOfBin[b]) {
         if (nBinsOf[p] == 1)
            model.fOwnOfBin[b].push_back(p);
      }
   }
}

void OrderParameters(GradCutLikelihood &model)
{
   std::vector<int> rank(model.fNParameters, 0);
   for (const auto p : model.fShared)
      rank[p] = 2;
   for (const auto &own : model.fOwnOfBin) {
      for (std::size_t i = 1; i < own.size(); ++i)
         rank[own[i]] = 1;
   }
   model.fOrder.resize(model.fNParameters);
   std::iota(model.fOrder.begin(), model.fOrder.end(), std::size_t(0));
   std::stable_sort(model.fOrder.begin(), model.fOrder.end(),
                    [&](std::size_t p, std::size_t q) { return rank[p] < rank[q]; });
   model.fNAlone = static_cast<std::size_t>(std::count(rank.begin(), rank.end(), 0));
}

const char *Fill(const GradCutLikelihoodPlan &plan, GradCutLikelihood &model)
{
   model.fNParameters = plan.fNParameters;
   model.fNBins = plan.fNBins;
   model.fNInputs = plan.fNInputs;
   model.fHasKink.assign(plan.fNParameters, false);
   model.fIsCurved.assign(plan.fNParameters, false);
   model.fSamplesOf.resize(plan.fNParameters);
   const char *problem = AddSamples(plan, model);
   for (std::size_t m = 0; !problem && m < plan.fNModifiers; ++m)
      problem = AddModifier(plan.fModifiers + kModifierRow * m, plan, model);
   for (std::size_t c = 0; !problem && c < plan.fNConstraints; ++c)
      problem = AddConstraint(plan.fConstraints + kConstraintRow * c, plan, model);
   if (problem)
      return problem;
   ListParameters(model);
   OrderParameters(model);
   model.fSampleCodes.assign(plan.fSamples, plan.fSamples + kSampleRow * plan.fNSamples);
   model.fModifierCodes.assign(plan.fModifiers, plan.fModifiers + kModifierRow * plan.fNModifiers);
   model.fConstraintCodes.assign(plan.fConstraints, plan.fConstraints + kConstraintRow * plan.fNConstraints);
   model.fPlan = plan;
   model.fPlan.fSamples = model.fSampleCodes.data();
   model.fPlan.fModifiers = model.fModifierCodes.data();
   model.fPlan.fConstraints = model.fConstraintCodes.data();
   return nullptr;
}

} // namespace
} // namespace GradCut

GradCutLikelihood *GradCutNewLikelihood(const GradCutLikelihoodPlan *plan, const char **problem)
{
   try {
      auto model = std::make_unique<GradCutLikelihood>();
      if (const char *found = GradCut::Fill(*plan, *model)) {
         *problem = found;
         return nullptr;
      }
      return model.release();
   } catch (const std::bad_alloc &) {
      return nullptr;
   }
}

void GradCutDeleteLikelihood(GradCutLikelihood *model)
{
   delete model;
}

const GradCutLikelihoodPlan *GradCutGetPlan(const GradCutLikelihood *model)
{
   return &model->fPlan;
}
