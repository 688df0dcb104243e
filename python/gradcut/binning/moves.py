"""Edges moved one at a time: to improve an objective, or to keep to limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.binning.candidates import candidates
from gradcut.binning.intervals import ROUNDING, Intervals
from gradcut.errors import UnattainableError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.cells import Cells
    from gradcut.binning.limits import BinLimits
    from gradcut.objectives.base import Objective

__all__ = ["improve_cuts", "improve_edges", "profiles", "repair"]

#: Sweeps over all edges at most; each improves the objective, and few are ever needed.
SWEEPS = 50
#: Every so many-th place is looked at for an edge that moves beyond its neighbours.
RELOCATED = 8
#: Places that edges may be moved to where limits are missed.
REPAIR = 300
#: Places of an edge that are compared at once, where an objective has to be computed of all bins.
PLACES = 64


def improve_edges(
    cells: Cells,
    objective: Objective,
    edges: NDArray[np.float64],
    limits: BinLimits | None = None,
    *,
    ends: tuple[float, float] = (-np.inf, np.inf),
    every: int = 1,
) -> NDArray[np.float64]:
    """Move edges to their best places between cells until no single one can be improved.

    Of an objective that adds over bins, an edge may also leave its place between its neighbours: two bins
    become one, and another one is divided.

    Parameters
    ----------
    cells : Cells
        Of one axis.
    objective : Objective
        Any; of one that adds over bins every place is tried, of others places closer and closer.
    edges : ndarray of shape (bins - 1,)
        Where to start.
    limits : BinLimits, optional
        What every bin has to have; bins that miss them are brought to them first.
    ends : tuple of float, default infinite
        Where the axis ends.
    every : int, default 1
        Only every so many-th place between cells is tried, where the objective adds over bins.

    Returns
    -------
    ndarray of shape (bins - 1,)
        Edges that are no worse.

    Raises
    ------
    UnattainableError
        If the bins miss the limits and cannot be brought to them.
    """
    intervals = Intervals(cells, objective, limits, ends)
    cuts = _placed(intervals, edges)
    if limits:
        cuts = _repaired(intervals, cuts)
    places = np.arange(1, intervals.n_cells, every)
    cuts = improve_cuts(intervals, cuts, places)
    if objective.ties:
        return intervals.edges(cuts)
    for _ in range(SWEEPS):
        elsewhere = relocated(intervals, cuts, np.arange(1, intervals.n_cells, max(every, RELOCATED)))
        if elsewhere is None:
            break
        cuts = improve_cuts(intervals, elsewhere, places)
    return intervals.edges(cuts)


def improve_cuts(
    intervals: Intervals, cuts: NDArray[np.int64], places: NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    """See :func:`improve_edges`; of cuts that keep to the limits, to all places or the given ones."""
    everywhere = np.arange(1, intervals.n_cells) if places is None else places
    for _ in range(SWEEPS):
        if intervals.objective.ties:
            moved = _by_all_bins(intervals, cuts)
        else:
            moved = _by_parts(intervals, cuts, everywhere)
        if np.array_equal(moved, cuts):
            break
        cuts = moved
    return cuts


def profiles(
    intervals: Intervals, cuts: NDArray[np.int64], which: NDArray[np.int64], places: NDArray[np.int64]
) -> list[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """What some cuts are worth at all places between their neighbours, their own among them.

    Of an objective that adds over bins, which a cut changes two of. Places and merits of each.
    """
    full = np.concatenate([[0], cuts, [intervals.n_cells]])
    at = np.searchsorted(places, cuts)
    new = places[np.minimum(at, len(places) - 1)] != cuts
    everywhere = np.insert(places, at[new], cuts[new])
    ends = np.searchsorted(everywhere, [full[which], full[which + 2]])
    begin = np.where(which == 0, 0, ends[0] + 1)
    own = [everywhere[a:b] for a, b in zip(begin, ends[1], strict=True)]
    at, sizes = np.concatenate(own), [len(one) for one in own]
    merit = intervals.merit(np.repeat(full[which], sizes), at)
    merit += intervals.merit(at, np.repeat(full[which + 2], sizes))
    return list(zip(own, np.split(merit, np.cumsum(sizes)[:-1]), strict=True))


def _by_parts(intervals: Intervals, cuts: NDArray[np.int64], places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Move every second edge, then the others: what an edge is worth depends on its two neighbours only."""
    cuts = cuts.copy()
    for first in (0, 1):
        mine = np.arange(first, len(cuts), 2)
        if not len(mine):
            continue
        for k, (at, merit) in zip(mine, profiles(intervals, cuts, mine, places), strict=True):
            now, best = merit[np.searchsorted(at, cuts[k])], int(merit.argmax())
            if _gains(float(merit[best]), float(now)):
                cuts[k] = at[best]
    return cuts


def _by_all_bins(intervals: Intervals, cuts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Move one edge after the other, to the best of some places, then among those around it."""
    cuts = cuts.copy()
    for k in range(len(cuts)):
        low = int(cuts[k - 1]) + 1 if k else 1
        high = int(cuts[k + 1]) - 1 if k + 1 < len(cuts) else intervals.n_cells - 1
        while True:
            places = np.unique(np.append(np.linspace(low, high, PLACES).astype(np.int64), cuts[k]))
            tried = np.repeat(cuts[None], len(places), axis=0)
            tried[:, k] = places
            merit = intervals.merit_of_bins(tried)
            now = float(merit[np.searchsorted(places, cuts[k])])
            best = int(merit.argmax())
            if _gains(float(merit[best]), float(now)):
                cuts[k] = places[best]
            if high - low < PLACES:
                break
            width = -(-(high - low) // PLACES)
            low, high = max(low, int(cuts[k]) - width), min(high, int(cuts[k]) + width)
    return cuts


def _gains(merit: float, now: float) -> bool:
    """Whether a merit is better by more than rounding, also where the bins of now are not possible."""
    return merit > (now + 1e-12 * abs(now) if np.isfinite(now) else now)


def relocated(
    intervals: Intervals, cuts: NDArray[np.int64], places: NDArray[np.int64]
) -> NDArray[np.int64] | None:
    """Take the cut away that is missed least, and divide the bin that gains most from it; None if none gains.

    Parameters
    ----------
    intervals : Intervals
        Cells, with an objective that adds over bins.
    cuts : ndarray of int64
        Cuts of bins that keep to the limits.
    places : ndarray of int64
        Where a bin may be divided.
    """
    if len(cuts) < 2:
        return None
    full = np.concatenate([[0], cuts, [intervals.n_cells]])
    bins = intervals.merit(full[:-1], full[1:])
    if not np.isfinite(bins).all():
        return None  # nothing can be compared with bins that are not possible
    loss = bins[:-1] + bins[1:] - intervals.merit(full[:-2], full[2:])
    bin_of = np.searchsorted(full, places, side="right") - 1
    inside = (places > full[bin_of]) & (places < intervals.n_cells)
    places, bin_of = places[inside], bin_of[inside]
    merit = intervals.merit(full[bin_of], places) + intervals.merit(places, full[bin_of + 1])
    best: tuple[float, int, int] = (1e-9 * abs(float(bins.sum())), -1, -1)
    for number in range(len(bins)):
        own = np.flatnonzero(bin_of == number)
        if not len(own):
            continue
        at = own[int(merit[own].argmax())]
        # A cut of the bin itself is moved, not taken away.
        others = [k for k in range(len(cuts)) if k not in (number - 1, number)]
        if others:
            least = min(others, key=lambda k: float(loss[k]))
            gain = float(merit[at] - bins[number] - loss[least])
            if gain > best[0]:
                best = gain, least, int(places[at])
    if best[1] < 0:
        return None
    return np.sort(np.append(np.delete(cuts, best[1]), best[2]))


def repair(
    cells: Cells,
    edges: NDArray[np.float64],
    limits: BinLimits | None,
    *,
    ends: tuple[float, float] = (-np.inf, np.inf),
) -> NDArray[np.float64]:
    """Move edges as little as needed until every bin keeps to the limits.

    Parameters
    ----------
    cells : Cells
        Of one axis.
    edges : ndarray of shape (bins - 1,)
        Where to start; they go to boundaries of cells.
    limits : BinLimits or None
        What every bin has to have.
    ends : tuple of float, default infinite
        Where the axis ends.

    Returns
    -------
    ndarray of shape (bins - 1,)
        Edges with which the limits are met. Little is what few entries feel: the edges minimise the sum over
        edges of the entries between old and new place, among some hundred places, and none of them could go
        further back by itself.

    Raises
    ------
    UnattainableError
        If no edges were found with which so many bins keep to the limits.
    """
    intervals = Intervals(cells, None, limits, ends)
    return intervals.edges(_repaired(intervals, _placed(intervals, edges)))


def _placed(intervals: Intervals, edges: NDArray[np.float64]) -> NDArray[np.int64]:
    """Cuts next to edges, all different."""
    cuts, n = intervals.nearest(edges), intervals.n_cells
    if len(cuts) > n - 1:
        raise UnattainableError(
            "there are not so many different values to divide",
            given=f"{len(cuts) + 1} bins",
            allowed=f"at most {n}",
            hint="fewer bins; a column that is not the same for all events",
        )
    number = np.arange(len(cuts))
    cuts = np.maximum.accumulate(cuts - number) + number
    return np.asarray(np.minimum(cuts, n - len(cuts) + number))


def _repaired(intervals: Intervals, cuts: NDArray[np.int64]) -> NDArray[np.int64]:
    full = np.concatenate([[0], cuts, [intervals.n_cells]])
    if not len(cuts) or (intervals.excess(full[:-1], full[1:]) >= -ROUNDING).all():
        return cuts
    entries = np.abs(intervals.cells.sums[0]).sum((0, 1, 2))
    passed = np.concatenate([[0.0], np.cumsum(entries)])
    near = (cuts[:, None] + np.arange(-3, 4)).ravel().clip(1, intervals.n_cells - 1)
    nodes = np.union1d(candidates(intervals, REPAIR), near)
    moved = _least_moved(intervals, cuts, nodes, passed)
    return _pulled_back(intervals, moved, cuts)


def _least_moved(
    intervals: Intervals,
    cuts: NDArray[np.int64],
    nodes: NDArray[np.int64],
    passed: NDArray[np.float64],
) -> NDArray[np.int64]:
    """The nodes that cuts reach with the fewest entries between, by dynamic programming."""
    allowed = np.where(intervals.excess(nodes[:, None], nodes[None, :]) >= -ROUNDING, 0.0, np.inf)
    to_end = intervals.excess(nodes, np.full_like(nodes, intervals.n_cells)) >= -ROUNDING
    cost = np.abs(passed[nodes] - passed[cuts][:, None])
    reached = np.where(intervals.excess(np.zeros_like(nodes), nodes) >= -ROUNDING, cost[0], np.inf)
    came_from = []
    for own in cost[1:]:
        total = reached[:, None] + allowed
        came_from.append(total.argmin(0))
        reached = total.min(0) + own
    reached = np.where(to_end, reached, np.inf)
    path = [int(reached.argmin())]
    if reached[path[0]] == np.inf:
        missed = ""
        if intervals.limits is not None:
            missed = intervals.limits.which(intervals.yields(cuts[None]), intervals.bin_widths(cuts[None]))
        raise UnattainableError(
            f"no edges were found with which {len(cuts) + 1} bins keep to the limits",
            given=missed,
            allowed=str(intervals.limits),
            hint="fewer bins, or lower limits",
        )
    for previous in reversed(came_from):
        path.append(int(previous[path[-1]]))
    return nodes[path[::-1]]


def _pulled_back(
    intervals: Intervals, cuts: NDArray[np.int64], wanted: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Move each cut towards where it is wanted, as far as both its bins keep to the limits."""
    cuts = cuts.copy()
    for k in np.flatnonzero(cuts != wanted):
        low = int(cuts[k - 1]) if k else 0
        high = int(cuts[k + 1]) if k + 1 < len(cuts) else intervals.n_cells
        target = int(np.clip(wanted[k], low + 1, high - 1))
        places = np.arange(min(cuts[k], target), max(cuts[k], target) + 1)
        ends = np.broadcast_to(low, places.shape), np.broadcast_to(high, places.shape)
        met = (intervals.excess(ends[0], places) >= -ROUNDING) & (
            intervals.excess(places, ends[1]) >= -ROUNDING
        )
        good = places[met]
        if len(good):
            cuts[k] = good[np.abs(good - target).argmin()]
    return cuts
