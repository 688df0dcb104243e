#include <gradcut/rdf/CollectGroup.hxx>
#include <gradcut/rdf/ElementDispatch.hxx>

#include <ROOT/RDFHelpers.hxx>

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

namespace GradCut {
namespace Internal {
namespace {

std::size_t ElementSize(EElement element)
{
   return DispatchElement(element, [](auto tag) { return sizeof(typename decltype(tag)::Type); });
}

/// Tasks in the order of their entries; one slot has them in that order already.
std::vector<CollectTask *> Ordered(std::vector<CollectTask> &tasks, CollectOrder *order, const std::string &variation)
{
   std::vector<CollectTask *> ordered;
   if (!order) {
      for (auto &task : tasks)
         ordered.push_back(&task);
      return ordered;
   }
   std::map<std::pair<unsigned int, std::size_t>, CollectTask *> find;
   for (auto &task : tasks)
      find[{task.fSlot, task.fSequence}] = &task;
   for (const auto &place : order->Tasks(variation)) {
      const auto found = find.find(place);
      if (found != find.end())
         ordered.push_back(found->second);
   }
   if (ordered.size() != tasks.size())
      throw std::logic_error("GradCut: the tasks of the event loop could not be put in order");
   return ordered;
}

std::shared_ptr<CollectedColumn> Concatenate(const std::vector<CollectTask *> &tasks, std::size_t column,
                                             const ColumnType &type)
{
   auto result = std::make_shared<CollectedColumn>();
   const std::size_t size = ElementSize(type.fElement);
   std::size_t nBytes = 0;
   for (const auto *task : tasks) {
      nBytes += task->fContent[column].Size();
      result->fNEvents += task->fNEvents;
   }
   result->fType = type;
   result->fNContent = nBytes / size;
   if (type.fIsVector) {
      result->fOffsets.reset(new std::int64_t[result->fNEvents + 1]);
      result->fOffsets[0] = 0;
   } else if (tasks.size() == 1 && tasks.front()->fContent[column].IsOneChunk()) {
      result->fContent = tasks.front()->fContent[column].Take();
      return result;
   }
   result->fContent = ByteStream::Allocate(nBytes);
   auto *content = result->fContent.get();
   std::size_t event = 1;
   for (auto *task : tasks) {
      const auto before = static_cast<std::int64_t>((content - result->fContent.get()) / size);
      content = task->fContent[column].MoveTo(content);
      if (!type.fIsVector)
         continue;
      task->fEnds[column].MoveTo(reinterpret_cast<unsigned char *>(&result->fOffsets[event]));
      for (const std::size_t end = event + task->fNEvents; event < end; ++event)
         result->fOffsets[event] += before;
   }
   return result;
}

} // namespace

CollectGroup::CollectGroup(ROOT::RDF::RResultPtr<CollectResult> nominal, ColumnType type,
                           std::vector<std::size_t> positions)
   : fNominal(std::move(nominal)), fType(std::move(type)), fPositions(std::move(positions))
{
}

void CollectGroup::BookVariations()
{
   using Map_t = ROOT::RDF::Experimental::RResultMap<CollectResult>;
   if (!fVaried)
      fVaried = std::make_unique<Map_t>(ROOT::RDF::Experimental::VariationsFor(fNominal));
}

ROOT::RDF::RResultHandle CollectGroup::Handle() const
{
   if (fVaried)
      return *fVaried;
   return fNominal;
}

void CollectGroup::Compute()
{
   if (fVaried)
      (*fVaried)["nominal"];
   else
      *fNominal;
}

std::vector<std::string> CollectGroup::Variations() const
{
   return fVaried ? fVaried->GetKeys() : std::vector<std::string>{"nominal"};
}

bool CollectGroup::Depends(const std::string &variation) const
{
   const auto names = Variations();
   return std::find(names.begin(), names.end(), variation) != names.end();
}

void CollectGroup::Assemble(const std::string &variation, CollectOrder *order, Collected &result)
{
   auto &tasks = *(variation == "nominal" ? *fNominal : (*fVaried)[variation]).fTasks;
   const auto ordered = Ordered(tasks, order, variation);
   std::set<unsigned int> slots;
   for (const auto *task : ordered)
      slots.insert(task->fSlot);
   result.fNTasks = ordered.size();
   result.fNSlots = slots.size();
   for (std::size_t column = 0; column < fPositions.size(); ++column)
      result.fColumns[fPositions[column]] = Concatenate(ordered, column, fType);
   tasks.clear();
}

} // namespace Internal
} // namespace GradCut
