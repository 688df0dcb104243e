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
from gradcut.binning.intervals import Intervals
from gradcut.binning.moves import improve_cuts, profiles
from gradcut.binning.zoom import best_in_windows, zoom
from gradcut.errors import DeclarationError, UnattainableError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.cells import Cells
    from gradcut.binning.limits import BinLimits
    from gradcut.objectives.base import Objective

__all__ = ["ExactBins", "exact"]

#: Cuts of which all pairs are compared; where there are more cells, the others come in afterwards.
CANDIDATES = 500
#: Cuts that are looked at to say how closely limits are missed, besides those that were anyway.
CLOSEST = 1000
#: Places that single edges are moved to, of which the best of so many parts of the range are tried together.
PLACES, PEAKS = 4000, 24
#: Larger numbers of bins that are looked at besides.
MORE = 3
#: How often at most edges are moved and those of different numbers of bins recombined.
ROUNDS = 10


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
    n_candidates: int = CANDIDATES,
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
    n_candidates : int, default 500
        Edges of which all pairs are compared.

    Returns
    -------
    ExactBins
        The optimum where there are no more than ``n_candidates`` possible edges. Else the optimum among
        candidates, from which edges were then moved, all together within windows and each by itself over
        all cells, until nothing improves.

    Raises
    ------
    DeclarationError
        If the objective does not add over bins, or the number of bins is none.
    """
    objective.check_additive("the exact method")
    if isinstance(max_bins, bool) or max_bins < 1:
        raise DeclarationError("a number of bins is at least 1", given=repr(max_bins))
    intervals = Intervals(cells, objective, limits, ends)
    looked_at = candidates(intervals, n_candidates)
    nodes = np.concatenate([[0], looked_at, [cells.n_cells]])
    # Edges of a few bins more are good for fewer bins, too.
    most = min(max_bins + (MORE if len(looked_at) < cells.n_cells - 1 else 0), len(nodes) - 1)
    best = chains(intervals.merit(nodes[:, None], nodes[None, :]), most)
    cuts = [None if one is None else nodes[one] for one in best]
    if len(looked_at) < cells.n_cells - 1:
        cuts = _refined(intervals, looked_at, cuts)
    cuts = cuts[:max_bins] + [None] * (max_bins - len(cuts))
    values = np.array([np.nan if one is None else intervals.value(one) for one in cuts])
    return ExactBins(intervals, tuple(cuts), values, looked_at)


def chains(merit: NDArray[np.float64], max_bins: int) -> list[NDArray[np.int64] | None]:
    """Best inner nodes of a path from the first to the last in 1, 2, ... steps, None where there is no path.

    Parameters
    ----------
    merit : ndarray of shape (nodes, nodes)
        Of a step from one node to a later one; minus infinity for one that is not allowed.
    max_bins : int
        Largest number of steps.
    """
    backwards = np.ascontiguousarray(merit.T)
    reached, came_from = merit[0], []
    found: list[NDArray[np.int64] | None] = []
    for k in range(max_bins):
        if k:
            total = reached + backwards
            came_from.append(total.argmax(1))
            reached = total[np.arange(len(total)), came_from[-1]]
        if reached[-1] == -np.inf:
            found.append(None)
            continue
        path = [len(reached) - 1]
        for previous in reversed(came_from):
            path.append(int(previous[path[-1]]))
        found.append(np.array(path[:0:-1], dtype=np.int64))
    return found


def _refined(
    intervals: Intervals, looked_at: NDArray[np.int64], cuts: list[NDArray[np.int64] | None]
) -> list[NDArray[np.int64] | None]:
    """Cuts moved over all cells, those of different numbers of bins recombined, until nothing improves."""
    full = np.concatenate([[0], looked_at, [intervals.n_cells]])
    gaps = np.maximum(np.diff(full)[1:], np.diff(full)[:-1])
    places = candidates(intervals, PLACES, with_limits=False)
    todo = [k for k, one in enumerate(cuts) if one is not None and len(one)]
    for _ in range(ROUNDS):
        starts = [one for k in todo if (one := cuts[k]) is not None]
        reach = [gaps[np.searchsorted(looked_at, one).clip(0, len(gaps) - 1)] for one in starts]
        moved = [improve_cuts(intervals, one, places) for one in zoom(intervals, starts, reach)]
        together = _best_of_peaks(intervals, moved, places)
        again = set()
        for k, one, (merit, other) in zip(todo, moved, together, strict=True):
            cuts[k] = one
            if merit > (now := _merit(intervals, one)) + 1e-12 * abs(now):
                cuts[k] = other
                again.add(k)
        todo = sorted(again | _recombined(intervals, cuts))
        if not todo:
            break
    return cuts


def _best_of_peaks(
    intervals: Intervals, cuts: list[NDArray[np.int64]], places: NDArray[np.int64]
) -> list[tuple[float, NDArray[np.int64]]]:
    """Merit and cuts of each set when every cut is at the best of the peaks of its profile, all together."""
    reach = intervals.n_cells // len(places) + 1
    around = np.arange(-reach, reach + 1)
    windows = []
    for one in cuts:
        rough = _peaks(intervals, one, places)
        finer = np.unique((rough.reshape(-1, 1) + around).clip(1, intervals.n_cells - 1))
        windows.append(_peaks(intervals, one, finer) if reach > 1 else rough)
    return best_in_windows(intervals, windows)


def _peaks(intervals: Intervals, cuts: NDArray[np.int64], places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Best places of each cut in parts of its range, and where it is; shape (cuts, peaks + 1)."""
    own = []
    for k, (at, merit) in enumerate(profiles(intervals, cuts, np.arange(len(cuts)), places)):
        parts = np.array_split(np.arange(len(at)), PEAKS)
        window = [at[part[merit[part].argmax()]] for part in parts if len(part)]
        own.append(np.pad([*window, cuts[k]], (0, PEAKS - len(window)), mode="edge"))
    return np.array(own)


def _merit(intervals: Intervals, cuts: NDArray[np.int64]) -> float:
    full = np.concatenate([[0], cuts, [intervals.n_cells]])
    return float(intervals.merit(full[:-1], full[1:]).sum())


def _recombined(intervals: Intervals, cuts: list[NDArray[np.int64] | None]) -> set[int]:
    """Replace cuts by the best that all of them together allow, and say for which numbers of bins."""
    there = [one for one in cuts if one is not None]
    nodes = np.unique(np.concatenate([[0, intervals.n_cells], *there]))
    merit = intervals.merit(nodes[:, None], nodes[None, :])
    changed = set()
    for k, path in enumerate(chains(merit, min(len(cuts), len(nodes) - 1))):
        old = cuts[k]
        if path is None or old is None:
            continue
        new, size = _along(merit, path), _along(merit, np.searchsorted(nodes, old))
        if new > size + 1e-12 * abs(size):
            cuts[k] = nodes[path]
            changed.add(k)
    return changed


def _along(merit: NDArray[np.float64], path: NDArray[np.int64]) -> float:
    """Sum of the steps from the first node over those of a path to the last."""
    full = np.concatenate([[0], path, [len(merit) - 1]])
    return float(merit[full[:-1], full[1:]].sum())


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
