// Compiled once per instruction set; GRADCUT_KERNEL_SET names the set. Formulas: gradcut/kernels/Network.h.
//
// Outputs are lanes. A tile of outputs and events stays in registers while the inputs of a layer are added one after
// another: many events share a load of weights; one event alone runs on many outputs at once, as fast as weights come.
#include "Activations.hxx"
#include "Choices.hxx"
#include "NetworkPlan.hxx"
#include "NetworkTable.hxx"

#include <limits>
#include <type_traits>

namespace {

typedef double DoubleVector __attribute__((vector_size(4 * GRADCUT_LANES)));

/// Tiles that fit the registers: panels and events of one for many events, panels of one for a single one. Sums of
/// products are made on vectors of doubles too: they are no approximation that a reference would have to avoid.
template <class Pack>
struct Tiles {
   using Vector = FloatVector;
   static constexpr std::size_t kLanes = GRADCUT_LANES;
   static constexpr std::size_t kPanels = GRADCUT_LANES == 16 ? 2 : 1;
   static constexpr std::size_t kEvents = GRADCUT_LANES == 16 ? 12 : (GRADCUT_LANES == 8 ? 6 : 3);
   static constexpr std::size_t kPanelsOfOne = GRADCUT_LANES / 2;
};

template <>
struct Tiles<DoublePack> {
   using Vector = DoubleVector;
   static constexpr std::size_t kLanes = GRADCUT_LANES / 2;
   static constexpr std::size_t kPanels = 1;
   static constexpr std::size_t kEvents = GRADCUT_LANES == 16 ? 12 : (GRADCUT_LANES == 8 ? 3 : 1);
   static constexpr std::size_t kPanelsOfOne = GRADCUT_LANES / 4;
};

template <class Vector, class Real>
GRADCUT_INLINE Vector LoadVector(const Real *from)
{
   Vector x;
   std::memcpy(&x, from, sizeof(x));
   return x;
}

template <class Vector, class Real>
GRADCUT_INLINE void StoreVector(Real *to, Vector x)
{
   std::memcpy(to, &x, sizeof(x));
}

/// `out[event][output] = bias + weights in` for some panels and events.
template <class Pack, std::size_t Panels, std::size_t Events>
void Tile(std::size_t nIn, std::size_t width, const typename Pack::Real *in, const typename Pack::Real *weights,
          const typename Pack::Real *bias, typename Pack::Real *out)
{
   using Vector = typename Tiles<Pack>::Vector;
   constexpr std::size_t kLanes = Tiles<Pack>::kLanes, kPerPanel = kPanel / kLanes, kVectors = Panels * kPerPanel;
   Vector sums[Events][kVectors];
   for (std::size_t v = 0; v < kVectors; ++v) {
      const Vector b = LoadVector<Vector>(bias + v * kLanes);
      for (std::size_t e = 0; e < Events; ++e)
         sums[e][v] = b;
   }
   for (std::size_t k = 0; k < nIn; ++k) {
      Vector w[kVectors];
      for (std::size_t v = 0; v < kVectors; ++v)
         w[v] = LoadVector<Vector>(weights + (v / kPerPanel * nIn + k) * kPanel + v % kPerPanel * kLanes);
      for (std::size_t e = 0; e < Events; ++e)
         for (std::size_t v = 0; v < kVectors; ++v)
            sums[e][v] += w[v] * in[e * width + k];
   }
   for (std::size_t e = 0; e < Events; ++e)
      for (std::size_t v = 0; v < kVectors; ++v)
         StoreVector(out + e * width + v * kLanes, sums[e][v]);
}

/// All events for some panels.
template <class Pack, std::size_t Panels>
void Panel(const PlannedLayer &layer, std::size_t width, std::size_t nEvents, const typename Pack::Real *in,
           const typename Pack::Real *weights, const typename Pack::Real *bias, typename Pack::Real *out)
{
   constexpr std::size_t kEvents = Panels <= Tiles<Pack>::kPanels ? Tiles<Pack>::kEvents : 1;
   std::size_t e = 0;
   for (; e + kEvents <= nEvents; e += kEvents)
      Tile<Pack, Panels, kEvents>(layer.fNIn, width, in + e * width, weights, bias, out + e * width);
   for (; e < nEvents; ++e)
      Tile<Pack, Panels, 1>(layer.fNIn, width, in + e * width, weights, bias, out + e * width);
}

/// `W x + b` of a block of events.
template <class Pack>
void Affine(const NetworkPlan &plan, const PlannedLayer &layer, std::size_t nEvents, const typename Pack::Real *in,
            typename Pack::Real *out)
{
   using Real = typename Pack::Real;
   const Real *weights = plan.At<Real>(layer.fWeights), *bias = plan.At<Real>(layer.fBias);
   const std::size_t nPanels = Padded(layer.fNOut) / kPanel;
   std::size_t p = 0;
   const auto run = [&](auto number) {
      constexpr std::size_t kPanels = decltype(number)::value;
      for (; p + kPanels <= nPanels; p += kPanels)
         Panel<Pack, kPanels>(layer, plan.fWidth, nEvents, in, weights + p * kPanel * layer.fNIn, bias + p * kPanel,
                              out + p * kPanel);
   };
   if (nEvents < Tiles<Pack>::kEvents)
      run(std::integral_constant<std::size_t, Tiles<Pack>::kPanelsOfOne>{});
   run(std::integral_constant<std::size_t, Tiles<Pack>::kPanels>{});
   run(std::integral_constant<std::size_t, 1>{});
}

/// What enters the first layer; tells which events have no outputs.
template <class Real>
void Scale(const NetworkPlan &plan, std::size_t first, std::size_t nEvents, const double *const *columns, Real *in,
           bool *isMissing)
{
   const double *centre = plan.At<double>(plan.fCentre), *scale = plan.At<double>(plan.fScale);
   const auto *flagged = plan.At<std::uint32_t>(plan.fFlagged);
   for (std::size_t f = 0; f < plan.fNFlagged; ++f) {
      const double *x = columns[flagged[f]] + first;
      for (std::size_t e = 0; e < nEvents; ++e)
         in[e * plan.fWidth + plan.fNInputs + f] = std::isnan(x[e]) ? 1 : 0;
   }
   for (std::size_t e = 0; e < nEvents; ++e) {
      bool isAny = false;
      for (std::size_t i = 0; i < plan.fNInputs; ++i) {
         const double x = columns[i][first + e];
         isAny |= std::isnan(x);
         in[e * plan.fWidth + i] =
            static_cast<Real>(std::isnan(x) ? 0. : Clamp((x - centre[i]) / scale[i], plan.fClip));
      }
      isMissing[e] = isAny && [&] {
         std::size_t nFlagged = 0, nMissing = 0;
         for (std::size_t f = 0; f < plan.fNFlagged; ++f)
            nFlagged += std::isnan(columns[flagged[f]][first + e]);
         for (std::size_t i = 0; i < plan.fNInputs; ++i)
            nMissing += std::isnan(columns[i][first + e]);
         return nMissing > nFlagged;
      }();
   }
}

template <class Pack>
void Outputs(const void *memory, std::size_t nEvents, const double *const *columns, void *workspace, double *outputs)
{
   using Real = typename Pack::Real;
   [[maybe_unused]] PrecisionGuard<Pack> guard;
   const auto &plan = *static_cast<const NetworkPlan *>(memory);
   for (std::size_t first = 0; first < nEvents; first += kNetworkBlock) {
      const std::size_t n = nEvents - first < kNetworkBlock ? nEvents - first : kNetworkBlock;
      auto *in = static_cast<Real *>(workspace);
      auto *out =
         reinterpret_cast<Real *>(static_cast<unsigned char *>(workspace) + WorkspaceBytes(plan, n, sizeof(Real)) / 2);
      bool isMissing[kNetworkBlock];
      Scale(plan, first, n, columns, in, isMissing);
      for (std::size_t l = 0; l < plan.fNLayers; ++l) {
         const auto &layer = plan.Layer(l);
         Affine<Pack>(plan, layer, n, in, out);
         for (std::size_t e = 0; e < n; ++e) {
            Real *x = out + e * plan.fWidth;
            if (layer.fActivation == kGradCutSoftmaxOutputs)
               Softmax<Pack>(x, layer.fNOut);
            else if (layer.fActivation != kGradCutLinear)
               Activate<Pack>(layer.fActivation, static_cast<Real>(layer.fSlope), x, Padded(layer.fNOut));
         }
         Real *swapped = in;
         in = out;
         out = swapped;
      }
      const std::size_t nOut = plan.Layer(plan.fNLayers - 1).fNOut;
      for (std::size_t o = 0; o < nOut; ++o)
         for (std::size_t e = 0; e < n; ++e)
            outputs[o * nEvents + first + e] =
               isMissing[e] ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(in[e * plan.fWidth + o]);
   }
}

} // namespace

#define GRADCUT_CONCAT_(a, b) a##b
#define GRADCUT_CONCAT(a, b) GRADCUT_CONCAT_(a, b)

namespace GradCut {
namespace Internal {
const NetworkTable GRADCUT_CONCAT(kNetworkKernels, GRADCUT_KERNEL_SET) = {Outputs<FloatPack>, Outputs<DoublePack>};
} // namespace Internal
} // namespace GradCut
