/// \file BinsAxis.hxx
/// \brief The bins of one axis on a block of events: shares forth, derivatives back.
///
/// Steps are taken at edges and not at bins: one exponential per edge and event, in both directions.
#ifndef GRADCUT_KERNELS_BINSAXIS_HXX
#define GRADCUT_KERNELS_BINSAXIS_HXX

#include "BinsBlock.hxx"
#include "Steps.hxx"

namespace {

/// Edges of all axes at a point, and the sums of their gradients over a chunk of events.
template <class Pack>
struct AxesMemory {
   using Real = typename Pack::Real;
   Real fEdge[GRADCUT_MAX_BINS];
   // Local widths: per inner bin its centre, its width and, but for the last, the way to the next one.
   Real fCentre[GRADCUT_MAX_BINS], fBinWidth[GRADCUT_MAX_BINS], fGrowth[GRADCUT_MAX_BINS], fInverse[GRADCUT_MAX_BINS];
   alignas(64) typename Pack::Type fEdgeSum[GRADCUT_MAX_BINS];
   // Derivatives in the local width of the events between two centres: their sum, and that times the way gone.
   typename Pack::Type fBefore[GRADCUT_MAX_BINS], fWay[GRADCUT_MAX_BINS];
};

template <class Pack>
struct Axis {
   using Real = typename Pack::Real;
   using Type = typename Pack::Type;
   std::size_t fColumn, fN, fFirst;
   Real fSlope;          ///< `Step::Scale / h`, or that of the ratio
   double fWidth;        ///< width or ratio
   const double *fEdges; ///< as given
   Type fMirrorSum[2];   ///< derivatives in the edges that mirror
   Type fWidthSum;

   std::size_t NInner() const { return fN - 1; }

   void Set(const double *edges, double width, double scale, bool local, AxesMemory<Pack> &memory)
   {
      fEdges = edges;
      fWidth = width;
      fSlope = static_cast<Real>(scale / width);
      for (std::size_t k = 0; k < fN; ++k)
         memory.fEdge[fFirst + k] = static_cast<Real>(edges[k]);
      for (std::size_t j = 0; local && j < NInner(); ++j) {
         memory.fCentre[fFirst + j] = static_cast<Real>(Centre(j));
         memory.fBinWidth[fFirst + j] = static_cast<Real>(BinWidth(j));
         memory.fGrowth[fFirst + j] = static_cast<Real>(j + 1 < NInner() ? Growth(j) : 0.);
         memory.fInverse[fFirst + j] = static_cast<Real>(j + 1 < NInner() ? Inverse(j) : 0.);
      }
   }

   double Centre(std::size_t j) const { return 0.5 * (fEdges[j] + fEdges[j + 1]); }
   double BinWidth(std::size_t j) const { return fEdges[j + 1] - fEdges[j]; }
   /// One over the way from centre to centre; two empty bins have none.
   double Inverse(std::size_t j) const
   {
      const double way = Centre(j + 1) - Centre(j);
      return way > 1e-30 ? 1. / way : 0.;
   }
   double Growth(std::size_t j) const { return (BinWidth(j + 1) - BinWidth(j)) * Inverse(j); }

   void Clear(AxesMemory<Pack> &memory)
   {
      fMirrorSum[0] = fMirrorSum[1] = fWidthSum = Type{};
      for (std::size_t k = fFirst; k < fFirst + fN; ++k)
         memory.fEdgeSum[k] = memory.fBefore[k] = memory.fWay[k] = Type{};
   }

   void Flush(double scale, double stepScale, bool local, bool reflect, const AxesMemory<Pack> &memory, double *edges,
              double &width) const
   {
      const double perWidth = scale / fWidth;
      for (std::size_t k = 0; k < fN; ++k)
         edges[k] -= perWidth * SumOfLanes(memory.fEdgeSum[fFirst + k]);
      if (reflect) {
         edges[0] += 2. * perWidth * SumOfLanes(fMirrorSum[0]);
         edges[fN - 1] += 2. * perWidth * SumOfLanes(fMirrorSum[1]);
      }
      width -= perWidth / stepScale * SumOfLanes(fWidthSum);
      if (!local || fN < 2)
         return;
      const auto add = [&](std::size_t j, double binWidth, double centre) {
         edges[j + 1] += 0.5 * centre + binWidth;
         edges[j] += 0.5 * centre - binWidth;
      };
      const double factor = -scale / stepScale;
      for (std::size_t j = 0; j < fN; ++j) {
         const double all = factor * SumOfLanes(memory.fBefore[fFirst + j]);
         if (j == 0 || j == NInner()) {
            add(j == 0 ? 0 : NInner() - 1, all, 0.);
            continue;
         }
         const double way = factor * SumOfLanes(memory.fWay[fFirst + j]), growth = Growth(j - 1);
         add(j - 1, all - way, -growth * (all - way));
         add(j, way, -growth * way);
      }
   }
};

/// One over the local width of every event.
template <class Pack>
GRADCUT_INLINE void InverseLocalWidth(const Axis<Pack> &axis, const AxesMemory<Pack> &memory, const BinsPacks<Pack> &x,
                                      BinsPacks<Pack> &inverse)
{
   using Type = typename Pack::Type;
   // Empty bins make the step hard, but finite.
   const Type smallest = Broadcast<Pack>(typename Pack::Real(1e-30));
   for (std::size_t i = 0; i < kBinsPacks<Pack>; ++i) {
      Type width = Broadcast<Pack>(1);
      if (axis.fN >= 2) {
         const std::size_t last = axis.fFirst + axis.NInner() - 1;
         width = Broadcast<Pack>(memory.fBinWidth[axis.fFirst]);
         for (std::size_t j = axis.fFirst; j < last; ++j) {
            const Type way = x[i] - memory.fCentre[j];
            width = way >= Type{} ? memory.fBinWidth[j] + memory.fGrowth[j] * way : width;
         }
         width = x[i] >= Broadcast<Pack>(memory.fCentre[last]) ? Broadcast<Pack>(memory.fBinWidth[last]) : width;
      }
      inverse[i] = Reciprocal(Larger(width, smallest));
   }
}

/// What an edge does to an event: the shares above and below, and the derivatives of the former, each without the
/// factor that \ref Axis::Flush knows.
template <class T>
struct EdgeShares {
   T fAbove, fBelow;
   T fEdge, fMirror[2], fWidth;
};

template <class Pack, class Step, bool Reflect, class T = typename Pack::Type>
GRADCUT_INLINE EdgeShares<T> AtEdge(const Axis<Pack> &axis, const AxesMemory<Pack> &memory, std::size_t k, T x, T slope)
{
   const T zero{}, one = zero + 1;
   const auto edge = memory.fEdge[axis.fFirst + k];
   EdgeShares<T> shares;
   if constexpr (Reflect) {
      if (k == 0 || k + 1 == axis.fN) {
         shares.fAbove = x >= edge ? one : zero;
         shares.fBelow = one - shares.fAbove;
         shares.fEdge = shares.fMirror[0] = shares.fMirror[1] = shares.fWidth = zero;
         return shares;
      }
   }
   // NaN, from infinity times zero, goes to either side: both are the same there.
   const auto limit = Step::Limit(Pack{});
   const T u = ClampMissingLow((x - edge) * slope, limit);
   Step::Both(u, shares.fAbove, shares.fBelow, shares.fEdge);
   shares.fWidth = shares.fEdge * u;
   if constexpr (Reflect) {
      const auto first = memory.fEdge[axis.fFirst], last = memory.fEdge[axis.fFirst + axis.fN - 1];
      // Differences first: they are small numbers where the images matter.
      const T v = ClampMissingLow(((x - first) + (edge - first)) * slope, limit);
      const T w = ClampMissingLow(((x - last) + (edge - last)) * slope, limit);
      T left, right, ignored;
      Step::Both(v, ignored, left, shares.fMirror[0]);
      Step::Both(w, right, ignored, shares.fMirror[1]);
      const T above = shares.fAbove + left - right, below = shares.fBelow - left + right;
      const auto low = x < first, high = x >= last;
      shares.fAbove = low ? zero : (high ? one : above);
      shares.fBelow = high ? zero : (low ? one : below);
      shares.fWidth -= shares.fMirror[0] * v + shares.fMirror[1] * w;
      shares.fEdge += shares.fMirror[0] + shares.fMirror[1];
   }
   return shares;
}

template <class Pack, class Step, bool Local, bool Reflect>
void ForwardAxis(const Axis<Pack> &axis, const AxesMemory<Pack> &memory, const BinsPacks<Pack> &x, BinsPacks<Pack> *p)
{
   using Type = typename Pack::Type;
   const Type zero{}, one = zero + 1;
   BinsPacks<Pack> slope, above, below;
   for (auto &s : slope)
      s = Broadcast<Pack>(axis.fSlope);
   if constexpr (Local) {
      InverseLocalWidth<Pack>(axis, memory, x, slope);
      for (auto &s : slope)
         s *= axis.fSlope;
   }
   for (std::size_t i = 0; i < kBinsPacks<Pack>; ++i) {
      above[i] = one;
      below[i] = zero;
   }
   for (std::size_t k = 0; k < axis.fN; ++k) {
      for (std::size_t i = 0; i < kBinsPacks<Pack>; ++i) {
         const auto shares = AtEdge<Pack, Step, Reflect>(axis, memory, k, x[i], slope[i]);
         // Beyond the centre of the bin what is below is small, before it what is above.
         const Type p1 = above[i] - shares.fAbove, p2 = shares.fBelow - below[i];
         p[k][i] = Larger(above[i] + shares.fAbove > one ? p2 : p1, zero);
         above[i] = shares.fAbove;
         below[i] = shares.fBelow;
      }
   }
   for (std::size_t i = 0; i < kBinsPacks<Pack>; ++i)
      p[axis.fN][i] = above[i];
}

/// Adds what the events between two centres have to say about the local width.
template <class Pack>
GRADCUT_INLINE void BackwardLocalWidth(const Axis<Pack> &axis, AxesMemory<Pack> &memory, const BinsPacks<Pack> &x,
                                       const BinsPacks<Pack> &derivative)
{
   using Type = typename Pack::Type;
   const Type zero{};
   const std::size_t first = axis.fFirst, n = axis.NInner();
   for (std::size_t j = 0; j <= n; ++j) {
      Type all = memory.fBefore[first + j], way = memory.fWay[first + j];
      for (std::size_t i = 0; i < kBinsPacks<Pack>; ++i) {
         Type d = derivative[i];
         if (j > 0)
            d = x[i] >= Broadcast<Pack>(memory.fCentre[first + j - 1]) ? d : zero;
         if (j < n)
            d = x[i] >= Broadcast<Pack>(memory.fCentre[first + j]) ? zero : d;
         all += d;
         if (j > 0 && j < n) {
            const Type t = (x[i] - memory.fCentre[first + j - 1]) * memory.fInverse[first + j - 1];
            way += d != zero ? d * t : zero; // far away t may be infinite
         }
      }
      memory.fBefore[first + j] = all;
      memory.fWay[first + j] = way;
   }
}

template <class Pack, class Step, bool Local, bool Reflect>
void BackwardAxis(Axis<Pack> &axis, AxesMemory<Pack> &memory, const BinsPacks<Pack> &x, const BinsPacks<Pack> *g)
{
   using Type = typename Pack::Type;
   const Type zero{};
   BinsPacks<Pack> inverse, width;
   Type inside[kBinsPacks<Pack>];
   for (std::size_t i = 0; i < kBinsPacks<Pack>; ++i) {
      inverse[i] = inside[i] = zero + 1;
      width[i] = zero;
      if constexpr (Reflect) {
         inside[i] = x[i] < Broadcast<Pack>(memory.fEdge[axis.fFirst]) ? zero : inside[i];
         inside[i] = x[i] >= Broadcast<Pack>(memory.fEdge[axis.fFirst + axis.fN - 1]) ? zero : inside[i];
      }
   }
   if constexpr (Local)
      InverseLocalWidth<Pack>(axis, memory, x, inverse);
   Type mirror[2] = {axis.fMirrorSum[0], axis.fMirrorSum[1]};
   for (std::size_t k = 0; k < axis.fN; ++k) {
      Type sum = memory.fEdgeSum[axis.fFirst + k];
      for (std::size_t i = 0; i < kBinsPacks<Pack>; ++i) {
         const auto shares = AtEdge<Pack, Step, Reflect>(axis, memory, k, x[i], inverse[i] * axis.fSlope);
         Type d = g[k + 1][i] - g[k][i];
         if constexpr (Reflect)
            d *= inside[i];
         width[i] += d * shares.fWidth;
         if constexpr (Local)
            d *= inverse[i];
         sum += d * shares.fEdge;
         if constexpr (Reflect) {
            mirror[0] += d * shares.fMirror[0];
            mirror[1] += d * shares.fMirror[1];
         }
      }
      memory.fEdgeSum[axis.fFirst + k] = sum;
   }
   axis.fMirrorSum[0] = mirror[0];
   axis.fMirrorSum[1] = mirror[1];
   for (std::size_t i = 0; i < kBinsPacks<Pack>; ++i) {
      axis.fWidthSum += width[i];
      width[i] *= inverse[i];
   }
   if constexpr (Local) {
      if (axis.fN >= 2)
         BackwardLocalWidth<Pack>(axis, memory, x, width);
   }
}

} // namespace

#endif
