"""Sums that do not depend on how the events were cut into chunks."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["exact_sum"]

#: Numbers of one block: with it and its remainders the cache is not left.
_BLOCK = 1 << 14
#: Power of two above the number of terms of a block, plus two.
_TERMS = 2.0 * _BLOCK


def exact_sum(values: NDArray[Any]) -> float:
    """Return the correctly rounded sum; NaN and infinities give what plain addition gives.

    The event loop adds block by block and agrees to about 1e-15.

    Notes
    -----
    S. M. Rump, T. Ogita, S. Oishi, SIAM J. Sci. Comput. 31 (2008) 189, ExtractVector (algorithm 3.2): the
    leading bits of all numbers, taken at a common place, add up without rounding in any order. What is
    left is treated likewise until nothing is. The few exact sums are added by `math.fsum`.
    """
    flat = np.asarray(values, dtype=np.float64).ravel()
    parts: list[float] = []
    for start in range(0, len(flat), _BLOCK):
        found = _exact_parts(flat[start : start + _BLOCK])
        if found is None:
            return _plain_sum(flat)
        parts += found
    return math.fsum(parts)


def _exact_parts(rest: NDArray[np.float64]) -> list[float] | None:
    """Return numbers with exactly the same sum; None where the method does not work."""
    parts: list[float] = []
    while True:
        largest = max(float(rest.max()), -float(rest.min()))
        if largest == 0.0:
            return parts
        if not largest < 2.0**900:  # NaN included; beyond it something might overflow
            return None
        place = math.ldexp(_TERMS, math.frexp(largest)[1])
        leading = (rest + place) - place
        parts.append(float(leading.sum()))
        rest = rest - leading


def _plain_sum(values: NDArray[np.float64]) -> float:
    try:
        return math.fsum(values.tolist())
    except (OverflowError, ValueError):
        with np.errstate(all="ignore"):
            return float(np.sum(values, dtype=np.float64))
