"""Limits of learned bins that axes with given edges divide: those of their sums."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.binning.cells import layout_with
from gradcut.yields import Moments, Yields

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from gradcut.binning.limits import BinLimits

__all__ = ["OverGiven", "limits_of", "summed"]


class OverGiven:
    """Limits that are looked at in sums over axes with given edges.

    Parameters
    ----------
    limits : BinLimits
        The limits.
    n_given : int
        How many of the last axes have given edges.
    """

    def __init__(self, limits: BinLimits, n_given: int) -> None:
        self.limits, self.n_given = limits, n_given

    @property
    def min_background(self) -> float | None:
        """See :class:`gradcut.BinLimits`."""
        return self.limits.min_background

    def excess(self, yields: Yields, widths: ArrayLike | None = None) -> NDArray[np.float64]:
        """See :meth:`gradcut.BinLimits.excess`."""
        return self.limits.excess(summed(yields, self.n_given), self._widths(yields, widths))

    def which(self, yields: Yields, widths: ArrayLike | None = None) -> str | None:
        """See :meth:`gradcut.BinLimits.which`."""
        return self.limits.which(summed(yields, self.n_given), self._widths(yields, widths))

    def _widths(self, yields: Yields, widths: ArrayLike | None) -> ArrayLike | None:
        """Widths of the summed bins, where each of the yields came with its own."""
        shape = yields.layout.bin_shape
        times = int(np.prod(shape[len(shape) - self.n_given :], dtype=np.int64))
        if widths is None or times == 1 or np.shape(widths)[-1:] != (len(yields.layout.bins),):
            return widths
        return np.asarray(widths)[..., ::times]

    def penalty(self, yields: Yields) -> tuple[NDArray[np.float64], Moments]:
        """See :meth:`gradcut.BinLimits.penalty`."""
        few = summed(yields, self.n_given)
        value, cotangents = self.limits.penalty(few)
        times = len(yields.layout.bins) // len(few.layout.bins)
        return value, Moments(*(np.repeat(c, times, axis=-1) for c in cotangents))

    def __bool__(self) -> bool:
        return bool(self.limits)


def limits_of(limits: BinLimits | None, n_given: int) -> Any:
    """Limits of bins that so many axes with given edges divide."""
    return limits if limits is None or n_given == 0 else OverGiven(limits, n_given)


def summed(yields: Yields, n_given: int) -> Yields:
    """Yields summed over the last axes of the bins."""
    shape = yields.layout.bin_shape
    kept = shape[: len(shape) - n_given]
    made = (m.reshape((*m.shape[:4], int(np.prod(kept, dtype=np.int64)), -1)).sum(-1) for m in yields.moments)
    return Yields(layout_with(yields.layout, kept), Moments(*made))
