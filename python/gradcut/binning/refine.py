"""The best bins among some edges made the best among all: edges moved, put in and taken away, many at a time.

Every round collects places that are worth trying for any number of bins, and finds by dynamic programming the
best bins of all numbers with edges at any of them, so that what one number has found serves the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.binning.candidates import candidates
from gradcut.binning.chains import chains
from gradcut.binning.intervals import ROUNDING
from gradcut.binning.moves import profiles
from gradcut.binning.zoom import HALF, zoom

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.intervals import Intervals

    _Cuts = NDArray[np.int64]

__all__ = ["refined"]

#: Places that single edges are moved to or put at.
PLACES = 4000
#: Places where narrow bins begin, how many of these are tried, and by how many cells they are wider than the
#: limits ask for.
BEGINNINGS, NARROW, WIDER = 8000, 60, (0, 1, 3)
#: Rounds at most; few are ever needed.
ROUNDS = 10


def refined(intervals: Intervals, looked_at: _Cuts, cuts: list[_Cuts | None]) -> list[_Cuts | None]:
    """Improve bins of all numbers together until nothing is found any more.

    Parameters
    ----------
    intervals : Intervals
        The cells, with an objective that adds over bins.
    looked_at : ndarray of int64
        Cuts of which all pairs were compared.
    cuts : list of (ndarray or None)
        The best of these for 1, 2, ... bins; None where there are none.

    Returns
    -------
    list of (ndarray or None)
        Bins that are no worse. No single edge can be moved or put elsewhere with a gain, among thousands of
        places over all of the range and all cells nearby.
    """
    intervals.remember()
    most = len(cuts)
    full = np.concatenate([[0], looked_at, [intervals.n_cells]])
    gaps = np.maximum(np.diff(full)[1:], np.diff(full)[:-1])
    cuts = _zoomed(intervals, cuts, [gaps[np.searchsorted(looked_at, one)] for one in _there(cuts)])
    places = candidates(intervals, PLACES, greedy=0)
    narrow = _narrowest(intervals, candidates(intervals, BEGINNINGS, greedy=0))
    for _ in range(ROUNDS):
        before = _merits(intervals, cuts)
        there = [one for one in cuts if one is not None]
        if not there:
            break
        worth = [np.array([0, intervals.n_cells]), *there]
        worth += [_narrow_bins(intervals, one, *narrow) for one in (there[len(there) // 2], there[-1])]
        worth += [_put_in(intervals, one, places) for one in there]
        for one in _there(cuts):
            moved = profiles(intervals, one, np.arange(len(one)), places)
            worth.append(np.array([at[merit.argmax()] for at, merit in moved]))
        nodes = np.unique(np.concatenate(worth))
        best = chains(intervals.merit(nodes[:, None], nodes[None, :]), min(most, len(nodes) - 1))
        cuts = [None if path is None else nodes[path] for path in best] + [None] * (most - len(best))
        cuts = _zoomed(intervals, cuts, [np.full(len(one), HALF) for one in _there(cuts)])
        after = _merits(intervals, cuts)
        if not (after > before + 1e-12 * np.abs(before)).any():
            break
    return cuts


def _there(cuts: list[_Cuts | None]) -> list[_Cuts]:
    """Those that have an edge."""
    return [one for one in cuts if one is not None and len(one)]


def _zoomed(intervals: Intervals, cuts: list[_Cuts | None], reach: list[_Cuts]) -> list[_Cuts | None]:
    found = iter(zoom(intervals, _there(cuts), reach))
    return [one if one is None or not len(one) else next(found) for one in cuts]


def _merits(intervals: Intervals, cuts: list[_Cuts | None]) -> NDArray[np.float64]:
    """Merit for every number of bins, very low where there are none."""
    made = np.full(len(cuts), np.finfo(np.float64).min)
    for k, one in enumerate(cuts):
        if one is not None:
            full = np.concatenate([[0], one, [intervals.n_cells]])
            made[k] = intervals.merit(full[:-1], full[1:]).sum()
    return made


def _put_in(intervals: Intervals, cuts: _Cuts, places: _Cuts) -> _Cuts:
    """The place that divides each bin best; of a bin without such a place none."""
    full = np.concatenate([[0], cuts, [intervals.n_cells]])
    bin_of = np.searchsorted(full, places, side="right") - 1
    inside = full[bin_of] < places
    places, bin_of = places[inside], bin_of[inside]
    merit = intervals.merit(full[bin_of], places) + intervals.merit(places, full[bin_of + 1])
    order = np.lexsort((-merit, bin_of))
    first = order[np.flatnonzero(np.diff(bin_of[order], prepend=-1))]
    return places[first[merit[first] > -np.inf]]


def _narrowest(intervals: Intervals, low: _Cuts) -> tuple[_Cuts, _Cuts]:
    """Cuts, and where the narrowest bin from each ends that keeps to the limits; without those with none.

    By bisection, as if a wider bin always kept to what a narrower one does.
    """
    short, enough = low.copy(), np.full(len(low), intervals.n_cells + 1)
    while len(going := np.flatnonzero(enough - short > 1)):
        middle = (short[going] + enough[going]) // 2
        met = intervals.excess(low[going], middle) >= -ROUNDING
        enough[going[met]], short[going[~met]] = middle[met], middle[~met]
    some = enough <= intervals.n_cells
    return low[some], enough[some]


def _narrow_bins(intervals: Intervals, cuts: _Cuts, low: _Cuts, ends: _Cuts) -> _Cuts:
    """Both edges of narrow bins, such as around a few events of the signal, that improve given ones most.

    The bins that are given lose what lies in a new one, and those wholly in it are gone. The edges of a new
    bin often gain nothing one at a time, and so are found in no other way.
    """
    full = np.concatenate([[0], cuts, [intervals.n_cells]])
    worth = np.concatenate([[0.0], np.cumsum(intervals.merit(full[:-1], full[1:]))])
    before = np.searchsorted(full, low, side="right") - 1
    left = np.where(full[before] == low, 0.0, intervals.merit(full[before], low)) + worth[before]
    merit, high = np.full(len(low), -np.inf), ends
    for wider in WIDER:
        end = np.minimum(ends + wider, intervals.n_cells)
        after = np.searchsorted(full, end)
        right = np.where(full[after] == end, 0.0, intervals.merit(end, full[after])) - worth[after]
        own = left + intervals.merit(low, end) + right
        high = np.where(own > merit, end, high)
        merit = np.maximum(own, merit)
    taken, found = np.zeros(intervals.n_cells, dtype=np.bool_), list[tuple[int, int]]()
    for at in np.argsort(-merit, kind="stable"):
        if merit[at] == -np.inf or len(found) == NARROW:
            break
        if not taken[low[at] : high[at]].any():
            taken[low[at] : high[at]] = True
            found.append((low[at], high[at]))
    return np.array(found, dtype=np.int64).ravel()
