/// \file SavedFeatures.hxx
/// \brief Numbers per event as a file holds them: trees, and when they are missing. Internal to the ROOT library.
#ifndef GRADCUT_CPP_RDF_SAVEDFEATURES_HXX
#define GRADCUT_CPP_RDF_SAVEDFEATURES_HXX

#include "Json.hxx"

#include <ROOT/RDF/InterfaceUtils.hxx>
#include <ROOT/RDF/RInterface.hxx>

#include <string>
#include <vector>

namespace GradCut {
namespace Internal {

/// C++ of a missing number.
constexpr const char *kMissing = "std::numeric_limits<double>::quiet_NaN()";

/// A name, a number, and the condition that an event has none (null where NaN tells it).
struct SavedFeature {
   std::string fName;
   JsonValue fValue;
   JsonValue fAbsent;
};

/// \brief Check everything but the columns.
/// \throws std::invalid_argument saying where in the file
void CheckFeature(const SavedFeature &feature);

/// \brief The features as columns of the node: its own where one is a column by itself.
/// \param[in] name of what they are needed for
/// \param[in] mayBeVectors whether they may be vectors, one number per object
/// \return names of the columns
std::vector<std::string> DefineFeatures(ROOT::RDF::RNode &node, const std::string &name,
                                        const std::vector<SavedFeature> &features, bool mayBeVectors);

} // namespace Internal
} // namespace GradCut

#endif
