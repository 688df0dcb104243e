#include "PlainColumns.hxx"

#include <gradcut/rdf/Recluster.hxx>

#include <TDirectory.h>
#include <TTree.h>

#include <stdexcept>
#include <vector>

#if GRADCUT_PLAIN_RNTUPLE
#include <ROOT/REntry.hxx>
#include <ROOT/RNTupleDescriptor.hxx>
#include <ROOT/RNTupleModel.hxx>
#include <ROOT/RNTupleReader.hxx>
#include <ROOT/RNTupleWriteOptions.hxx>
#include <ROOT/RNTupleWriter.hxx>
#endif

namespace GradCut {
namespace {

/// The folder of a tree in a new file, and its name there.
TDirectory &FolderOf(const std::string &tree, TFile &file, std::string &name)
{
   const auto slash = tree.rfind('/');
   name = tree.substr(slash + 1);
   if (slash == std::string::npos)
      return file;
   return *file.mkdir(tree.substr(0, slash).c_str(), "", true);
}

void CopyTree(TTree &tree, TDirectory &folder, std::uint64_t rows)
{
   folder.cd();
   tree.SetBranchStatus("*", true);
   TTree *copy = tree.CloneTree(0);
   copy->SetDirectory(&folder);
   copy->SetAutoFlush(static_cast<Long64_t>(rows));
   for (Long64_t i = 0, n = tree.GetEntries(); i < n; ++i) {
      if (tree.GetEntry(i) < 0 || copy->Fill() < 0)
         throw std::runtime_error("cannot copy entry " + std::to_string(i));
   }
   copy->Write();
}

#if GRADCUT_PLAIN_RNTUPLE
void CopyNTuple(ROOT::RNTupleReader &reader, const std::string &name, TDirectory &folder, std::uint64_t rows)
{
   const auto &descriptor = reader.GetDescriptor();
   ROOT::RNTupleWriteOptions options;
   for (const auto &cluster : descriptor.GetClusterIterable()) {
      for (const auto &range : cluster.GetColumnRangeIterable()) {
         if (const auto compression = range.GetCompressionSettings())
            options.SetCompression(*compression);
      }
      break;
   }
   auto writer = ROOT::RNTupleWriter::Append(descriptor.CreateModel(), name, folder, options);
   const auto read = reader.GetModel().CreateEntry();
   const auto written = writer->CreateEntry();
   for (const auto *field : reader.GetModel().GetConstFieldZero().GetConstSubfields())
      written->BindRawPtr(field->GetFieldName(), read->GetPtr<void>(field->GetFieldName()).get());
   for (std::uint64_t i = 0, n = reader.GetNEntries(); i < n; ++i) {
      reader.LoadEntry(i, *read);
      writer->Fill(*written);
      if ((i + 1) % rows == 0)
         writer->CommitCluster();
   }
}
#endif

} // namespace

void Recluster(const std::string &file, const std::string &tree, const std::string &target, std::uint64_t rows)
{
   if (rows == 0)
      throw std::invalid_argument("clusters need at least one entry");
   TDirectory::TContext keepsCurrentDirectory;
   const auto source = Internal::OpenQuietly(file);
   auto *found = source ? source->Get<TTree>(tree.c_str()) : nullptr;
   if (source && !found && !Internal::IsNTuple(*source, tree))
      throw std::invalid_argument("no TTree and no RNTuple '" + tree + "' in " + file);
   const std::unique_ptr<TFile> written(source ? TFile::Open(target.c_str(), "CREATE") : nullptr);
   if (!written || written->IsZombie())
      throw std::runtime_error(source ? "cannot write " + target : "cannot open " + file);
   written->SetCompressionSettings(source->GetCompressionSettings());
   std::string name;
   auto &folder = FolderOf(tree, *written, name);
   if (found)
      CopyTree(*found, folder, rows);
   else
#if GRADCUT_PLAIN_RNTUPLE
      CopyNTuple(*ROOT::RNTupleReader::Open(tree, file), name, folder, rows);
#else
      throw std::invalid_argument("writing RNTuples needs a newer ROOT");
#endif
}

} // namespace GradCut
