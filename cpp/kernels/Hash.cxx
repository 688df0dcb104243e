#include <gradcut/kernels/Hash.h>

#include <cstdint>

namespace {
std::uint64_t Mix(std::uint64_t z)
{
   z += 0x9e3779b97f4a7c15u;
   z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
   z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
   return z ^ (z >> 31);
}
} // namespace

void GradCutEventHash(size_t nEvents, size_t nIds, const uint64_t *const *ids, uint64_t seed, double *uniform)
{
   const std::uint64_t start = Mix(seed);
   for (size_t i = 0; i < nEvents; ++i) {
      std::uint64_t hash = start;
      for (size_t k = 0; k < nIds; ++k)
         hash = Mix(hash ^ ids[k][i]);
      uniform[i] = static_cast<double>(hash >> 11) * 0x1p-53;
   }
}
