/// \file Export.h
/// \brief Symbol visibility of the kernel library.
#ifndef GRADCUT_KERNELS_EXPORT_H
#define GRADCUT_KERNELS_EXPORT_H

#if defined(_WIN32)
#define GRADCUT_EXPORT
#else
#define GRADCUT_EXPORT __attribute__((visibility("default")))
#endif

#endif
