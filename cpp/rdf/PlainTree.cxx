// Columns of a TTree, basket by basket.
#include "PlainColumns.hxx"

#include <gradcut/rdf/ElementDispatch.hxx>

#include <Bytes.h>
#include <TBasket.h>
#include <TBranch.h>
#include <TBuffer.h>
#include <TClass.h>
#include <TLeaf.h>
#include <TObjArray.h>
#include <TTree.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <set>
#include <stdexcept>
#include <utility>

namespace GradCut {
namespace Internal {
namespace {

constexpr Long64_t kCacheBytes = 30000000;

/// Leaves that store their numbers as they are; those of Float16_t and Double32_t pack them, TLeafC is text.
bool StoresAsIs(const TLeaf &leaf)
{
   static const std::set<std::string> kClasses{"TLeafB", "TLeafS", "TLeafI", "TLeafL",
                                               "TLeafG", "TLeafF", "TLeafD", "TLeafO"};
   return kClasses.count(leaf.IsA()->GetName()) > 0 && leaf.GetLen() == 1 && !leaf.GetLeafCount();
}

/// Copy numbers out of a basket, whose bytes are in the order of the network.
template <class Integer, class Swap>
void CopySwapped(const char *from, void *to, std::size_t n, Swap swap)
{
   auto *out = static_cast<unsigned char *>(to);
   for (std::size_t i = 0; i < n; ++i) {
      Integer value;
      std::memcpy(&value, from + i * sizeof(Integer), sizeof(Integer));
      value = swap(value);
      std::memcpy(out + i * sizeof(Integer), &value, sizeof(Integer));
   }
}

void CopyNumbers(const char *from, void *to, std::size_t n, std::size_t size)
{
#ifdef R__BYTESWAP
   switch (size) {
   case 2: return CopySwapped<std::uint16_t>(from, to, n, [](std::uint16_t x) { return __builtin_bswap16(x); });
   case 4: return CopySwapped<std::uint32_t>(from, to, n, [](std::uint32_t x) { return __builtin_bswap32(x); });
   case 8: return CopySwapped<std::uint64_t>(from, to, n, [](std::uint64_t x) { return __builtin_bswap64(x); });
   default: break;
   }
#endif
   std::memcpy(to, from, n * size);
}

class PlainTree final : public PlainColumns {
public:
   PlainTree(std::unique_ptr<TFile> file, TTree &tree, std::vector<TBranch *> branches, std::vector<EElement> elements)
      : fFile(std::move(file)), fTree(tree), fBranches(std::move(branches)), fStarts(TreeClusters(tree))
   {
      fNEntries = static_cast<unsigned long long>(tree.GetEntries());
      fElements = std::move(elements);
      fStarts.push_back(fNEntries);
      // All columns of a cluster in few requests, where each one takes a while; a local file is faster without the
      // copy.
      const bool isRemote = std::string(fFile->GetName()).find("://") != std::string::npos;
      fTree.SetCacheSize(isRemote ? kCacheBytes : 0);
      if (isRemote) {
         for (auto *branch : fBranches)
            fTree.AddBranchToCache(branch);
         fTree.StopCacheLearningPhase();
      }
   }

protected:
   void Copy(unsigned long long first, unsigned long long last, const std::vector<void *> &to) final
   {
      for (std::size_t cluster = 1; cluster < fStarts.size(); ++cluster) {
         const auto begin = std::max(first, fStarts[cluster - 1]), end = std::min(last, fStarts[cluster]);
         if (begin >= end)
            continue;
         fTree.LoadTree(static_cast<Long64_t>(begin));
         for (std::size_t column = 0; column < fBranches.size(); ++column) {
            const auto size =
               DispatchElement(fElements[column], [](auto tag) { return sizeof(typename decltype(tag)::Type); });
            CopyColumn(*fBranches[column], size, begin, end,
                       static_cast<unsigned char *>(to[column]) + (begin - first) * size);
         }
      }
   }

private:
   static void CopyColumn(TBranch &branch, std::size_t size, unsigned long long begin, unsigned long long end,
                          unsigned char *to)
   {
      const Long64_t *starts = branch.GetBasketEntry();
      const Long64_t *last = starts + branch.GetWriteBasket() + 1;
      auto number = static_cast<Int_t>(std::upper_bound(starts, last, static_cast<Long64_t>(begin)) - starts - 1);
      for (; begin < end; ++number) {
         TBasket *basket = branch.GetBasket(number);
         const auto *buffer = basket ? basket->GetBufferRef() : nullptr;
         const auto before = begin - static_cast<unsigned long long>(starts[number]);
         if (!buffer || basket->GetDisplacement() || before >= static_cast<unsigned long long>(basket->GetNevBuf()) ||
             basket->GetLast() - basket->GetKeylen() != basket->GetNevBuf() * static_cast<int>(size))
            throw std::runtime_error(std::string("cannot read branch '") + branch.GetName() + "' at entry " +
                                     std::to_string(begin));
         const auto n = std::min(end - begin, basket->GetNevBuf() - before);
         CopyNumbers(buffer->Buffer() + basket->GetKeylen() + before * size, to, n, size);
         begin += n;
         to += n * size;
      }
   }

   std::unique_ptr<TFile> fFile;
   TTree &fTree;
   std::vector<TBranch *> fBranches;
   std::vector<unsigned long long> fStarts; ///< of the clusters, and the end of the last
};

} // namespace

std::vector<unsigned long long> TreeClusters(TTree &tree)
{
   std::vector<unsigned long long> starts;
   auto cluster = tree.GetClusterIterator(0);
   for (Long64_t start = cluster(), n = tree.GetEntries(); start < n; start = cluster())
      starts.push_back(static_cast<unsigned long long>(start));
   return starts;
}

std::unique_ptr<PlainColumns> OpenTree(std::unique_ptr<TFile> file, TTree &tree,
                                       const std::vector<std::string> &columns)
{
   std::vector<TBranch *> branches;
   std::vector<EElement> elements;
   for (const auto &name : columns) {
      auto *branch = dynamic_cast<TBranch *>(tree.GetListOfBranches()->FindObject(name.c_str()));
      if (!branch || branch->IsA() != TBranch::Class() || branch->GetNleaves() != 1 ||
          branch->GetEntryOffsetLen() != 0 || branch->GetEntries() != tree.GetEntries())
         return nullptr;
      const auto &leaf = *static_cast<TLeaf *>(branch->GetListOfLeaves()->UncheckedAt(0));
      const auto element = ParseColumnType(leaf.GetTypeName()).fElement;
      if (!StoresAsIs(leaf) || name != leaf.GetName() || element == EElement::kOther)
         return nullptr;
      branches.push_back(branch);
      elements.push_back(element);
   }
   return std::make_unique<PlainTree>(std::move(file), tree, std::move(branches), std::move(elements));
}

} // namespace Internal
} // namespace GradCut
