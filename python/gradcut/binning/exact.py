"""The best edges of one axis, for every number of bins, by dynamic programming over cells.

What an additive objective gains from a bin depends on its two edges only, so the best k bins up to an edge
are the best k - 1 bins up to some other, and a bin between the two (R. Bellman, Commun. ACM 4 (1961) 284).
Limits are those of single bins and fit in: a bin that misses one is worth minus infinity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gradcut.binning.candidates import candidates
from gradcut.binning.chains import chains
from gradcut.binning.intervals import Intervals
from gradcut.binning.refine import refined
from gradcut.errors import DeclarationError, UnattainableError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.cells import Cells
    from gradcut.binning.limits import BinLimits
    from gradcut.objectives.base import Objective

__all__ = ["ExactBins", "exact"]

#: Cells of which all pairs of cuts are compared, and how many cuts are where there are more cells; all others
#: come in afterwards.
ALL, CANDIDATES = 700, 300
#: Cuts that are looked at to say how closely limits are missed, besides those that were anyway.
CLOSEST = 1000
#: Larger numbers of bins that are looked at besides.
MORE = 3


@dataclass(frozen=True, eq=False)
class ExactBins:
    """The best bins of one axis.

    Parameters
    ----------
    intervals : Intervals
        The cells with objective and limits.
    cuts : tuple of (ndarray or None)
        Best cuts for 1, 2, ... bins; None where no such bins keep to the limits.
    values : ndarray of float64, shape (max_bins,)
        Hard value of the objective; NaN where there are no such bins.
    looked_at : ndarray of int64
        Cuts of which all pairs were compared.
    """

    intervals: Intervals
    cuts: tuple[NDArray[np.int64] | None, ...]
    values: NDArray[np.float64]
    looked_at: NDArray[np.int64]

    @property
    def largest(self) -> int:
        """Largest number of bins that keep to the limits, up to the one asked for."""
        return max((k + 1 for k, cuts in enumerate(self.cuts) if cuts is not None), default=0)

    def edges(self, n_bins: int) -> NDArray[np.float64]:
        """Best edges of so many bins, one fewer than bins.

        Raises
        ------
        UnattainableError
            If no such bins keep to the limits.
        """
        cuts = self.cuts[n_bins - 1] if 1 <= n_bins <= len(self.cuts) else None
        if cuts is not None:
            return self.intervals.edges(cuts)
        if n_bins > self.intervals.n_cells or not n_bins >= 1:
            raise UnattainableError(
                "there are not so many different values to divide",
                given=f"{n_bins} bins",
                allowed=f"at most {self.intervals.n_cells}",
                hint="fewer bins; a column that is not the same for all events",
            )
        if n_bins > len(self.cuts):
            raise DeclarationError(
                "not looked for", given=f"{n_bins} bins", allowed=f"at most {len(self.cuts)} bins"
            )
        raise UnattainableError(
            f"no {n_bins} bins keep to the limits" if self._limited else f"no {n_bins} bins have a value",
            given=self._missed(n_bins),
            allowed=f"{self.largest} bins" if self.largest else "nothing, not even one bin",
            hint="fewer bins, or lower limits" if self.largest else "more events, or lower limits",
        )

    @property
    def _limited(self) -> bool:
        return self.intervals.limits is not None

    def _missed(self, n_bins: int) -> str:
        """What the bins miss that come closest to the limits."""
        limits = self.intervals.limits
        if limits is None:
            return f"{self.intervals.objective!r} does not exist in one of them"
        cuts = _closest(self.intervals, self.looked_at, n_bins)[None]
        missed = limits.which(self.intervals.yields(cuts), self.intervals.bin_widths(cuts))
        return f"the closest miss {missed}" if missed else "the objective does not exist in one of them"


def exact(
    cells: Cells,
    objective: Objective,
    max_bins: int,
    limits: BinLimits | None = None,
    *,
    ends: tuple[float, float] = (-np.inf, np.inf),
    n_candidates: int | None = None,
) -> ExactBins:
    """Find the best edges for every number of bins up to one.

    Parameters
    ----------
    cells : Cells
        Of one axis, sorted.
    objective : Objective
        One that adds over bins.
    max_bins : int
        Largest number of bins.
    limits : BinLimits, optional
        What every bin has to have.
    ends : tuple of float, default infinite
        Where the axis ends, for the widths of the first and the last bin.
    n_candidates : int, optional
        Edges of which all pairs are compared; default all of up to 700, else about 300.

    Returns
    -------
    ExactBins
        The optimum where there are no more than ``n_candidates`` possible edges. Else the optimum among
        candidates, of which edges were then moved, put in and taken away together over all cells, until
        nothing improves (:func:`gradcut.binning.refine.refined`): a search and no proof.

    Raises
    ------
    DeclarationError
        If the objective does not add over bins, or the number of bins is none.
    """
    objective.check_additive("the exact method")
    if isinstance(max_bins, bool) or max_bins < 1:
        raise DeclarationError("a number of bins is at least 1", given=repr(max_bins))
    intervals = Intervals(cells, objective, limits, ends)
    if n_candidates is None:
        n_candidates = cells.n_cells if cells.n_cells <= ALL else CANDIDATES
    looked_at = candidates(intervals, n_candidates, greedy=max_bins + MORE)
    nodes = np.concatenate([[0], looked_at, [cells.n_cells]])
    # Edges of a few bins more are good for fewer bins, too.
    some = len(looked_at) < cells.n_cells - 1
    best = chains(
        intervals.merit(nodes[:, None], nodes[None, :]), min(max_bins + MORE * some, len(nodes) - 1)
    )
    cuts = [None if one is None else nodes[one] for one in best]
    if some:
        cuts = refined(intervals, looked_at, cuts)
    cuts = cuts[:max_bins] + [None] * (max_bins - len(cuts))
    values = np.array([np.nan if one is None else intervals.value(one) for one in cuts])
    return ExactBins(intervals, tuple(cuts), values, looked_at)


def _closest(intervals: Intervals, looked_at: NDArray[np.int64], n_bins: int) -> NDArray[np.int64]:
    """Cuts with the largest least excess over the limits."""
    n = intervals.n_cells
    nodes = np.unique(np.concatenate([[0], looked_at, np.linspace(0, n, CLOSEST + 1).astype(np.int64)]))
    excess = np.minimum(intervals.excess(nodes[:, None], nodes[None, :]), 1e9).T
    reached, came_from = excess[:, 0], []
    for _ in range(n_bins - 1):
        worst = np.minimum(reached, excess)
        came_from.append(worst.argmax(1))
        reached = worst[np.arange(len(worst)), came_from[-1]]
    path = [len(nodes) - 1]
    for previous in reversed(came_from):
        path.append(int(previous[path[-1]]))
    return nodes[path[:0:-1]]
