/// \file PlainColumns.hxx
/// \brief The two kinds of plain columns, and who opens them.
#ifndef GRADCUT_CPP_PLAINCOLUMNS_HXX
#define GRADCUT_CPP_PLAINCOLUMNS_HXX

#include <gradcut/rdf/PlainColumns.hxx>

#include <RVersion.h>
#include <TFile.h>

#include <memory>
#include <string>
#include <vector>

/// The reader of RNTuples left ROOT's namespace for experiments over several versions; only what was tried is used.
#define GRADCUT_PLAIN_RNTUPLE (ROOT_VERSION_CODE >= ROOT_VERSION(6, 40, 0))

class TTree;

namespace GradCut {
namespace Internal {

/// A file that was opened without a trace in `gDirectory`.
std::unique_ptr<TFile> OpenQuietly(const std::string &file);

/// Whether a file has an RNTuple of this name; a TTree is found by its class.
bool IsNTuple(TFile &file, const std::string &name);

std::unique_ptr<PlainColumns> OpenTree(std::unique_ptr<TFile> file, TTree &tree,
                                       const std::vector<std::string> &columns);
std::vector<unsigned long long> TreeClusters(TTree &tree);

#if GRADCUT_PLAIN_RNTUPLE
std::unique_ptr<PlainColumns> OpenNTuple(const std::string &file, const std::string &tree,
                                         const std::vector<std::string> &columns);
std::vector<unsigned long long> NTupleClusters(const std::string &file, const std::string &tree);
#endif

} // namespace Internal
} // namespace GradCut

#endif
