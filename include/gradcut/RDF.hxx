/// \file RDF.hxx
/// \brief All that gradcut adds to RDataFrame: include this, load libGradCutRDF, and call its free functions on nodes.
#ifndef GRADCUT_RDF_HXX
#define GRADCUT_RDF_HXX

#include <gradcut/rdf/RootVersion.hxx>

#endif
