#include <gradcut/kernels/Dispatch.h>

#include "KernelTable.hxx"

#include <atomic>
#include <cstdlib>
#include <cstring>

namespace GradCut {
namespace Internal {
namespace {

const KernelTable *TableOf(GradCutInstructionSet set)
{
   switch (set) {
   case kGradCutBaseline: return &kKernelsBaseline;
   case kGradCutAvx2:
#ifdef GRADCUT_HAVE_AVX2
      if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
         return &kKernelsAvx2;
#endif
      return nullptr;
   case kGradCutAvx512:
#ifdef GRADCUT_HAVE_AVX512
      if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
          __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
          __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma"))
         return &kKernelsAvx512;
#endif
      return nullptr;
   }
   return nullptr;
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
      if (TableOf(static_cast<GradCutInstructionSet>(set)))
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
   return *TableOf(Current().load(std::memory_order_relaxed));
}

} // namespace Internal
} // namespace GradCut

int GradCutHasInstructionSet(GradCutInstructionSet set)
{
   return GradCut::Internal::TableOf(set) != nullptr;
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
