/// \file SavedCuts.hxx
/// \brief Learned cuts as a file holds them. Internal to the ROOT library.
#ifndef GRADCUT_CPP_RDF_SAVEDCUTS_HXX
#define GRADCUT_CPP_RDF_SAVEDCUTS_HXX

#include "Json.hxx"
#include "SavedFile.hxx"

#include <string>
#include <vector>

namespace GradCut {
namespace Internal {

/// What a file says about the cuts; the document stays as it is, its trees are rendered for the node at hand.
struct SavedCuts {
   /// One requirement: as it was declared, and its condition with the values that all events gave, and per fold.
   struct Requirement {
      std::string fName;
      std::string fDeclared;
      JsonValue fCondition;
      std::vector<JsonValue> fPerFold;
   };
   std::string fPath;
   std::vector<Requirement> fRequirements;
   SavedFolds fFolds;
};

/// \brief Read the filters of a content, and check all of them but the columns.
/// \throws std::invalid_argument for anything that is no condition, saying where
SavedCuts ReadCuts(const JsonValue &content);

} // namespace Internal
} // namespace GradCut

#endif
