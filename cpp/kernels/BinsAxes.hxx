/// \file BinsAxes.hxx
/// \brief Bins between edges, and products of them (formulas: gradcut/kernels/Bins.h).
///
/// With `L_k` the share of an event above edge `k`, a sum over bins `sum_b g_b p_b` has the derivative `g_k - g_{k-1}`
/// in it, so that one axis needs no memberships to go back.
#ifndef GRADCUT_KERNELS_BINSAXES_HXX
#define GRADCUT_KERNELS_BINSAXES_HXX

#include "BinsAxis.hxx"

namespace {

template <class Pack, class Step>
class AxesModel {
public:
   using Real = typename Pack::Real;
   using Type = typename Pack::Type;
   using Packs = BinsPacks<Pack>;
   /// Leaves room for a sum of three.
   static constexpr Real kLimit = Pack::kLanes == 1 ? Real(4e307) : Real(8e37f);

   explicit AxesModel(const GradCutBins &bins) : fBins(bins)
   {
      std::size_t nEdges = 0;
      for (std::size_t a = 0; a < bins.fNColumns; ++a) {
         if (bins.fNEdges[a] == 0)
            continue;
         auto &axis = fAxes[fNAxes++];
         axis.fColumn = a;
         axis.fN = bins.fNEdges[a];
         axis.fFirst = nEdges;
         nEdges += axis.fN;
      }
      fNEdges = nEdges;
   }

   void SetPoint(std::size_t point)
   {
      const double *parameters = fBins.fParameters + point * fBins.fNParameters;
      for (std::size_t a = 0; a < fNAxes; ++a)
         fAxes[a].Set(parameters + fAxes[a].fFirst, parameters[fNEdges + fAxes[a].fColumn], Step::Scale(Pack{}),
                      fBins.fLocalWidth, fMemory);
   }

   std::size_t NTiles() const { return 1; }

   void Forward(const BinsEvents<Pack> &x, Packs *p)
   {
      if (fNAxes == 0) {
         for (auto &one : p[0])
            one = Broadcast<Pack>(1);
         return;
      }
      if (fNAxes == 1)
         return AxisForward(fAxes[0], x, p);
      std::size_t size = 0; // of the product so far
      const Packs *before = nullptr;
      for (std::size_t a = 0; a < fNAxes; ++a) {
         const std::size_t n = fAxes[a].fN + 1;
         Packs *q = fShares + fAxes[a].fFirst + a;
         AxisForward(fAxes[a], x, q);
         if (a == 0) {
            before = q;
            size = n;
            continue;
         }
         Packs *product = a + 1 == fNAxes ? p : fProducts + ProductPlace(a);
         for (std::size_t i = 0; i < size; ++i)
            for (std::size_t j = 0; j < n; ++j)
               for (std::size_t e = 0; e < kBinsPacks<Pack>; ++e)
                  product[i * n + j][e] = before[i][e] * q[j][e];
         before = product;
         size *= n;
      }
   }

   /// What Backward needs; a single axis needs nothing.
   void ForwardForGradient(const BinsEvents<Pack> &x, Packs *p)
   {
      if (fNAxes > 1)
         Forward(x, p);
   }

   /// Adds to the sums of the gradient; `g` are cotangents of the memberships and may be changed.
   void Backward(const BinsEvents<Pack> &x, const Packs *, Packs *g, std::size_t)
   {
      if (fNAxes == 0)
         return;
      std::size_t size = fBins.fNBins;
      for (std::size_t a = fNAxes; a-- > 1;) {
         const std::size_t n = fAxes[a].fN + 1;
         size /= n;
         const Packs *before = a == 1 ? fShares : fProducts + ProductPlace(a - 1);
         const Packs *q = fShares + fAxes[a].fFirst + a;
         for (std::size_t j = 0; j < n; ++j)
            for (auto &one : fCotangents[j])
               one = Type{};
         for (std::size_t i = 0; i < size; ++i) {
            Packs sum = {};
            for (std::size_t j = 0; j < n; ++j) {
               for (std::size_t e = 0; e < kBinsPacks<Pack>; ++e) {
                  const Type c = g[i * n + j][e];
                  sum[e] += c * q[j][e];
                  fCotangents[j][e] += c * before[i][e];
               }
            }
            for (std::size_t e = 0; e < kBinsPacks<Pack>; ++e)
               g[i][e] = sum[e];
         }
         AxisBackward(fAxes[a], x, fCotangents);
      }
      AxisBackward(fAxes[0], x, g);
   }

   void Clear()
   {
      for (std::size_t a = 0; a < fNAxes; ++a)
         fAxes[a].Clear(fMemory);
   }

   void Flush(double scale, std::size_t, double *gradient) const
   {
      for (std::size_t a = 0; a < fNAxes; ++a)
         fAxes[a].Flush(scale, Step::Scale(Pack{}), fBins.fLocalWidth, fBins.fReflect, fMemory,
                        gradient + fAxes[a].fFirst, gradient[fNEdges + fAxes[a].fColumn]);
   }

private:
   /// Where the product of the axes up to number `a` begins, after those of fewer axes.
   std::size_t ProductPlace(std::size_t a) const
   {
      std::size_t size = fAxes[0].fN + 1, place = 0;
      for (std::size_t i = 1; i < a; ++i) {
         size *= fAxes[i].fN + 1;
         place += size;
      }
      return place;
   }

   void AxisForward(const Axis<Pack> &axis, const BinsEvents<Pack> &x, Packs *p)
   {
      WithOptions([&](auto local, auto reflect) {
         ForwardAxis<Pack, Step, local.value, reflect.value>(axis, fMemory, x.fX[axis.fColumn], p);
      });
   }

   void AxisBackward(Axis<Pack> &axis, const BinsEvents<Pack> &x, const Packs *g)
   {
      WithOptions([&](auto local, auto reflect) {
         BackwardAxis<Pack, Step, local.value, reflect.value>(axis, fMemory, x.fX[axis.fColumn], g);
      });
   }

   template <class F>
   void WithOptions(F &&f)
   {
      if (fBins.fLocalWidth)
         fBins.fReflect ? f(Option<true>{}, Option<true>{}) : f(Option<true>{}, Option<false>{});
      else
         fBins.fReflect ? f(Option<false>{}, Option<true>{}) : f(Option<false>{}, Option<false>{});
   }

   template <bool Value>
   struct Option {
      static constexpr bool value = Value;
   };

   const GradCutBins &fBins;
   std::size_t fNAxes = 0; ///< without those that have no edges
   std::size_t fNEdges = 0;
   Axis<Pack> fAxes[GRADCUT_MAX_BIN_COLUMNS];
   AxesMemory<Pack> fMemory;
   alignas(64) Packs fShares[GRADCUT_MAX_BINS + GRADCUT_MAX_BIN_COLUMNS]; ///< bins of every axis
   Packs fProducts[GRADCUT_MAX_BINS];                                     ///< of the first 2, 3, ... axes, not of all
   Packs fCotangents[GRADCUT_MAX_BINS];
};

} // namespace

#endif
