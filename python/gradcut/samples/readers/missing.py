"""Declared sentinels become NaN, the one form of "missing" in arrays."""

from __future__ import annotations

from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from gradcut.expressions.guards import sentinels_with_floats
from gradcut.jagged import Jagged

__all__ = ["is_sentinel", "missing_to_nan"]


def is_sentinel(values: NDArray[Any], sentinels: tuple[float, ...]) -> NDArray[np.bool_]:
    """Say which numbers are declared sentinels, or the floats next to them, as doubles."""
    found = np.zeros(values.shape, dtype=bool)
    for mark in sentinels_with_floats(sentinels):
        found |= values == np.float64(mark)
    return found


@overload
def missing_to_nan(values: NDArray[Any], sentinels: tuple[float, ...]) -> NDArray[Any]: ...
@overload
def missing_to_nan(values: Jagged, sentinels: tuple[float, ...]) -> Jagged: ...
def missing_to_nan(values: NDArray[Any] | Jagged, sentinels: tuple[float, ...]) -> NDArray[Any] | Jagged:
    """Replace declared sentinels by NaN.

    Parameters
    ----------
    values : ndarray or Jagged
        A column. Integers and bools become doubles, which have a NaN.
    sentinels : tuple of float
        The values that mean "missing".
    """
    if isinstance(values, Jagged):
        return values.with_values(missing_to_nan(values.values, sentinels))
    changed = values.astype(values.dtype if values.dtype.kind == "f" else np.float64, copy=True)
    changed[is_sentinel(values, sentinels)] = np.nan
    return changed
