/// \file ByteStream.hxx
/// \brief Memory that grows without copying what is there.
#ifndef GRADCUT_RDF_BYTESTREAM_HXX
#define GRADCUT_RDF_BYTESTREAM_HXX

#include <cstddef>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

namespace GradCut {
namespace Internal {

/// A list of chunks. A growing vector would hold up to three times the data while it moves; this holds them once.
class ByteStream {
public:
   void Append(const void *data, std::size_t nBytes)
   {
      const auto *from = static_cast<const unsigned char *>(data);
      fSize += nBytes;
      while (nBytes > fRoom) {
         if (fRoom > 0)
            std::memcpy(fNext, from, fRoom);
         from += fRoom;
         nBytes -= fRoom;
         Grow();
      }
      if (nBytes > 0)
         std::memcpy(fNext, from, nBytes);
      fNext += nBytes;
      fRoom -= nBytes;
   }

   std::size_t Size() const { return fSize; }

   /// \brief Copy everything to one place, giving back each chunk as soon as it is copied.
   /// \return the end of what was written
   unsigned char *MoveTo(unsigned char *to)
   {
      for (auto &chunk : fChunks) {
         const std::size_t nBytes = &chunk == &fChunks.back() ? chunk.second - fRoom : chunk.second;
         std::memcpy(to, chunk.first.get(), nBytes);
         to += nBytes;
         chunk.first.reset();
      }
      *this = {};
      return to;
   }

private:
   /// Small tasks (clusters) should not cost much, large ones need few chunks.
   void Grow()
   {
      constexpr std::size_t kFirst = 1 << 12, kLargest = 1 << 20;
      fRoom = fChunks.empty() ? kFirst : 2 * fChunks.back().second;
      if (fRoom > kLargest)
         fRoom = kLargest;
      fChunks.emplace_back(new unsigned char[fRoom], fRoom);
      fNext = fChunks.back().first.get();
   }

   std::vector<std::pair<std::unique_ptr<unsigned char[]>, std::size_t>> fChunks;
   unsigned char *fNext = nullptr;
   std::size_t fRoom = 0;
   std::size_t fSize = 0;
};

} // namespace Internal
} // namespace GradCut

#endif
