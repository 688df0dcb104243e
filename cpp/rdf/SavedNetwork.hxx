/// \file SavedNetwork.hxx
/// \brief A trained network as a file holds it. Internal to the ROOT library.
#ifndef GRADCUT_CPP_RDF_SAVEDNETWORK_HXX
#define GRADCUT_CPP_RDF_SAVEDNETWORK_HXX

#include "Json.hxx"
#include "SavedFeatures.hxx"

#include <gradcut/rdf/Network.hxx>

#include <string>
#include <vector>

namespace GradCut {
namespace Internal {

/// Inputs and numbers of a network.
struct SavedNetworkNumbers {
   std::string fPath;
   std::vector<SavedFeature> fInputs;
   Network fNetwork;
};

/// \brief Read a network, in a file of its own or in that of a result.
/// \throws std::invalid_argument for anything else, saying where
SavedNetworkNumbers ReadNetwork(const JsonValue &content);

} // namespace Internal
} // namespace GradCut

#endif
