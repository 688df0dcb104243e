/// \file HessianPull.hxx
/// \brief From cotangents of a Hessian to all that it depends on.
#ifndef GRADCUT_KERNELS_HESSIANPULL_HXX
#define GRADCUT_KERNELS_HESSIANPULL_HXX

#include "LikelihoodReverse.hxx"
#include "Matrix.hxx"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace GradCut {

/// Adds what a matrix of cotangents of the Hessian does in everything: one pass per eigenvector.
inline void PullHessian(Reverse<Jet> &jet, const double *theta, const double *inputs, const double *data,
                        const double *matrix, std::vector<double> &dTheta, std::vector<double> &dInputs,
                        std::vector<double> &dData)
{
   const std::size_t n = dTheta.size();
   std::vector<double> symmetric(n * n), values, vectors;
   double largest = 0.;
   for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
         symmetric[i * n + j] = 0.5 * (matrix[i * n + j] + matrix[j * n + i]);
         largest = std::max(largest, std::fabs(symmetric[i * n + j]));
      }
   }
   SymmetricEigen(symmetric, n, values, vectors);
   for (std::size_t k = 0; k < n; ++k) {
      if (!(std::fabs(values[k]) > 1e-15 * largest))
         continue;
      for (std::size_t p = 0; p < n; ++p)
         jet.fTheta[p] = Jet(theta[p], vectors[k * n + p]);
      jet.Expect(inputs);
      jet.PullLikelihood(data);
      for (std::size_t p = 0; p < n; ++p)
         dTheta[p] += values[k] * jet.fDTheta[p].fSecond;
      for (std::size_t i = 0; i < dInputs.size(); ++i)
         dInputs[i] += values[k] * jet.fDInputs[i].fSecond;
      for (std::size_t i = 0; i < dData.size(); ++i)
         dData[i] += values[k] * jet.fDData[i].fSecond;
   }
}

} // namespace GradCut

#endif
