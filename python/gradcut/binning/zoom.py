"""Edges moved together: dynamic programming within windows around them, finer and finer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.intervals import Intervals

__all__ = ["best_in_windows", "zoom"]

#: Places on either side of a cut in its window, and by how much windows shrink from one pass to the next.
HALF, SHRINK = 6, 3
OFFSETS = np.arange(-HALF, HALF + 1)


def zoom(
    intervals: Intervals, starts: list[NDArray[np.int64]], reach: list[NDArray[np.int64]]
) -> list[NDArray[np.int64]]:
    """Move the cuts of several sets of bins to the best places in windows, until nothing improves.

    Parameters
    ----------
    intervals : Intervals
        The cells.
    starts : list of ndarray of int64
        Cuts of each set, at least one; bins that keep to the limits.
    reach : list of ndarray of int64
        How far the first windows reach to either side of each cut.

    Returns
    -------
    list of ndarray of int64
        Cuts, none worse than where it started.
    """
    cuts = [np.asarray(one) for one in starts]
    steps = [np.maximum(-(-one // HALF), 1) for one in reach]
    merits = [-np.inf] * len(cuts)
    going = list(range(len(cuts)))
    while going:
        windows = [
            (cuts[c][:, None] + steps[c][:, None] * OFFSETS).clip(1, intervals.n_cells - 1) for c in going
        ]
        found = best_in_windows(intervals, windows)
        left = []
        for c, (merit, better) in zip(going, found, strict=True):
            finest = bool((steps[c] == 1).all())
            moved = merit > merits[c] + 1e-12 * abs(merit)
            if moved:
                cuts[c], merits[c] = better, merit
            if moved or not finest:
                left.append(c)
            steps[c] = np.maximum(steps[c] // SHRINK, 1)
        going = left
    return cuts


def best_in_windows(
    intervals: Intervals, windows: list[NDArray[np.int64]]
) -> list[tuple[float, NDArray[np.int64]]]:
    """Merit and cuts of each set of bins when every cut is at the best of its places.

    Parameters
    ----------
    intervals : Intervals
        The cells.
    windows : list of ndarray of int64, shape (cuts, places)
        Places of the cuts of each set; as many for all.
    """
    n = np.full(windows[0].shape[1], intervals.n_cells)
    # The merits of all sets are asked for together: first bins, last bins, and those in between.
    first = intervals.merit(np.zeros_like(n), np.array([w[0] for w in windows]))
    last = intervals.merit(np.array([w[-1] for w in windows]), n)
    low = np.concatenate([w[:-1] for w in windows])
    high = np.concatenate([w[1:] for w in windows])
    between = intervals.merit(low[:, :, None], high[:, None, :])
    found, start = [], 0
    for w, begin, end in zip(windows, first, last, strict=True):
        reached, came_from = begin, []
        for step in between[start : start + len(w) - 1]:
            total = reached[:, None] + step
            came_from.append(total.argmax(0))
            reached = total.max(0)
        start += len(w) - 1
        at = int((reached + end).argmax())
        merit, path = float((reached + end)[at]), [at]
        for previous in reversed(came_from):
            path.append(int(previous[path[-1]]))
        found.append((merit, w[np.arange(len(w)), path[::-1]]))
    return found
