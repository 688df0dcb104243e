#include <gradcut/rdf/CollectOrder.hxx>

#include <ROOT/RDFHelpers.hxx>

#include <algorithm>
#include <map>
#include <sstream>
#include <tuple>

namespace GradCut {
namespace Internal {
namespace {

/// The files of a chain in their order. RDataFrame tells them in its description only.
std::vector<std::string> ChainFiles(ROOT::RDF::RNode &node)
{
   std::vector<std::string> files;
   if (node.GetNFiles() < 2)
      return files;
   std::istringstream text(node.Describe().AsString());
   std::string line;
   std::getline(text, line);
   const std::string ending = " in files";
   if (line.size() < ending.size() || line.compare(line.size() - ending.size(), ending.size(), ending) != 0)
      return files;
   while (std::getline(text, line) && line.compare(0, 2, "  ") == 0)
      files.push_back(line.substr(2));
   return files;
}

} // namespace

OrderAction::OrderAction(unsigned int nSlots, std::shared_ptr<Result_t> result)
   : fSlots(std::make_shared<std::vector<Slot>>(nSlots)), fResult(std::move(result))
{
   fResult->clear();
}

OrderAction OrderAction::MakeNew(void *result, std::string_view)
{
   return OrderAction(fSlots->size(), *static_cast<std::shared_ptr<Result_t> *>(result));
}

void OrderAction::Initialize()
{
   fSlots->assign(fSlots->size(), {});
   fResult->clear();
}

void OrderAction::InitTask(TTreeReader *reader, unsigned int slot)
{
   FinalizeTask(slot);
   Slot &s = (*fSlots)[slot];
   s.fPlace.fSlot = slot;
   s.fPlace.fSequence = s.fNTasks++;
   s.fPlace.fIsTree = reader != nullptr;
}

ROOT::RDF::SampleCallback_t OrderAction::GetSampleCallback()
{
   return [slots = fSlots.get()](unsigned int slot, const ROOT::RDF::RSampleInfo &info) {
      Slot &s = (*slots)[slot];
      s.fPlace.fSample = info.AsString();
      s.fPlace.fFirstOfRange = info.EntryRange().first;
   };
}

void OrderAction::FinalizeTask(unsigned int slot)
{
   Slot &s = (*fSlots)[slot];
   if (s.fHasEvents)
      s.fDone.push_back(s.fPlace);
   s.fHasEvents = false;
   s.fPlace = {};
}

void OrderAction::Finalize()
{
   for (std::size_t slot = 0; slot < fSlots->size(); ++slot) {
      FinalizeTask(slot);
      const auto &done = (*fSlots)[slot].fDone;
      fResult->insert(fResult->end(), done.begin(), done.end());
   }
}

CollectOrder::CollectOrder(ROOT::RDF::RNode node)
   : fFiles(ChainFiles(node)), fNominal(node.Book<ULong64_t>(OrderAction(node.GetNSlots()), {"rdfentry_"}))
{
}

void CollectOrder::BookVariations()
{
   using Map_t = ROOT::RDF::Experimental::RResultMap<std::vector<TaskPlace>>;
   if (!fVaried)
      fVaried = std::make_unique<Map_t>(ROOT::RDF::Experimental::VariationsFor(fNominal));
}

ROOT::RDF::RResultHandle CollectOrder::Handle() const
{
   if (fVaried)
      return *fVaried;
   return fNominal;
}

std::size_t CollectOrder::Rank(const std::string &sample) const
{
   // "<file>/<tree>": the longest file name that fits.
   std::size_t rank = fFiles.size(), length = 0;
   for (std::size_t i = 0; i < fFiles.size(); ++i) {
      if (fFiles[i].size() > length && sample.compare(0, fFiles[i].size() + 1, fFiles[i] + "/") == 0) {
         rank = i;
         length = fFiles[i].size();
      }
   }
   return rank;
}

std::vector<std::pair<unsigned int, std::size_t>> CollectOrder::Tasks(const std::string &variation)
{
   const bool isVaried = variation != "nominal" && fVaried &&
                         std::count(fVaried->GetKeys().begin(), fVaried->GetKeys().end(), variation) > 0;
   const auto &places = isVaried ? (*fVaried)[variation] : *fNominal;
   // Files listed more than once in a chain: their tasks look alike, and are dealt out over the listings.
   std::map<std::pair<std::string, unsigned long long>, std::size_t> seen;
   using Key_t = std::tuple<std::size_t, std::string, unsigned long long, std::size_t>;
   std::vector<std::pair<Key_t, const TaskPlace *>> order;
   for (const auto &place : places) {
      if (!place.fIsTree) {
         order.emplace_back(Key_t{0, "", place.fFirstEntry, 0}, &place);
         continue;
      }
      std::size_t rank = Rank(place.fSample);
      for (std::size_t copy = seen[{place.fSample, place.fFirstOfRange}]++; copy > 0 && rank < fFiles.size(); --copy) {
         const auto next = std::find(fFiles.begin() + rank + 1, fFiles.end(), fFiles[rank]);
         rank = next - fFiles.begin();
      }
      order.emplace_back(Key_t{rank, place.fSample, place.fFirstOfRange, place.fSequence}, &place);
   }
   std::sort(order.begin(), order.end(), [](const auto &a, const auto &b) { return a.first < b.first; });
   std::vector<std::pair<unsigned int, std::size_t>> tasks;
   for (const auto &[key, place] : order)
      tasks.emplace_back(place->fSlot, place->fSequence);
   return tasks;
}

} // namespace Internal
} // namespace GradCut
