/// \file Network.h
/// \brief Trained networks: scaled inputs through dense layers.
///
/// Input `x` enters as `(x - centre) / scale`, in double, brought to `[-clip, clip]`. Where a flagged input is NaN it
/// enters as 0, and one more number, after all inputs and in the order of the flags, is 1 instead of 0. Where another
/// input is NaN all outputs of the event are. A layer is `y = f(W x + b)`, `f` one of
///
/// | activation | f(x)                                                                   |
/// |------------|------------------------------------------------------------------------|
/// | leaky ReLU | `x` for `x > 0`, else `slope x`                                          |
/// | ELU        | `x` for `x > 0`, else `slope (e^x - 1)`                                  |
/// | SiLU       | `x / (1 + e^-x)`                                                       |
/// | GELU       | `x Phi(x)`; with a tanh `x / (1 + e^(-2 sqrt(2/pi) (x + 0.044715 x^3)))` |
/// | softplus   | `log(1 + e^x)`                                                         |
/// | softmax    | `e^x_k / sum_j e^x_j`, in the last layer                               |
///
/// and linear, ReLU, tanh, sigmoid. A network is brought into the form that the kernels read once, in memory of the
/// caller: the plan. It serves any number of threads and every instruction set. In single precision activations are
/// right to 4e-7 of their value (GELUs to 7e-7, for x < -2 to 2e-5); what is below 1e-33 may be any number of that
/// size. Sums run over the inputs of a layer in order: an event has the same outputs to the bit whatever events are
/// beside it. Nothing is allocated and nothing is thrown; callers check their networks
/// (gradcut/kernels/CheckNetwork.hxx).
#ifndef GRADCUT_KERNELS_NETWORK_H
#define GRADCUT_KERNELS_NETWORK_H

#include <gradcut/kernels/Export.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum GradCutActivation {
   kGradCutLinear = 0,
   kGradCutReLU = 1,
   kGradCutLeakyReLU = 2,
   kGradCutELU = 3,
   kGradCutSiLU = 4,
   kGradCutGELU = 5,
   kGradCutGELUTanh = 6,
   kGradCutTanh = 7,
   kGradCutSigmoid = 8,
   kGradCutSoftplus = 9,
   kGradCutSoftmaxOutputs = 10
} GradCutActivation;

/// Largest number of inputs (flags included) or outputs of a layer, and of layers.
#define GRADCUT_MAX_NETWORK_WIDTH 4096
#define GRADCUT_MAX_NETWORK_LAYERS 64

typedef struct GradCutLayer {
   size_t fNIn;
   size_t fNOut;
   const double *fWeight; ///< `[output][input]`
   const double *fBias;
   GradCutActivation fActivation;
   double fSlope;
} GradCutLayer;

typedef struct GradCutNetwork {
   size_t fNInputs;
   const double *fCentre;
   const double *fScale;
   double fClip; ///< infinity for none
   size_t fNFlagged;
   const uint32_t *fFlagged; ///< numbers of inputs
   size_t fNLayers;
   const GradCutLayer *fLayers;
} GradCutNetwork;

/// Bytes of a plan, which is to be aligned to 64 bytes and may be copied.
GRADCUT_EXPORT size_t GradCutNetworkPlanBytesF32(const GradCutNetwork *network);
GRADCUT_EXPORT size_t GradCutNetworkPlanBytesF64(const GradCutNetwork *network);
/// \brief Write a plan; the network is not needed afterwards.
GRADCUT_EXPORT void GradCutNetworkPlanF32(const GradCutNetwork *network, void *plan);
GRADCUT_EXPORT void GradCutNetworkPlanF64(const GradCutNetwork *network, void *plan);

/// \brief Bytes of working memory (aligned to 64) for calls with up to `nEvents` events, one thread each.
/// It stops growing at 48 events.
GRADCUT_EXPORT size_t GradCutNetworkWorkspaceF32(const void *plan, size_t nEvents);
GRADCUT_EXPORT size_t GradCutNetworkWorkspaceF64(const void *plan, size_t nEvents);

/// \brief Outputs of all events.
/// \param[in] columns   one pointer to `nEvents` numbers per input
/// \param[out] outputs `[output][event]`
GRADCUT_EXPORT void GradCutNetworkOutputsF32(const void *plan, size_t nEvents, const double *const *columns,
                                             void *workspace, double *outputs);
/// The reference in double precision, with the C library's functions.
GRADCUT_EXPORT void GradCutNetworkOutputsF64(const void *plan, size_t nEvents, const double *const *columns,
                                             void *workspace, double *outputs);

#ifdef __cplusplus
}
#endif

#endif
