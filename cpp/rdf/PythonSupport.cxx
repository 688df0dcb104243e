#include <gradcut/rdf/PythonSupport.hxx>

namespace GradCut {
namespace PythonSupport {
namespace {

template <class T>
std::vector<T> Copy(std::uintptr_t address, std::size_t n)
{
   const auto *begin = reinterpret_cast<const T *>(address);
   return std::vector<T>(begin, begin + n);
}

} // namespace

SoftSelection MakeSoftSelection(int step, std::size_t nPoints, std::size_t nCuts, std::uintptr_t kinds,
                                std::uintptr_t flags, std::uintptr_t low, std::uintptr_t high, std::uintptr_t width)
{
   SoftSelection selection;
   selection.fStep = static_cast<GradCutStep>(step);
   selection.fNPoints = nPoints;
   selection.fKinds = Copy<std::uint8_t>(kinds, nCuts);
   selection.fFlags = Copy<std::uint8_t>(flags, nCuts);
   selection.fLow = Copy<double>(low, nPoints * nCuts);
   selection.fHigh = Copy<double>(high, nPoints * nCuts);
   selection.fWidth = Copy<double>(width, nPoints * nCuts);
   selection.Validate();
   return selection;
}

std::shared_ptr<BookedMoments> BookSoftMoments(ROOT::RDF::RNode node, const SoftSelection &selection,
                                               const std::vector<std::string> &columns, const std::string &weight,
                                               bool isDouble, int derivatives, const std::vector<double> &offsets)
{
   SoftMomentsOptions options;
   options.fPrecision = isDouble ? EPrecision::kDouble : EPrecision::kSingle;
   options.fDerivatives = static_cast<GradCutDerivatives>(derivatives);
   options.fOffsets = offsets;
   return std::make_shared<BookedMoments>(GradCut::BookSoftMoments(node, selection, columns, weight, options));
}

std::uintptr_t Address(const Moments &moments)
{
   return reinterpret_cast<std::uintptr_t>(moments.fValues.data());
}

std::shared_ptr<CollectedColumn> Column(const Collected &collected, std::size_t position)
{
   return collected.fColumns.at(position);
}

void Run(const Results &results)
{
   GradCut::Run(results.Get());
}

} // namespace PythonSupport
} // namespace GradCut
