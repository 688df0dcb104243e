"""Numbers that are computed once: moves of edges ask what the same bins are worth again and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Memory"]

#: Numbers that are kept, as a power of two; a new one takes the place of another with the same hash.
BITS = 19
#: The hashes of neighbouring keys are far apart (Fibonacci hashing).
FACTOR = np.uint64(0x9E3779B97F4A7C15)


class Memory:
    """What a function of integers from 0 on was found to be, as far as it is not forgotten again."""

    def __init__(self) -> None:
        self._keys = np.full(1 << BITS, -1, dtype=np.int64)
        self._values = np.zeros(1 << BITS)
        self._asked = np.zeros(1 << BITS, dtype=np.int64)

    def recall(
        self, keys: NDArray[np.int64], compute: Callable[[NDArray[np.int64]], NDArray[np.float64]]
    ) -> NDArray[np.float64]:
        """Return a number for every key.

        Parameters
        ----------
        keys : ndarray of int64
            From 0 on.
        compute : callable
            From indices of some of the keys to their numbers; it is not asked for what is known.
        """
        slot = ((keys.view(np.uint64) * FACTOR) >> np.uint64(64 - BITS)).view(np.int64)
        found: NDArray[np.float64] = self._values[slot]
        new = np.flatnonzero(self._keys[slot] != keys)
        if not len(new):
            return found
        # Of equal new keys the last is computed; of different ones with the same hash, which are rare, all.
        self._asked[slot[new]] = new
        asked_for = self._asked[slot[new]]
        same = keys[asked_for] == keys[new]
        asked = new[(asked_for == new) | ~same]
        found[asked] = compute(asked)
        found[new[same]] = found[asked_for[same]]
        self._keys[slot[asked]], self._values[slot[asked]] = keys[asked], found[asked]
        return found
