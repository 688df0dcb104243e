"""Sums that do not depend on how the events were cut into chunks."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["exact_sum"]


def exact_sum(values: NDArray[Any]) -> float:
    """Return the correctly rounded sum; NaN and infinities give what plain addition gives.

    The event loop adds block by block and agrees to about 1e-15.
    """
    try:
        return math.fsum(values.tolist())
    except (OverflowError, ValueError):
        return float(np.sum(values, dtype=np.float64))
