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
      fColumn.resize(n);
      for (std::size_t i = 0; i < n; ++i) {
         const double *from = matrix + list[i] * size;
         for (std::size_t j = 0; j < i; ++j)
            fLower[i * n + j] = from[list[j]];
         fLower[i * n + i] = fColumn[i] = from[list[i]] + shift * shifts[list[i]];
      }
      fDiagonal.assign(fColumn.begin(), fColumn.end());
      for (std::size_t j = 0; j < n; ++j) {
         const double pivot = fLower[j * n + j];
         if (!(pivot > kPivot * std::fabs(fDiagonal[j])) || !std::isfinite(pivot))
            return false;
         const double root = std::sqrt(pivot), inverse = 1. / root;
         fLower[j * n + j] = root;
         for (std::size_t i = j + 1; i < n; ++i)
            fColumn[i] = fLower[i * n + j] *= inverse;
         // Row by row, so that it vectorises; rows that know nothing of each other cost nothing.
         std::size_t first = j + 1;
         while (first < n && fColumn[first] == 0.)
            ++first;
         for (std::size_t i = first; i < n; ++i) {
            const double x = fColumn[i];
            if (x == 0.)
               continue;
            double *row = &fLower[i * n];
            for (std::size_t k = first; k <= i; ++k)
               row[k] -= x * fColumn[k];
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
   std::vector<double> fLower, fColumn, fDiagonal;
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
