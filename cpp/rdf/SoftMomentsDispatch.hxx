/// \file SoftMomentsDispatch.hxx
/// \brief Calls of RInterface::Book for every number of features, compiled in several files.
#ifndef GRADCUT_CPP_SOFTMOMENTSDISPATCH_HXX
#define GRADCUT_CPP_SOFTMOMENTSDISPATCH_HXX

#include <gradcut/rdf/SoftMomentsState.hxx>

namespace GradCut {
namespace Internal {

/// `columns[0]` is the weight, the others are the features.
using Book_t = ROOT::RDF::RResultPtr<Moments> (*)(ROOT::RDF::RNode &, std::unique_ptr<SoftMomentsState>,
                                                  const std::vector<std::string> &);

/// Features per file: each has kMaxFeatures / 2 numbers of them.
constexpr std::size_t kHalf = kMaxFeatures / 2;

/// \brief The function for `kFirst + n` features, `n < kCount`.
template <class Feature, class Weight, std::size_t First, std::size_t Count>
Book_t SoftMomentsBook(std::size_t n);

extern template Book_t SoftMomentsBook<float, float, 0, kHalf + 1>(std::size_t);
extern template Book_t SoftMomentsBook<float, float, kHalf + 1, kHalf>(std::size_t);
extern template Book_t SoftMomentsBook<float, double, 0, kHalf + 1>(std::size_t);
extern template Book_t SoftMomentsBook<float, double, kHalf + 1, kHalf>(std::size_t);
extern template Book_t SoftMomentsBook<double, double, 0, kHalf + 1>(std::size_t);
extern template Book_t SoftMomentsBook<double, double, kHalf + 1, kHalf>(std::size_t);

} // namespace Internal
} // namespace GradCut

#endif
