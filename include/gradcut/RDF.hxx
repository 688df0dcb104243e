/// \file RDF.hxx
/// \brief All that gradcut adds to RDataFrame: include this, load libGradCutRDF, and call its free functions on nodes.
#ifndef GRADCUT_RDF_HXX
#define GRADCUT_RDF_HXX

#include <gradcut/rdf/RootVersion.hxx>

#include <gradcut/rdf/BinMoments.hxx>
#include <gradcut/rdf/Bins.hxx>
#include <gradcut/rdf/Booked.hxx>
#include <gradcut/rdf/Collect.hxx>
#include <gradcut/rdf/ColumnTypes.hxx>
#include <gradcut/rdf/Cuts.hxx>
#include <gradcut/rdf/Joint.hxx>
#include <gradcut/rdf/Network.hxx>
#include <gradcut/rdf/Observable.hxx>
#include <gradcut/rdf/PlainColumns.hxx>
#include <gradcut/rdf/PythonSupport.hxx>
#include <gradcut/rdf/Recluster.hxx>
#include <gradcut/rdf/SoftMoments.hxx>
#include <gradcut/rdf/SoftWeight.hxx>
#include <gradcut/rdf/Uniform.hxx>

#endif
