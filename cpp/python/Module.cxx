#include "Module.hxx"

NB_MODULE(_kernels, module)
{
   module.doc() = "Bindings of the kernel library; formulas and conventions are in the headers gradcut/kernels/*.h.";
   GradCut::Python::RegisterSelection(module);
   GradCut::Python::RegisterTree(module);
   GradCut::Python::RegisterBins(module);
   GradCut::Python::RegisterFunctions(module);
   GradCut::Python::RegisterLikelihood(module);
}
