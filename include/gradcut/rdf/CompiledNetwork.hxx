/// \file CompiledNetwork.hxx
/// \brief A trained network in the form that its kernels read.
#ifndef GRADCUT_RDF_COMPILEDNETWORK_HXX
#define GRADCUT_RDF_COMPILEDNETWORK_HXX

#include <gradcut/rdf/Buffer.hxx>

#include <cstddef>

namespace GradCut {

struct Network;

namespace Internal {

/// Constant after its construction: any number of threads may use it.
class CompiledNetwork {
public:
   /// \throws std::invalid_argument for a network that makes no sense
   CompiledNetwork(const Network &network, bool isDouble);

   std::size_t NInputs() const { return fNInputs; }
   std::size_t NOutputs() const { return fNOutputs; }
   /// Working memory of one thread, aligned to cache lines.
   std::size_t WorkspaceBytes(std::size_t nEvents) const;
   /// Outputs `[output][event]`.
   void Evaluate(std::size_t nEvents, const double *const *columns, void *workspace, double *outputs) const;

private:
   std::size_t fNInputs;
   std::size_t fNOutputs;
   bool fIsDouble;
   Buffer fPlan;
};

} // namespace Internal
} // namespace GradCut

#endif
