/// \file Choices.hxx
/// \brief What callers choose at run time, as types.
#ifndef GRADCUT_KERNELS_CHOICES_HXX
#define GRADCUT_KERNELS_CHOICES_HXX

#include "Steps.hxx"

#include <gradcut/kernels/Selection.h>

namespace {

template <class Pack>
struct PrecisionGuard {};
template <>
struct PrecisionGuard<FloatPack> : FlushDenormals {};

/// Run-time choices as types.
template <class S, GradCutDerivatives D>
struct Choice {
   using Step = S;
   static constexpr GradCutDerivatives kDerivatives = D;
};

template <class Step, class F>
void WithDerivatives(GradCutDerivatives derivatives, F &&f)
{
   switch (derivatives) {
   case kGradCutValues: f(Choice<Step, kGradCutValues>{}); break;
   case kGradCutThresholds: f(Choice<Step, kGradCutThresholds>{}); break;
   case kGradCutAll: f(Choice<Step, kGradCutAll>{}); break;
   }
}

template <class Pack, class F>
void WithChoice(GradCutStep step, GradCutDerivatives derivatives, F &&f)
{
   [[maybe_unused]] PrecisionGuard<Pack> guard;
   switch (step) {
   case kGradCutHard: f(Choice<HardStep, kGradCutValues>{}); break;
   case kGradCutLogistic: WithDerivatives<LogisticStep>(derivatives, f); break;
   case kGradCutGaussian: WithDerivatives<GaussianStep>(derivatives, f); break;
   }
}

} // namespace

#endif
