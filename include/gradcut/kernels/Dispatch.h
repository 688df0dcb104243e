/// \file Dispatch.h
/// \brief The instruction set that the kernels use, chosen when the library is loaded.
#ifndef GRADCUT_KERNELS_DISPATCH_H
#define GRADCUT_KERNELS_DISPATCH_H

#include <gradcut/kernels/Export.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum GradCutInstructionSet {
   kGradCutBaseline = 0, ///< whatever the compiler targets without flags (SSE2 on x86-64)
   kGradCutAvx2 = 1,     ///< AVX2 and FMA (x86-64-v3)
   kGradCutAvx512 = 2    ///< AVX-512 F, BW, CD, DQ, VL (x86-64-v4)
} GradCutInstructionSet;

/// \brief Whether this build and this processor have an instruction set (1 or 0).
GRADCUT_EXPORT int GradCutHasInstructionSet(GradCutInstructionSet set);

/// \brief The instruction set in use. The best one there is, unless the environment variable `GRADCUT_ISA`
/// (`baseline`, `avx2`, `avx512`) asks for a lower one or \ref GradCutUseInstructionSet was called.
GRADCUT_EXPORT GradCutInstructionSet GradCutGetInstructionSet(void);

/// \brief Use another instruction set from now on, in all threads.
/// \return 1, or 0 where it is not available (nothing changes then)
GRADCUT_EXPORT int GradCutUseInstructionSet(GradCutInstructionSet set);

#ifdef __cplusplus
}
#endif

#endif
