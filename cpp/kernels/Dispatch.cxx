#include <gradcut/kernels/Dispatch.h>

#include "KernelTable.hxx"
#include "NetworkTable.hxx"

#include <atomic>
#include <cstdlib>
#include <cstring>

namespace GradCut {
namespace Internal {
namespace {

/// What is compiled for one instruction set.
struct Tables {
   const KernelTable *fSelection;
   const TreeTable *fTree;
   const BinsTable *fBins;
   const NetworkTable *fNetwork;
};

/// The tables of a set; null pointers where this processor cannot run it.
Tables TableOf(GradCutInstructionSet set)
{
   switch (set) {
   case kGradCutBaseline:
      return {&kKernelsBaseline, &kTreeKernelsBaseline, &kBinsKernelsBaseline, &kNetworkKernelsBaseline};
   case kGradCutAvx2:
#ifdef GRADCUT_HAVE_AVX2
      if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
         return {&kKernelsAvx2, &kTreeKernelsAvx2, &kBinsKernelsAvx2, &kNetworkKernelsAvx2};
#endif
      return {};
   case kGradCutAvx512:
#ifdef GRADCUT_HAVE_AVX512
      if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
          __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
          __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma"))
         return {&kKernelsAvx512, &kTreeKernelsAvx512, &kBinsKernelsAvx512, &kNetworkKernelsAvx512};
#endif
      return {};
   }
   return {};
}

/// The best set there is, not above the one that the environment asks for.
GradCutInstructionSet Choose()
{
   GradCutInstructionSet highest = kGradCutAvx512;
   if (const char *asked = std::getenv("GRADCUT_ISA")) {
      if (std::strcmp(asked, "baseline") == 0)
         highest = kGradCutBaseline;
      else if (std::strcmp(asked, "avx2") == 0)
         highest = kGradCutAvx2;
   }
   for (int set = highest; set > kGradCutBaseline; --set) {
      if (TableOf(static_cast<GradCutInstructionSet>(set)).fSelection)
         return static_cast<GradCutInstructionSet>(set);
   }
   return kGradCutBaseline;
}

std::atomic<GradCutInstructionSet> &Current()
{
   static std::atomic<GradCutInstructionSet> current{Choose()};
   return current;
}

} // namespace

const KernelTable &CurrentKernels()
{
   return *TableOf(Current().load(std::memory_order_relaxed)).fSelection;
}

const TreeTable &CurrentTreeKernels()
{
   return *TableOf(Current().load(std::memory_order_relaxed)).fTree;
}

const BinsTable &CurrentBinsKernels()
{
   return *TableOf(Current().load(std::memory_order_relaxed)).fBins;
}

const NetworkTable &CurrentNetworkKernels()
{
   return *TableOf(Current().load(std::memory_order_relaxed)).fNetwork;
}

} // namespace Internal
} // namespace GradCut

int GradCutHasInstructionSet(GradCutInstructionSet set)
{
   return GradCut::Internal::TableOf(set).fSelection != nullptr;
}

GradCutInstructionSet GradCutGetInstructionSet(void)
{
   return GradCut::Internal::Current().load();
}

int GradCutUseInstructionSet(GradCutInstructionSet set)
{
   if (!GradCutHasInstructionSet(set))
      return 0;
   GradCut::Internal::Current().store(set);
   return 1;
}
