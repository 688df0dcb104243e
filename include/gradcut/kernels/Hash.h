/// \file Hash.h
/// \brief A hash of the event identity: the same event gets the same number everywhere, whatever the order of reading.
#ifndef GRADCUT_KERNELS_HASH_H
#define GRADCUT_KERNELS_HASH_H

#include <gradcut/kernels/Export.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// \brief Mix identity numbers (event, run, ...) and a seed into a number uniform in [0, 1).
/// \param[in] nEvents number of events
/// \param[in] nIds identity numbers per event
/// \param[in] ids `nIds` pointers to `nEvents` numbers; signed ones as their two's complement
/// \param[in] seed names an independent split
/// \param[out] uniform one number per event, a multiple of 2^-53
///
/// Finaliser of splitmix64 (S. Vigna, public domain), chained over the identity numbers.
GRADCUT_EXPORT void GradCutEventHash(size_t nEvents, size_t nIds, const uint64_t *const *ids, uint64_t seed,
                                     double *uniform);

#ifdef __cplusplus
}
#endif

#endif
