#include <gradcut/kernels/Selection.h>

#include <cstdint>
#include <cstdio>

int main()
{
   // One event at the threshold passes with one half.
   const std::uint8_t kind = kGradCutAbove, flags = 0;
   const double low = 2., high = 2., width = 0.5;
   const double feature = 2., weight = 3.;
   const double *columns[] = {&feature};
   double sums[3 * GRADCUT_ROW(1)] = {};
   const GradCutSelection selection{1, 1, kGradCutLogistic, &kind, &flags, &low, &high, &width};
   GradCutSelectionMomentsF64(&selection, 1, columns, &weight, kGradCutAll, sums);
   std::printf("%g %g\n", sums[GRADCUT_ROW(1)], sums[GRADCUT_ROW(1) + 1]);
   return 0;
}
