#include "PlainColumns.hxx"

#include <TClass.h>
#include <TDirectory.h>
#include <TKey.h>
#include <TTree.h>

#include <stdexcept>

namespace GradCut {

bool Internal::IsNTuple(TFile &file, const std::string &name)
{
   const auto slash = name.rfind('/');
   auto *folder = slash == std::string::npos ? &file : file.GetDirectory(name.substr(0, slash).c_str());
   const auto *key = folder ? folder->GetKey(name.substr(slash + 1).c_str()) : nullptr;
   return key && std::string(key->GetClassName()).find("RNTuple") != std::string::npos;
}

std::unique_ptr<TFile> Internal::OpenQuietly(const std::string &file)
{
   TDirectory::TContext keepsCurrentDirectory;
   std::unique_ptr<TFile> opened(TFile::Open(file.c_str()));
   return opened && !opened->IsZombie() ? std::move(opened) : nullptr;
}

std::unique_ptr<PlainColumns> PlainColumns::Open(const std::string &file, const std::string &tree,
                                                 const std::vector<std::string> &columns)
{
   TDirectory::TContext keepsCurrentDirectory;
   auto opened = Internal::OpenQuietly(file);
   if (!opened)
      return nullptr;
   if (auto *found = opened->Get<TTree>(tree.c_str()))
      return Internal::OpenTree(std::move(opened), *found, columns);
#if GRADCUT_PLAIN_RNTUPLE
   if (Internal::IsNTuple(*opened, tree))
      return Internal::OpenNTuple(file, tree, columns);
#endif
   return nullptr;
}

void PlainColumns::Read(unsigned long long first, unsigned long long last, const std::vector<void *> &to)
{
   if (first > last || last > fNEntries)
      throw std::out_of_range("PlainColumns: entries " + std::to_string(first) + " to " + std::to_string(last) +
                              " of " + std::to_string(fNEntries));
   if (to.size() != fElements.size())
      throw std::invalid_argument("PlainColumns: room for another number of columns");
   if (first < last)
      Copy(first, last, to);
}

std::vector<unsigned long long> ClusterStarts(const std::string &file, const std::string &tree)
{
   TDirectory::TContext keepsCurrentDirectory;
   if (auto opened = Internal::OpenQuietly(file)) {
      if (auto *found = opened->Get<TTree>(tree.c_str()))
         return Internal::TreeClusters(*found);
#if GRADCUT_PLAIN_RNTUPLE
      if (Internal::IsNTuple(*opened, tree))
         return Internal::NTupleClusters(file, tree);
#endif
   }
   throw std::invalid_argument("no TTree and no RNTuple '" + tree + "' in " + file);
}

} // namespace GradCut
