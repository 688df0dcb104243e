#include "Loops.hxx"

#include <ROOT/RDF/RActionImpl.hxx>

#include <array>
#include <memory>
#include <string>

class TTreeReader;

namespace Benchmark {
namespace {

const std::vector<std::string> kFeatures{"x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9"};

class ReadAction final : public ROOT::Detail::RDF::RActionImpl<ReadAction> {
public:
   using Result_t = int;
   ReadAction() = default;
   ReadAction(ReadAction &&) = default;
   std::shared_ptr<int> GetResultPtr() const { return fResult; }
   void Initialize() {}
   void InitTask(TTreeReader *, unsigned int) {}
   void Finalize() {}
   std::string GetActionName() const { return "Read"; }
   template <class... Columns>
   void Exec(unsigned int, const Columns &...)
   {
   }

private:
   std::shared_ptr<int> fResult = std::make_shared<int>(0);
};

} // namespace

ROOT::RDF::RResultPtr<double> HardSum(ROOT::RDF::RNode node, const std::vector<double> &thresholds)
{
   std::array<float, 10> c{};
   for (std::size_t k = 0; k < c.size(); ++k)
      c[k] = static_cast<float>(thresholds.at(k));
   const auto pass = [c](float x0, float x1, float x2, float x3, float x4, float x5, float x6, float x7, float x8,
                         float x9) {
      return x0 > c[0] && x1 > c[1] && x2 > c[2] && x3 > c[3] && x4 > c[4] && x5 > c[5] && x6 > c[6] && x7 > c[7] &&
             x8 > c[8] && x9 > c[9];
   };
   const auto asDouble = [](float w) { return static_cast<double>(w); };
   return node.Filter(pass, kFeatures).Define("weight_", asDouble, {"weight"}).Sum<double>("weight_");
}

ROOT::RDF::RResultPtr<int> ReadOnly(ROOT::RDF::RNode node)
{
   auto columns = kFeatures;
   columns.insert(columns.begin(), "weight");
   return node.Book<float, float, float, float, float, float, float, float, float, float, float>(ReadAction(), columns);
}

} // namespace Benchmark
