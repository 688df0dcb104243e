"""Widths of the smooth steps of axes: annealed, given, or learned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gradcut.binning import positive

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.axis import Width

__all__ = ["WIDTHS", "StepWidths"]

#: Widths of the smooth steps at the start and at the end, in widths of the bins.
WIDTHS = (0.5, 0.04)


@dataclass(frozen=True)
class StepWidths:
    """Widths of steps along some axes.

    Parameters
    ----------
    declared : tuple
        The width of each: all ``"annealed"``, or numbers and ``"learned"``.
    n_bins : tuple of int
        Numbers of bins.
    ranges : tuple of (float, float)
        In which edges move, in the coordinates.
    """

    declared: tuple[Width, ...]
    n_bins: tuple[int, ...]
    ranges: tuple[tuple[float, float], ...]

    @property
    def annealed(self) -> bool:
        """Whether widths are parts of those of bins, and fall."""
        return self.declared[0] == "annealed"

    @property
    def learned(self) -> list[int]:
        """Axes whose width is learned; each has a free number, after those of the edges."""
        return [i for i, width in enumerate(self.declared) if width == "learned"]

    def bounds(self, axis: int) -> tuple[float, float]:
        """Smallest and largest width that is learned: as sharp as annealed steps get, and the range."""
        low, high = self.ranges[axis]
        return WIDTHS[1] * (high - low) / self.n_bins[axis], high - low

    def at(self, free: NDArray[np.float64], ratio: float) -> NDArray[np.float64]:
        """Widths for the kernels, shape (points, axes), of free numbers of shape (points, learned axes)."""
        found = np.empty((len(free), len(self.declared)))
        for i, (declared, n) in enumerate(zip(self.declared, self.n_bins, strict=True)):
            low, high = self.ranges[i]
            if declared == "learned":
                found[:, i] = positive.of_free(free[:, self.learned.index(i)], *self.bounds(i))
            elif declared == "annealed":
                # With one edge there is no bin whose width could be meant: half of the range stands for it.
                found[:, i] = ratio if n > 2 else ratio * (high - low) / 2
            else:
                found[:, i] = declared
        return found

    def start(self) -> NDArray[np.float64]:
        """Free numbers to start from, shape (learned axes,): half of the mean bin."""
        made = []
        for i in self.learned:
            low, high = self.ranges[i]
            made.append(positive.free_of(WIDTHS[0] * (high - low) / self.n_bins[i], *self.bounds(i)))
        return np.array(made)

    def pull_back(self, free: NDArray[np.float64], gradient: NDArray[np.float64]) -> NDArray[np.float64]:
        """Derivatives in the free numbers of derivatives in the widths of all axes."""
        found = np.zeros(free.shape)
        for at, i in enumerate(self.learned):
            found[:, at] = gradient[:, i] * positive.slope(free[:, at], *self.bounds(i))
        return found
