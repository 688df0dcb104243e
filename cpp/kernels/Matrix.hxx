/// \file Matrix.hxx
/// \brief Small symmetric matrices: Cholesky's decomposition of a part, eigenvalues.
#ifndef GRADCUT_KERNELS_MATRIX_HXX
#define GRADCUT_KERNELS_MATRIX_HXX

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace GradCut {

/// A sum of products of numbers in blocks of `kLanes`, in an order that vectorises.
constexpr std::size_t kLanes = 4;
inline std::size_t WholeBlocks(std::size_t n)
{
   return (n + kLanes - 1) / kLanes * kLanes;
}
inline double Dot(const double *x, const double *y, std::size_t n)
{
   double sums[kLanes] = {0., 0., 0., 0.};
   for (std::size_t b = 0; b < n; b += kLanes) {
      for (std::size_t lane = 0; lane < kLanes; ++lane)
         sums[lane] += x[b + lane] * y[b + lane];
   }
   return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

/// Solves with the rows and columns of a matrix that are in a list.
class Cholesky {
public:
   /// \param[in] matrix symmetric, `[size][size]`
   /// \param[in] list which rows and columns
   /// \param[in] shifts added to the diagonal, one per row of the matrix, times `shift`
   /// \param[in] separate so many of the list come first that have zeros between each other
   /// \return whether that part is positive definite to rounding
   bool Decompose(const double *matrix, std::size_t size, const std::vector<std::size_t> &list, const double *shifts,
                  double shift, std::size_t separate = 0)
   {
      fSize = list.size();
      fSeparate = separate;
      fPitch = WholeBlocks(separate);
      const std::size_t n = fDense = fSize - separate;
      fInverse.resize(fSize);
      fUpper.resize(n * n);
      fDiagonal.resize(n);
      fCoupling.assign(n * fPitch, 0.);
      fRoom.resize(fPitch);
      for (std::size_t i = 0; i < separate; ++i) {
         const double *from = matrix + list[i] * size;
         const double pivot = from[list[i]] + shift * shifts[list[i]];
         if (!(pivot > 0.) || !std::isfinite(pivot))
            return false;
         fInverse[i] = 1. / std::sqrt(pivot);
         for (std::size_t k = 0; k < n; ++k)
            fCoupling[k * fPitch + i] = from[list[separate + k]] * fInverse[i];
      }
      for (std::size_t i = 0; i < n; ++i) {
         const double *from = matrix + list[separate + i] * size, *coupled = fCoupling.data() + i * fPitch;
         double *row = fUpper.data() + i * n;
         for (std::size_t k = i; k < n; ++k)
            row[k] = from[list[separate + k]];
         fDiagonal[i] = row[i] += shift * shifts[list[separate + i]];
         for (std::size_t k = i; k < n && separate > 0; ++k)
            row[k] -= Dot(coupled, fCoupling.data() + k * fPitch, fPitch);
      }
      for (std::size_t j = 0; j < n; ++j) {
         double *row = fUpper.data() + j * n;
         const double pivot = row[j];
         if (!(pivot > kPivot * std::fabs(fDiagonal[j])) || !std::isfinite(pivot))
            return false;
         const double inverse = fInverse[separate + j] = 1. / std::sqrt(pivot);
         for (std::size_t k = j + 1; k < n; ++k)
            row[k] *= inverse;
         for (std::size_t i = j + 1; i < n; ++i) {
            if (row[i] != 0.)
               Subtract(row[i], row, fUpper.data() + i * n, i, n);
         }
      }
      return true;
   }

   /// Replace `x`, one number per row of the list, by the solution.
   void Solve(double *x)
   {
      const std::size_t n = fDense;
      double *dense = x + fSeparate;
      const double *inverse = fInverse.data() + fSeparate;
      for (std::size_t i = 0; i < fSeparate; ++i)
         fRoom[i] = x[i] * fInverse[i];
      std::fill(fRoom.begin() + static_cast<std::ptrdiff_t>(fSeparate), fRoom.end(), 0.);
      for (std::size_t i = 0; i < n && fSeparate > 0; ++i)
         dense[i] -= Dot(fRoom.data(), fCoupling.data() + i * fPitch, fPitch);
      for (std::size_t i = 0; i < n; ++i) {
         dense[i] *= inverse[i];
         Subtract(dense[i], fUpper.data() + i * n, dense, i + 1, n);
      }
      for (std::size_t i = n; i-- > 0;) {
         const double *row = fUpper.data() + i * n;
         double sum = dense[i];
         for (std::size_t k = i + 1; k < n; ++k)
            sum -= row[k] * dense[k];
         dense[i] = sum * inverse[i];
         Subtract(dense[i], fCoupling.data() + i * fPitch, fRoom.data(), 0, fSeparate);
      }
      for (std::size_t i = 0; i < fSeparate; ++i)
         x[i] = fRoom[i] * fInverse[i];
   }

private:
   static constexpr double kPivot = 1e-13;
   std::size_t fSize = 0, fSeparate = 0, fDense = 0, fPitch = 0;
   std::vector<double> fInverse;          ///< of the diagonal of the triangle
   std::vector<double> fUpper, fDiagonal; ///< triangle of what is not separate, by rows; diagonal that it had
   std::vector<double> fCoupling, fRoom;  ///< rows of the triangle of what is separate, transposed, in whole blocks

   /// `to -= x from` in a range.
   static void Subtract(double x, const double *from, double *to, std::size_t begin, std::size_t end)
   {
      for (std::size_t k = begin; k < end; ++k)
         to[k] -= x * from[k];
   }
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
