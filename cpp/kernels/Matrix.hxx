/// \file Matrix.hxx
/// \brief Small symmetric matrices: Cholesky's decomposition of a part, eigenvalues.
#ifndef GRADCUT_KERNELS_MATRIX_HXX
#define GRADCUT_KERNELS_MATRIX_HXX

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace GradCut {

/// Solves with the rows and columns of a matrix that are in a list.
class Cholesky {
public:
   /// \param[in] matrix symmetric, `[size][size]`
   /// \param[in] list which rows and columns
   /// \param[in] shifts added to the diagonal, one per row of the matrix, times `shift`
   /// \return whether that part is positive definite to rounding
   bool Decompose(const double *matrix, std::size_t size, const std::vector<std::size_t> &list, const double *shifts,
                  double shift)
   {
      const std::size_t n = fSize = list.size();
      fLower.resize(n * n);
      for (std::size_t i = 0; i < n; ++i) {
         const double *from = matrix + list[i] * size;
         double *row = &fLower[i * n];
         for (std::size_t j = 0; j <= i; ++j) {
            const double *other = &fLower[j * n];
            double sum = from[list[j]];
            if (i == j)
               sum += shift * shifts[list[i]];
            const double diagonal = sum;
            for (std::size_t k = 0; k < j; ++k)
               sum -= row[k] * other[k];
            if (i != j) {
               row[j] = sum / other[j];
            } else if (!(sum > kPivot * std::fabs(diagonal)) || !std::isfinite(sum)) {
               return false;
            } else {
               row[i] = std::sqrt(sum);
            }
         }
      }
      return true;
   }

   /// Replace `x`, one number per row of the list, by the solution.
   void Solve(double *x) const
   {
      const std::size_t n = fSize;
      for (std::size_t i = 0; i < n; ++i) {
         const double *row = &fLower[i * n];
         for (std::size_t k = 0; k < i; ++k)
            x[i] -= row[k] * x[k];
         x[i] /= row[i];
      }
      for (std::size_t i = n; i-- > 0;) {
         x[i] /= fLower[i * n + i];
         for (std::size_t k = 0; k < i; ++k)
            x[k] -= fLower[i * n + k] * x[i];
      }
   }

private:
   static constexpr double kPivot = 1e-13;
   std::size_t fSize = 0;
   std::vector<double> fLower;
};

/// \brief Eigenvalues and eigenvectors by Jacobi's rotations.
/// \param[in,out] matrix symmetric, `[n][n]`; destroyed
/// \param[out] values not sorted
/// \param[out] vectors `[which][component]`
inline void SymmetricEigen(std::vector<double> &matrix, std::size_t n, std::vector<double> &values,
                           std::vector<double> &vectors)
{
   vectors.assign(n * n, 0.);
   for (std::size_t i = 0; i < n; ++i)
      vectors[i * n + i] = 1.;
   double size = 0.;
   for (const double x : matrix)
      size += x * x;
   for (int sweep = 0; sweep < 60; ++sweep) {
      double rest = 0.;
      for (std::size_t p = 0; p < n; ++p) {
         for (std::size_t q = 0; q < p; ++q)
            rest += matrix[p * n + q] * matrix[p * n + q];
      }
      if (!(rest > 1e-32 * size))
         break;
      for (std::size_t p = 0; p < n; ++p) {
         for (std::size_t q = 0; q < p; ++q) {
            const double apq = matrix[p * n + q];
            if (apq == 0.)
               continue;
            const double ratio = (matrix[q * n + q] - matrix[p * n + p]) / (2. * apq);
            const double t = (ratio >= 0. ? 1. : -1.) / (std::fabs(ratio) + std::hypot(ratio, 1.));
            const double c = 1. / std::hypot(t, 1.), s = t * c;
            for (std::size_t k = 0; k < n; ++k) {
               const double x = matrix[k * n + p], y = matrix[k * n + q];
               matrix[k * n + p] = c * x - s * y;
               matrix[k * n + q] = s * x + c * y;
            }
            for (std::size_t k = 0; k < n; ++k) {
               const double x = matrix[p * n + k], y = matrix[q * n + k];
               matrix[p * n + k] = c * x - s * y;
               matrix[q * n + k] = s * x + c * y;
               const double u = vectors[p * n + k], v = vectors[q * n + k];
               vectors[p * n + k] = c * u - s * v;
               vectors[q * n + k] = s * u + c * v;
            }
         }
      }
   }
   values.resize(n);
   for (std::size_t i = 0; i < n; ++i)
      values[i] = matrix[i * n + i];
}

} // namespace GradCut

#endif
