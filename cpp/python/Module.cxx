#include "Module.hxx"

NB_MODULE(_kernels, module)
{
   // At exit Python frees some objects late, such as a graph of torch that a script still has.
   nanobind::set_leak_warnings(false);
   module.doc() = "Bindings of the kernel library; formulas and conventions are in the headers gradcut/kernels/*.h.";
   GradCut::Python::RegisterSelection(module);
   GradCut::Python::RegisterTree(module);
   GradCut::Python::RegisterBins(module);
   GradCut::Python::RegisterNetwork(module);
   GradCut::Python::RegisterFunctions(module);
   GradCut::Python::RegisterLikelihood(module);
}
