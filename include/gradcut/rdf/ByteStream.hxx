/// \file ByteStream.hxx
/// \brief Memory that grows without copying what is there.
#ifndef GRADCUT_RDF_BYTESTREAM_HXX
#define GRADCUT_RDF_BYTESTREAM_HXX

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace GradCut {
namespace Internal {

/// \brief A list of chunks. A growing vector would hold up to three times the data while it moves; this holds them
/// once.
///
/// Memory comes from malloc: pages that are reserved and not written to cost nothing.
class ByteStream {
public:
   using Memory_t = std::unique_ptr<unsigned char[], decltype(&std::free)>;

   /// \brief How many bytes there may be; when they fit, they stay in one chunk.
   void Expect(std::size_t nBytes) { fExpected = nBytes; }

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

   /// Whether \ref Take works without a copy.
   bool IsOneChunk() const { return fChunks.size() == 1; }

   /// The only chunk, cut to its size.
   Memory_t Take()
   {
      Memory_t memory = std::move(fChunks.front().first);
      if (auto *cut = static_cast<unsigned char *>(std::realloc(memory.get(), fSize))) {
         memory.release();
         memory.reset(cut);
      }
      *this = {};
      return memory;
   }

   static Memory_t Allocate(std::size_t nBytes)
   {
      Memory_t memory(static_cast<unsigned char *>(std::malloc(nBytes > 0 ? nBytes : 1)), &std::free);
      if (!memory)
         throw std::bad_alloc();
      return memory;
   }

private:
   /// Small tasks (clusters) should not cost much, large ones need few chunks.
   void Grow()
   {
      constexpr std::size_t kFirst = 1 << 12, kLargest = 1 << 20, kLargestExpected = 1 << 28;
      const std::size_t usual = fChunks.empty() ? kFirst : std::min(2 * fChunks.back().second, kLargest);
      fRoom = fChunks.empty() ? std::max(usual, std::min(fExpected, kLargestExpected)) : usual;
      fChunks.emplace_back(Allocate(fRoom), fRoom);
      fNext = fChunks.back().first.get();
   }

   std::vector<std::pair<Memory_t, std::size_t>> fChunks;
   unsigned char *fNext = nullptr;
   std::size_t fRoom = 0;
   std::size_t fSize = 0;
   std::size_t fExpected = 0;
};

} // namespace Internal
} // namespace GradCut

#endif
