#include "Loops.hxx"

#include <ROOT/RNTupleModel.hxx>
#include <ROOT/RNTupleWriteOptions.hxx>
#include <ROOT/RNTupleWriter.hxx>
#include <TFile.h>
#include <TTree.h>

#include <array>
#include <memory>
#include <random>
#include <utility>

namespace Benchmark {
namespace {

constexpr std::array<float, 8> kMean{0.5f, 0.4f, 0.3f, 0.2f, 0.f, 0.f, 0.15f, 0.05f};
constexpr std::array<float, 8> kWidth{1.f, 1.1f, 0.9f, 1.1f, 1.f, 1.f, 1.25f, 1.f};

class Events {
public:
   explicit Events(unsigned long long seed) : fEngine(seed) {}

   void Next(std::array<float, 11> &x)
   {
      for (std::size_t k = 0; k < kMean.size(); ++k)
         x[k] = kMean[k] + kWidth[k] * fNormal(fEngine);
      x[8] = 1.5f * fExponential(fEngine);
      x[9] = fUniform(fEngine);
      x[10] = 0.5f + fUniform(fEngine);
   }

private:
   std::mt19937_64 fEngine;
   std::normal_distribution<float> fNormal;
   std::exponential_distribution<float> fExponential;
   std::uniform_real_distribution<float> fUniform;
};

std::string Name(std::size_t k)
{
   return k < 10 ? "x" + std::to_string(k) : "weight";
}

} // namespace

void Generate(const std::string &path, bool isRNTuple, long long nEvents, unsigned long long seed, int compression)
{
   Events events(seed);
   std::array<float, 11> x{};
   if (isRNTuple) {
      auto model = ROOT::RNTupleModel::Create();
      std::array<std::shared_ptr<float>, 11> fields;
      for (std::size_t k = 0; k < x.size(); ++k)
         fields[k] = model->MakeField<float>(Name(k));
      ROOT::RNTupleWriteOptions options;
      options.SetCompression(compression);
      auto writer = ROOT::RNTupleWriter::Recreate(std::move(model), "events", path, options);
      for (long long i = 0; i < nEvents; ++i) {
         events.Next(x);
         for (std::size_t k = 0; k < x.size(); ++k)
            *fields[k] = x[k];
         writer->Fill();
      }
      return;
   }
   TFile file(path.c_str(), "RECREATE", "", compression);
   TTree tree("events", "synthetic benchmark");
   for (std::size_t k = 0; k < x.size(); ++k)
      tree.Branch(Name(k).c_str(), &x[k], 256000);
   for (long long i = 0; i < nEvents; ++i) {
      events.Next(x);
      tree.Fill();
   }
   tree.Write();
}

} // namespace Benchmark
