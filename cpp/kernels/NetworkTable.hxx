/// \file NetworkTable.hxx
/// \brief The functions of networks that exist once per instruction set.
#ifndef GRADCUT_KERNELS_NETWORKTABLE_HXX
#define GRADCUT_KERNELS_NETWORKTABLE_HXX

#include <gradcut/kernels/Network.h>

namespace GradCut {
namespace Internal {

using NetworkFunction = void (*)(const void *, size_t, const double *const *, void *, double *);

struct NetworkTable {
   NetworkFunction fF32;
   NetworkFunction fF64;
};

extern const NetworkTable kNetworkKernelsBaseline;
extern const NetworkTable kNetworkKernelsAvx2;
extern const NetworkTable kNetworkKernelsAvx512;

/// The table in use.
const NetworkTable &CurrentNetworkKernels();

} // namespace Internal
} // namespace GradCut

#endif
