// Fields of an RNTuple, page by page.
#include "PlainColumns.hxx"

#if GRADCUT_PLAIN_RNTUPLE

#include <gradcut/rdf/ElementDispatch.hxx>

#include <ROOT/RNTupleDescriptor.hxx>
#include <ROOT/RNTupleReader.hxx>
#include <ROOT/RNTupleView.hxx>

#include <algorithm>
#include <utility>

namespace GradCut {
namespace Internal {
namespace {

struct Cluster {
   ROOT::DescriptorId_t fId;
   unsigned long long fFirst;
   unsigned long long fLast;
};

std::vector<Cluster> ClustersOf(const ROOT::RNTupleDescriptor &descriptor)
{
   std::vector<Cluster> clusters;
   for (const auto &cluster : descriptor.GetClusterIterable())
      clusters.push_back(
         {cluster.GetId(), cluster.GetFirstEntryIndex(), cluster.GetFirstEntryIndex() + cluster.GetNEntries()});
   std::sort(clusters.begin(), clusters.end(), [](const auto &a, const auto &b) { return a.fFirst < b.fFirst; });
   return clusters;
}

/// A field, connected to its file before anything is read: what is read of a cluster is all that is connected then.
class Field {
public:
   virtual ~Field() = default;
   virtual void Copy(const Cluster &cluster, unsigned long long first, unsigned long long last, void *to) = 0;
};

template <class T>
class FieldOf final : public Field {
public:
   FieldOf(ROOT::RNTupleReader &reader, const std::string &name)
      : fView(reader.GetView<T>(name)), fBulk(fView.CreateBulk())
   {
   }

   void Copy(const Cluster &cluster, unsigned long long first, unsigned long long last, void *to) final
   {
      fBulk.AdoptBuffer(to, last - first);
      fBulk.ReadBulk(ROOT::RNTupleLocalIndex(cluster.fId, first - cluster.fFirst), nullptr, last - first);
   }

private:
   ROOT::RNTupleView<T> fView;
   ROOT::RFieldBase::RBulkValues fBulk;
};

class PlainNTuple final : public PlainColumns {
public:
   PlainNTuple(std::unique_ptr<ROOT::RNTupleReader> reader, const std::vector<std::string> &columns,
               std::vector<EElement> elements)
      : fReader(std::move(reader)), fClusters(ClustersOf(fReader->GetDescriptor()))
   {
      fNEntries = fReader->GetNEntries();
      fElements = std::move(elements);
      for (std::size_t i = 0; i < columns.size(); ++i) {
         DispatchElement(fElements[i], [&](auto tag) {
            using T = typename decltype(tag)::Type;
            fFields.push_back(std::make_unique<FieldOf<T>>(*fReader, columns[i]));
         });
      }
   }

protected:
   void Copy(unsigned long long first, unsigned long long last, const std::vector<void *> &to) final
   {
      for (const auto &cluster : fClusters) {
         const auto begin = std::max(first, cluster.fFirst), end = std::min(last, cluster.fLast);
         for (std::size_t column = 0; begin < end && column < fFields.size(); ++column) {
            const auto size =
               DispatchElement(fElements[column], [](auto tag) { return sizeof(typename decltype(tag)::Type); });
            fFields[column]->Copy(cluster, begin, end,
                                  static_cast<unsigned char *>(to[column]) + (begin - first) * size);
         }
      }
   }

private:
   std::unique_ptr<ROOT::RNTupleReader> fReader;
   std::vector<Cluster> fClusters;
   std::vector<std::unique_ptr<Field>> fFields;
};

} // namespace

std::vector<unsigned long long> NTupleClusters(const std::string &file, const std::string &tree)
{
   std::vector<unsigned long long> starts;
   for (const auto &cluster : ClustersOf(ROOT::RNTupleReader::Open(tree, file)->GetDescriptor()))
      starts.push_back(cluster.fFirst);
   return starts;
}

std::unique_ptr<PlainColumns> OpenNTuple(const std::string &file, const std::string &tree,
                                         const std::vector<std::string> &columns)
{
   auto reader = ROOT::RNTupleReader::Open(tree, file);
   const auto &descriptor = reader->GetDescriptor();
   std::vector<EElement> elements;
   for (const auto &name : columns) {
      const auto id = name.find('.') == std::string::npos ? descriptor.FindFieldId(name) : ROOT::kInvalidDescriptorId;
      if (id == ROOT::kInvalidDescriptorId)
         return nullptr;
      const auto &field = descriptor.GetFieldDescriptor(id);
      const auto element = ParseColumnType(field.GetTypeName()).fElement;
      if (element == EElement::kOther || field.GetNRepetitions() > 0 || !field.GetTypeAlias().empty())
         return nullptr;
      elements.push_back(element);
   }
   return std::make_unique<PlainNTuple>(std::move(reader), columns, std::move(elements));
}

} // namespace Internal
} // namespace GradCut

#endif
