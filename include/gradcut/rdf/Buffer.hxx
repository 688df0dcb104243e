/// \file Buffer.hxx
/// \brief Memory aligned to cache lines.
#ifndef GRADCUT_RDF_BUFFER_HXX
#define GRADCUT_RDF_BUFFER_HXX

#include <cstddef>
#include <new>

namespace GradCut {
namespace Internal {

/// Memory aligned to cache lines.
class Buffer {
public:
   explicit Buffer(std::size_t bytes) : fMemory(::operator new(bytes, std::align_val_t{64})), fBytes(bytes) {}
   ~Buffer() { ::operator delete(fMemory, std::align_val_t{64}); }
   Buffer(const Buffer &) = delete;
   Buffer &operator=(const Buffer &) = delete;
   void *Get() const { return fMemory; }
   /// At least so many bytes; what was there is lost.
   void *Get(std::size_t bytes)
   {
      if (bytes > fBytes) {
         ::operator delete(fMemory, std::align_val_t{64});
         fMemory = nullptr;
         fBytes = 0;
         fMemory = ::operator new(bytes, std::align_val_t{64});
         fBytes = bytes;
      }
      return fMemory;
   }

private:
   void *fMemory;
   std::size_t fBytes;
};

} // namespace Internal
} // namespace GradCut

#endif
