"""A positive number that is learned: between two bounds by construction, with its derivative."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["free_of", "of_free", "slope"]

#: A start is as far as this inside of the bounds, as a part of the way between their logarithms.
MARGIN = 1e-3


def of_free(free: ArrayLike, low: float, high: float) -> NDArray[np.float64]:
    """Numbers of free ones: their logarithms are a logistic function between those of the bounds."""
    return np.asarray(low * (high / low) ** _share(free))


def free_of(value: ArrayLike, low: float, high: float) -> NDArray[np.float64]:
    """Free numbers of those between the bounds; of those beyond them, just inside."""
    share = np.log(np.asarray(value, dtype=np.float64) / low) / np.log(high / low)
    share = np.clip(share, MARGIN, 1 - MARGIN)
    return np.asarray(np.log(share / (1 - share)))


def slope(free: ArrayLike, low: float, high: float) -> NDArray[np.float64]:
    """Derivatives of the numbers in the free ones."""
    share = _share(free)
    return np.asarray(of_free(free, low, high) * np.log(high / low) * share * (1 - share))


def _share(free: ArrayLike) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-np.clip(np.asarray(free, dtype=np.float64), -500, 500))))
