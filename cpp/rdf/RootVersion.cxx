#include <gradcut/rdf/RootVersion.hxx>

const char *GradCut::RootVersion()
{
   return GRADCUT_ROOT_VERSION;
}
