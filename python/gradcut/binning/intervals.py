"""Bins of one axis as intervals of cells: what each is worth, and whether it keeps to the limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from gradcut.binning.memory import Memory
from gradcut.yields import Moments, Yields

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.cells import Cells
    from gradcut.binning.limits import BinLimits
    from gradcut.objectives.base import Objective

    #: Yields of some intervals, one bin per point, and their widths, to a number each.
    _PerInterval = Callable[[Yields, NDArray[np.float64]], NDArray[np.float64]]

__all__ = ["Intervals"]

#: Limits are met within this much, relative to them: sums of the same events differ by rounding.
ROUNDING = 1e-9
#: Numbers of sums that are looked at together.
CHUNK = 1 << 21


class Intervals:
    """Cells of one axis between two cuts.

    A cut is the number of cells on its left: 0 and ``n_cells`` are the ends, others stand for an edge at
    ``cells.boundary[cut - 1]``.

    Parameters
    ----------
    cells : Cells
        Of one axis.
    objective : Objective or None
        What bins are judged by; None where only the limits matter.
    limits : BinLimits, optional
        What every bin has to have.
    ends : tuple of float, default infinite
        Where the axis ends, for the widths of the first and the last bin.
    """

    def __init__(
        self,
        cells: Cells,
        objective: Objective | None,
        limits: BinLimits | None = None,
        ends: tuple[float, float] = (-np.inf, np.inf),
    ) -> None:
        self.cells, self._objective = cells, objective
        self.limits = limits if limits else None
        rows = cells.rows.reshape(-1, cells.n_cells)
        self._shape = cells.rows.shape[:5]
        # Running sums with the cells along the first axis, so that what belongs to a cut lies together.
        self._running = np.zeros((cells.n_cells + 1, len(rows)))
        np.cumsum(rows.T, axis=0, out=self._running[1:])
        self._place = np.concatenate([[ends[0]], cells.boundary, [ends[1]]])
        self._memory: Memory | None = None

    def remember(self) -> None:
        """From now on compute the merit of an interval once."""
        self._memory = Memory()

    @property
    def objective(self) -> Objective:
        """What bins are judged by."""
        assert self._objective is not None, "these intervals are for limits only"
        return self._objective

    @property
    def n_cells(self) -> int:
        """Number of cells, which is the cut at the upper end."""
        return self.cells.n_cells

    def edges(self, cuts: NDArray[np.int64]) -> NDArray[np.float64]:
        """Edges that cuts stand for."""
        return self._place[cuts]

    def nearest(self, edges: NDArray[np.float64]) -> NDArray[np.int64]:
        """Cuts next to some edges, in increasing order; some may be the same."""
        middle = (self.cells.boundary[1:] + self.cells.boundary[:-1]) / 2
        return np.asarray(np.searchsorted(middle, np.sort(edges)) + 1, dtype=np.int64)

    def yields(self, cuts: NDArray[np.int64]) -> Yields:
        """Yields of all bins between cuts of shape (points, cuts), the ends not among them."""
        ends = np.broadcast_to([0, self.n_cells], (len(cuts), 2))
        all_cuts = np.concatenate([ends[:, :1], cuts, ends[:, 1:]], axis=1)
        sums = np.diff(self._running[all_cuts], axis=1)  # (points, bins, rows)
        shaped = sums.reshape((*sums.shape[:2], *self._shape))
        return self.cells.made(np.moveaxis(shaped, (0, 1), (1, 5)))

    def widths(self, low: NDArray[np.int64], high: NDArray[np.int64]) -> NDArray[np.float64]:
        """Widths of intervals, infinite for open ones."""
        return np.asarray(self._place[high] - self._place[low])

    def bin_widths(self, cuts: NDArray[np.int64]) -> NDArray[np.float64]:
        """Widths of all bins between cuts, shape (points, bins), for limits on yields of these bins."""
        full = np.concatenate([np.zeros_like(cuts[:, :1]), cuts, np.full_like(cuts[:, :1], self.n_cells)], 1)
        return np.repeat(self.widths(full[:, :-1], full[:, 1:]), self._shape[4], axis=1)

    def merit(self, low: NDArray[np.int64], high: NDArray[np.int64]) -> NDArray[np.float64]:
        """What intervals add to the objective, better when larger; minus infinity where a limit is missed.

        The cuts are arrays that broadcast; an interval without cells is worth minus infinity.
        """
        if self._memory is None:
            return self._of_intervals(low, high, self._merit)
        low, high = np.broadcast_arrays(low, high)
        below, above = low.ravel(), high.ravel()
        found = self._memory.recall(
            below * (self.n_cells + 1) + above,
            lambda at: self._of_intervals(below[at], above[at], self._merit),
        )
        return found.reshape(low.shape)

    def excess(self, low: NDArray[np.int64], high: NDArray[np.int64]) -> NDArray[np.float64]:
        """By how much intervals more than meet the limits, see :meth:`BinLimits.excess`."""
        return self._of_intervals(low, high, self._excess)

    def merit_of_bins(self, cuts: NDArray[np.int64]) -> NDArray[np.float64]:
        """Merit of all bins together, per point; minus infinity where one of them misses a limit."""
        step = max(1, CHUNK // max(1, self._running.shape[1] * (cuts.shape[1] + 1)))
        parts = []
        for start in range(0, len(cuts), step):
            some = cuts[start : start + step]
            yields = self.yields(some)
            merit = self.objective.sign * self.objective.hard(yields)
            merit = np.where(np.isnan(merit), -np.inf, merit)
            if self.limits is not None:
                excess = self.limits.excess(yields, self.bin_widths(some))
                merit[(excess < -ROUNDING).any(1)] = -np.inf
            empty = np.diff(some, axis=1, prepend=0, append=self.n_cells).min(1) <= 0
            parts.append(np.where(empty, -np.inf, merit))
        return np.concatenate(parts)

    def value(self, cuts: NDArray[np.int64]) -> float:
        """Hard value of the objective with these cuts."""
        return float(self.objective.hard(self.yields(cuts[None]))[0])

    def _of_intervals(
        self, low: NDArray[np.int64], high: NDArray[np.int64], function: _PerInterval
    ) -> NDArray[np.float64]:
        low, high = np.broadcast_arrays(low, high)
        flat_low, flat_high = low.ravel(), high.ravel()
        found = np.full(flat_low.size, -np.inf)
        some = np.flatnonzero(flat_low < flat_high)
        step = max(1, CHUNK // self._running.shape[1])
        for start in range(0, len(some), step):
            at = some[start : start + step]
            below, above = flat_low[at], flat_high[at]
            sums = (self._running[above] - self._running[below]).reshape((len(at), 1, *self._shape))
            found[at] = function(
                self.cells.made(np.moveaxis(sums, (0, 1), (1, 5))), self.widths(below, above)
            )
        return found.reshape(low.shape)

    def _merit(self, yields: Yields, widths: NDArray[np.float64]) -> NDArray[np.float64]:
        merit = np.full(len(widths), -np.inf)
        met = self._excess(yields, widths) >= -ROUNDING  # objectives cost more than limits
        kept = Moments(*(moment[met] for moment in yields.moments))
        contributions = self.objective.contributions(Yields(yields.layout, kept))
        assert contributions is not None  # checked where the objective came from
        found = contributions.sum((1, 2))
        merit[met] = np.where(np.isnan(found), -np.inf, found)
        return merit

    def _excess(self, yields: Yields, widths: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.limits is None:
            return np.full(len(widths), np.inf)
        return np.asarray(self.limits.excess(yields, widths[:, None]).min(1))
