"""Named streams of random numbers, all from one seed."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

__all__ = ["stream"]


def stream(seed: int, name: str) -> np.random.Generator:
    """Random generator of one purpose.

    Parameters
    ----------
    seed : int
        The seed of the fit.
    name : str
        What the numbers are for, such as ``"starts"``. Streams of different names are independent, so that
        drawing more numbers for one purpose changes no other.

    Returns
    -------
    numpy.random.Generator
        The same numbers for the same seed and name, on every platform.
    """
    import numpy as np

    digest = hashlib.sha256(name.encode()).digest()
    key = tuple(int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4))
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))
