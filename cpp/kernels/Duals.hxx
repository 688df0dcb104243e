/// \file Duals.hxx
/// \brief Numbers that carry derivatives along one direction; one formula gives values, mixed and third derivatives.
#ifndef GRADCUT_KERNELS_DUALS_HXX
#define GRADCUT_KERNELS_DUALS_HXX

#include <cmath>

namespace GradCut {

/// `x(t) = fValue + t fFirst`.
struct Dual {
   double fValue = 0., fFirst = 0.;
   Dual() = default;
   Dual(double value, double first = 0.) : fValue(value), fFirst(first) {}
};

/// `x(t) = fValue + t fFirst + t^2/2 fSecond`.
struct Jet {
   double fValue = 0., fFirst = 0., fSecond = 0.;
   Jet() = default;
   Jet(double value, double first = 0., double second = 0.) : fValue(value), fFirst(first), fSecond(second) {}
};

inline double ValueOf(double x)
{
   return x;
}
inline double ValueOf(const Dual &x)
{
   return x.fValue;
}
inline double ValueOf(const Jet &x)
{
   return x.fValue;
}

/// The highest derivative that a number carries, its value where it carries none.
inline double TopOf(double x)
{
   return x;
}
inline double TopOf(const Dual &x)
{
   return x.fFirst;
}
inline double TopOf(const Jet &x)
{
   return x.fSecond;
}

/// `f(x(t))` from `f`, `f'` and `f''` at the value of `x`.
inline Dual Chain(const Dual &x, double f, double d1, double)
{
   return {f, d1 * x.fFirst};
}
inline Jet Chain(const Jet &x, double f, double d1, double d2)
{
   return {f, d1 * x.fFirst, d1 * x.fSecond + d2 * x.fFirst * x.fFirst};
}

inline Dual operator+(const Dual &a, const Dual &b)
{
   return {a.fValue + b.fValue, a.fFirst + b.fFirst};
}
inline Dual operator-(const Dual &a, const Dual &b)
{
   return {a.fValue - b.fValue, a.fFirst - b.fFirst};
}
inline Dual operator*(const Dual &a, const Dual &b)
{
   return {a.fValue * b.fValue, a.fFirst * b.fValue + a.fValue * b.fFirst};
}
inline Jet operator+(const Jet &a, const Jet &b)
{
   return {a.fValue + b.fValue, a.fFirst + b.fFirst, a.fSecond + b.fSecond};
}
inline Jet operator-(const Jet &a, const Jet &b)
{
   return {a.fValue - b.fValue, a.fFirst - b.fFirst, a.fSecond - b.fSecond};
}
inline Jet operator*(const Jet &a, const Jet &b)
{
   return {a.fValue * b.fValue, a.fFirst * b.fValue + a.fValue * b.fFirst,
           a.fSecond * b.fValue + 2. * a.fFirst * b.fFirst + a.fValue * b.fSecond};
}

inline double Inverse(double x)
{
   return 1. / x;
}
template <class Number>
Number Inverse(const Number &x)
{
   const double y = 1. / x.fValue;
   return Chain(x, y, -y * y, 2. * y * y * y);
}

inline double Exp(double x)
{
   return std::exp(x);
}
template <class Number>
Number Exp(const Number &x)
{
   const double y = std::exp(x.fValue);
   return Chain(x, y, y, y);
}

inline double Log(double x)
{
   return std::log(x);
}
template <class Number>
Number Log(const Number &x)
{
   const double y = 1. / x.fValue;
   return Chain(x, std::log(x.fValue), y, -y * y);
}

} // namespace GradCut

#endif
