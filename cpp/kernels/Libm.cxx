#include <gradcut/kernels/Libm.h>

#include <cmath>

namespace {

template <class F>
void Unary(size_t n, const double *x, double *result, F f)
{
   for (size_t i = 0; i < n; ++i)
      result[i] = f(x[i]);
}

template <class F>
void Binary(size_t n, const double *x, const double *y, double *result, F f)
{
   for (size_t i = 0; i < n; ++i)
      result[i] = f(x[i], y[i]);
}

} // namespace

void GradCutLibm(GradCutFunction function, size_t n, const double *x, const double *y, double *result)
{
   switch (function) {
   case kGradCutExp: Unary(n, x, result, [](double a) { return std::exp(a); }); break;
   case kGradCutLog: Unary(n, x, result, [](double a) { return std::log(a); }); break;
   case kGradCutSin: Unary(n, x, result, [](double a) { return std::sin(a); }); break;
   case kGradCutCos: Unary(n, x, result, [](double a) { return std::cos(a); }); break;
   case kGradCutTan: Unary(n, x, result, [](double a) { return std::tan(a); }); break;
   case kGradCutPow: Binary(n, x, y, result, [](double a, double b) { return std::pow(a, b); }); break;
   case kGradCutAtan2: Binary(n, x, y, result, [](double a, double b) { return std::atan2(a, b); }); break;
   case kGradCutHypot: Binary(n, x, y, result, [](double a, double b) { return std::hypot(a, b); }); break;
   }
}
