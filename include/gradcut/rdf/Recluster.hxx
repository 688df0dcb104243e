/// \file Recluster.hxx
/// \brief Files with smaller clusters, of which several threads can each have some.
#ifndef GRADCUT_RDF_RECLUSTER_HXX
#define GRADCUT_RDF_RECLUSTER_HXX

#include <cstdint>
#include <string>

namespace GradCut {

/// \brief Write a TTree or RNTuple into a new file, with clusters of so many entries.
///
/// Everything else stays: columns of any type, order, compression. An RNTuple may have smaller clusters where entries
/// are so large that its writer ends them before.
/// \param[in] file,tree what is copied
/// \param[in] target the new file, which must not exist; the tree has the name that it had
/// \param[in] rows entries per cluster
/// \throws std::invalid_argument when there is no such tree, std::runtime_error when the new file cannot be written
void Recluster(const std::string &file, const std::string &tree, const std::string &target, std::uint64_t rows);

} // namespace GradCut

#endif
