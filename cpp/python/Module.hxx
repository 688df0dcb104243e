/// \file Module.hxx
/// \brief The parts of the Python module, and the array types they share.
#ifndef GRADCUT_PYTHON_MODULE_HXX
#define GRADCUT_PYTHON_MODULE_HXX

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstddef>
#include <initializer_list>
#include <memory>

namespace GradCut {
namespace Python {

/// Contiguous input; no silent conversion of type or layout.
template <class T, int Dimensions>
using Array = nanobind::ndarray<const T, nanobind::ndim<Dimensions>, nanobind::c_contig, nanobind::device::cpu>;

template <class T>
using Result = nanobind::ndarray<nanobind::numpy, T>;

/// A new zeroed numpy array; `data` points to its memory.
template <class T>
Result<T> NewArray(std::initializer_list<std::size_t> shape, T *&data)
{
   std::size_t size = 1;
   for (const auto n : shape)
      size *= n;
   auto memory = std::make_unique<T[]>(size > 0 ? size : 1);
   data = memory.get();
   nanobind::capsule owner(memory.release(), [](void *p) noexcept { delete[] static_cast<T *>(p); });
   return Result<T>(data, shape.size(), shape.begin(), owner);
}

void RegisterSelection(nanobind::module_ &module);
void RegisterTree(nanobind::module_ &module);
void RegisterBins(nanobind::module_ &module);
void RegisterNetwork(nanobind::module_ &module);
void RegisterFunctions(nanobind::module_ &module);
void RegisterLikelihood(nanobind::module_ &module);

} // namespace Python
} // namespace GradCut

#endif
