// The slots of gradcut's actions, driven by plain threads instead of ROOT: tasks go to whichever thread is free, and
// sums and columns must have the same bits for any number of threads. Built with a thread sanitizer by .ci/sanitize.
#include <gradcut/rdf/CollectState.hxx>
#include <gradcut/rdf/ObjectMomentsState.hxx>
#include <gradcut/rdf/SoftMomentsState.hxx>

#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <random>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace GradCut::Internal;

constexpr std::size_t kTasks = 60, kCuts = 3, kPoints = 2;

/// Events of one task; their number is no multiple of a block.
struct Task {
   std::vector<float> fColumns[kCuts];
   std::vector<float> fWeights;
   std::size_t Size() const { return fWeights.size(); }
};

std::vector<Task> MakeTasks()
{
   std::mt19937 engine(7);
   std::normal_distribution<float> normal;
   std::vector<Task> tasks(kTasks);
   for (std::size_t t = 0; t < kTasks; ++t) {
      const std::size_t nEvents = t % 7 == 3 ? 0 : 200 + 37 * t; // some are empty, as after a filter
      for (auto &column : tasks[t].fColumns) {
         for (std::size_t i = 0; i < nEvents; ++i)
            column.push_back(normal(engine));
      }
      for (std::size_t i = 0; i < nEvents; ++i)
         tasks[t].fWeights.push_back(1.f + 0.1f * normal(engine));
   }
   return tasks;
}

/// \brief Do all tasks with so many threads, each of which is a slot.
/// \param[in] work called with the slot and the task
void InThreads(unsigned int nThreads, const std::function<void(unsigned int, std::size_t)> &work)
{
   std::atomic<std::size_t> next{0};
   std::vector<std::thread> threads;
   for (unsigned int slot = 0; slot < nThreads; ++slot)
      threads.emplace_back([&next, &work, slot] {
         for (std::size_t task = next++; task < kTasks; task = next++)
            work(slot, task);
      });
   for (auto &thread : threads)
      thread.join();
}

SoftMomentsSetup SetupOf(unsigned int nSlots)
{
   SoftMomentsSetup setup;
   for (std::size_t k = 0; k < kCuts; ++k) {
      setup.fSelection.fKinds.push_back(k == 1 ? kGradCutWindow : kGradCutAbove);
      setup.fSelection.fFlags.push_back(0);
   }
   setup.fSelection.fNPoints = kPoints;
   setup.fSelection.fLow = {-0.5, -1.5, -0.2, -0.4, -1.4, -0.1};
   setup.fSelection.fHigh = {-0.5, 1.5, -0.2, -0.4, 1.6, -0.1};
   setup.fSelection.fWidth.assign(kPoints * kCuts, 0.2);
   setup.fPrecision = GradCut::EPrecision::kSingle;
   setup.fOffsets.assign(kCuts, 0.);
   setup.fNSlots = nSlots;
   setup.fNRead = kCuts;
   return setup;
}

TaskRange RangeOf(std::size_t task)
{
   return {"file.root/events", {1000 * task, 1000 * (task + 1)}};
}

std::vector<double> Moments(const std::vector<Task> &tasks, unsigned int nThreads)
{
   SoftMomentsState nominal(SetupOf(nThreads), std::make_shared<GradCut::Moments>());
   const auto varied = nominal.MakeNew(std::make_shared<GradCut::Moments>());
   InThreads(nThreads, [&](unsigned int slot, std::size_t task) {
      for (auto *state : {&nominal, varied.get()}) {
         state->BeginSample(slot, RangeOf(task));
         auto &block = state->Blocks()[slot];
         for (std::size_t i = 0; i < tasks[task].Size(); ++i) {
            static_cast<float *>(block.fWeights)[block.fSize] = tasks[task].fWeights[i];
            for (std::size_t k = 0; k < kCuts; ++k)
               static_cast<float *>(block.fFeatures)[k * kBlockStride + block.fSize] = tasks[task].fColumns[k][i];
            if (++block.fSize == kBlockSize)
               state->Flush(slot);
         }
         state->EndTask(slot);
      }
   });
   nominal.Merge();
   varied->Merge();
   auto values = nominal.Result()->fValues;
   values.insert(values.end(), varied->Result()->fValues.begin(), varied->Result()->fValues.end());
   return values;
}

std::vector<double> ObjectMoments(const std::vector<Task> &tasks, unsigned int nThreads)
{
   auto setup = SetupOf(nThreads);
   auto tree = std::make_shared<GradCut::SoftTree>();
   tree->Columns({-1, -1, -1}).Leaf(0).Leaf(1).Leaf(2).AllOf(kCuts);
   setup.fTree = std::move(tree);
   setup.fCollections = {-1, -1, -1};
   ObjectMomentsState state(std::move(setup), {"a", "b", "c"}, std::make_shared<GradCut::Moments>());
   InThreads(nThreads, [&](unsigned int slot, std::size_t task) {
      state.BeginSample(slot, RangeOf(task));
      const std::size_t sizes[kCuts] = {1, 1, 1};
      for (std::size_t i = 0; i < tasks[task].Size(); ++i) {
         const void *values[kCuts] = {&tasks[task].fColumns[0][i], &tasks[task].fColumns[1][i],
                                      &tasks[task].fColumns[2][i]};
         state.Append(slot, tasks[task].fWeights[i], values, sizes);
      }
      state.EndTask(slot);
   });
   state.Merge();
   return state.Result()->fValues;
}

/// Which task every event came from, in the order in which the slots had them.
bool CollectsEverything(const std::vector<Task> &tasks, unsigned int nThreads)
{
   CollectState state(1, sizeof(float), false, nThreads, std::make_shared<CollectResult>());
   std::vector<std::vector<std::size_t>> done(nThreads);
   InThreads(nThreads, [&](unsigned int slot, std::size_t task) {
      done[slot].push_back(task);
      state.BeginTask(slot);
      state.ExpectEvents(slot, tasks[task].Size());
      auto &block = state.Blocks()[slot];
      for (const float value : tasks[task].fColumns[0]) {
         static_cast<float *>(block.fMemory)[block.fSize] = value;
         if (++block.fSize == kCollectBlock)
            state.Flush(slot);
      }
      state.EndTask(slot);
   });
   state.Merge();
   std::size_t nFound = 0;
   for (auto &found : *state.Result()->fTasks) {
      // The state counts the task that it begins with before the first.
      const auto &expected = tasks[done[found.fSlot].at(found.fSequence)].fColumns[0];
      std::vector<float> values(found.fNEvents);
      found.fContent[0].MoveTo(reinterpret_cast<unsigned char *>(values.data()));
      if (values != expected)
         return false;
      nFound += values.size();
   }
   std::size_t nEvents = 0;
   for (const auto &task : tasks)
      nEvents += task.Size();
   return nFound == nEvents;
}

/// Yields by a loop that has nothing to do with the kernels.
double ExpectedYield(const std::vector<Task> &tasks, const SoftMomentsSetup &setup)
{
   const auto step = [](double u) { return 1. / (1. + std::exp(-u)); };
   const auto &cuts = setup.fSelection;
   double sum = 0.;
   for (const auto &task : tasks) {
      for (std::size_t i = 0; i < task.Size(); ++i) {
         double p = task.fWeights[i];
         for (std::size_t k = 0; k < kCuts; ++k) {
            const double x = task.fColumns[k][i], width = cuts.fWidth[k];
            p *= step((x - cuts.fLow[k]) / width) -
                 (cuts.fKinds[k] == kGradCutWindow ? step((x - cuts.fHigh[k]) / width) : 0.);
         }
         sum += p;
      }
   }
   return sum;
}

bool SameBits(const std::vector<double> &a, const std::vector<double> &b)
{
   return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

} // namespace

int main()
{
   const auto tasks = MakeTasks();
   const auto moments = Moments(tasks, 1), ofObjects = ObjectMoments(tasks, 1);
   const double expected = ExpectedYield(tasks, SetupOf(1));
   const std::size_t row = GRADCUT_ROW(kCuts), rowOfTree = GRADCUT_TREE_ROW(kCuts, 0);
   bool isRight =
      std::abs(moments[row] / expected - 1.) < 1e-5 && std::abs(ofObjects[rowOfTree] / expected - 1.) < 1e-5;
   if (!isRight)
      std::printf("yields %.8f and %.8f, not %.8f\n", moments[row], ofObjects[rowOfTree], expected);
   for (const unsigned int nThreads : {1u, 2u, 4u, 8u}) {
      for (int run = 0; run < 2; ++run) {
         const bool same = SameBits(Moments(tasks, nThreads), moments);
         const bool sameOfObjects = SameBits(ObjectMoments(tasks, nThreads), ofObjects);
         const bool hasAll = CollectsEverything(tasks, nThreads);
         if (!same || !sameOfObjects || !hasAll)
            std::printf("%u threads: moments %d, of objects %d, columns %d\n", nThreads, same, sameOfObjects, hasAll);
         isRight = isRight && same && sameOfObjects && hasAll;
      }
   }
   std::printf("%s\n", isRight ? "slots: ok" : "slots: wrong");
   return isRight ? 0 : 1;
}
