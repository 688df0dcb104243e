/// \file SavedFile.hxx
/// \brief What files of learned cuts and of learned bins have in common. Internal to the ROOT library.
#ifndef GRADCUT_CPP_RDF_SAVEDFILE_HXX
#define GRADCUT_CPP_RDF_SAVEDFILE_HXX

#include "ConditionCode.hxx"
#include "Json.hxx"

#include <ROOT/RDF/InterfaceUtils.hxx>
#include <ROOT/RDF/RInterface.hxx>

#include <cstdint>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <vector>

namespace GradCut {
namespace Internal {

/// How the events of a fit were divided.
struct SavedFolds {
   int fNFolds = 0;
   std::uint64_t fSeed = 0;
   std::vector<std::string> fIdentity;
   std::string fNone; ///< why nothing can be applied per fold, empty where it can
};

/// \brief The text of a file.
/// \throws std::invalid_argument if it cannot be read
std::string ReadText(const std::string &path);

/// \brief The content of a document.
/// \param[in] format what it says of itself
/// \param[in] madeBy the function whose result it is
/// \throws std::invalid_argument for a foreign document, or one of another version
const JsonValue &ContentOf(const JsonValue &document, const std::string &format, const std::string &madeBy);

/// \brief The folds of a fit, of which so many have results.
SavedFolds ReadFolds(const JsonValue &provenance, int nResults, const std::string &what);

/// \brief Refuse an object with other keys than these, which a newer gradcut may have written.
void CheckKeys(const JsonValue &object, std::initializer_list<const char *> known);

/// Whether the columns of a node are vectors.
IsVectorColumn VectorsOf(ROOT::RDF::RNode &node);

/// \brief Define the fold of every event where it is not known yet.
/// \return its name, that of Python's gradcut.results: both may work on the same node
/// \throws std::invalid_argument where there are no folds, or their identity is no column
std::string DefineFoldOf(ROOT::RDF::RNode &node, const SavedFolds &folds);

/// Run something and say of which file its errors are.
template <class Function>
auto OfFile(const std::string &path, Function &&function)
{
   try {
      return function();
   } catch (const std::invalid_argument &error) {
      throw std::invalid_argument(path + ": " + error.what());
   }
}

} // namespace Internal
} // namespace GradCut

#endif
