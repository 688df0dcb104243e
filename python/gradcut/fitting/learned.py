"""Cuts that were learned from the events of a plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Learned"]


@dataclass(frozen=True)
class Learned:
    """Cuts of one plan."""

    values: NDArray[np.float64]
    #: Which way they were made of the descent, and the same in half a sentence.
    variant: str
    how: str
    #: Objective on events that were not learned from, per way; it chose the way. Empty where there is one.
    selected: dict[str, float]
    #: Soft objective at these cuts, with the width of the smooth steps at the end.
    soft: float
    #: Thresholds of the start that led here.
    start: NDArray[np.float64]
