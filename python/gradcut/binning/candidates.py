"""Cuts that are looked at first, where there are more cells than pairs of them can be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.cells import Cells
    from gradcut.binning.intervals import Intervals

__all__ = ["candidates", "greedy_cuts"]


def candidates(intervals: Intervals, count: int, *, greedy: int = 200) -> NDArray[np.int64]:
    """Choose cuts such that little of anything lies between neighbours.

    Parameters
    ----------
    intervals : Intervals
        The cells.
    count : int
        About so many; all where there are no more than that.
    greedy : int, default 200
        How many of the smallest bins within the limits are among them, from either end.

    Returns
    -------
    ndarray of int64
        Increasing, without the ends: at equal shares of the signal, of the background and of the entries, at
        equal ratios of the background that is left on either side, and where bins that just keep to the
        limits would end.
    """
    cells, n = intervals.cells, intervals.n_cells
    if n - 1 <= count:
        return np.arange(1, n)
    signal, background = (_size(cells, role) for role in ("signal", "background"))
    entries = np.abs(cells.sums[0]).sum((0, 1, 2))
    wanted = [_at_shares(signal, count // 3), _at_shares(background, count // 6)]
    wanted += [_at_shares(entries, count // 6)]
    wanted += [_at_ratios(background, count // 8), n - _at_ratios(background[::-1], count // 4)]
    if intervals.limits is not None and greedy:
        wanted += [greedy_cuts(intervals, from_right=right, most=greedy) for right in (False, True)]
    found = np.unique(np.concatenate(wanted))
    return found[(found > 0) & (found < n)]


def greedy_cuts(intervals: Intervals, *, from_right: bool, most: int = 200) -> NDArray[np.int64]:
    """Cuts of the smallest bins that keep to the limits, made from one end; what is left joins the last."""
    n = intervals.n_cells
    start, end = (n, 0) if from_right else (0, n)
    cuts, at = [start], start
    while len(cuts) <= most:
        following = _next_cut(intervals, at, end)
        if following is None:
            break
        cuts.append(following)
        at = following
        if at == end:
            break
    # The bins that are left over have no end of their own: drop cuts until the last bin keeps to the limits.
    if cuts[-1] == end:
        cuts.pop()
    while len(cuts) > 1:
        low, high = sorted((cuts[-1], end))
        if intervals.excess(np.array([low]), np.array([high]))[0] >= 0:
            break
        cuts.pop()
    return np.sort(np.array(cuts[1:], dtype=np.int64))


def _next_cut(intervals: Intervals, at: int, end: int) -> int | None:
    """Nearest cut towards an end with which a bin keeps to the limits."""
    sign, size, done = (1 if end > at else -1), 64, 0
    while done < abs(end - at):
        steps = np.arange(done + 1, min(done + size, abs(end - at)) + 1)
        low, high = np.full(len(steps), at), at + sign * steps
        met = intervals.excess(np.minimum(low, high), np.maximum(low, high)) >= 0
        if met.any():
            return int(high[met.argmax()])
        done, size = done + len(steps), 4 * size
    return None


def _size(cells: Cells, role: str) -> NDArray[np.float64]:
    processes = cells.layout.process_indices(role)
    return np.asarray(np.abs(cells.sums[1][:, processes, 0]).sum((0, 1)))


def _at_shares(size: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    running = np.cumsum(size)
    if count < 1 or running[-1] <= 0:
        return np.zeros(0, dtype=np.int64)
    return np.asarray(np.searchsorted(running, running[-1] * np.arange(1, count) / count) + 1)


def _at_ratios(size: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Cuts between which what is on their left grows by a factor."""
    running = np.cumsum(size)
    least = running[running > 0].min(initial=np.inf)
    if count < 1 or not 0 < least < running[-1]:
        return np.zeros(0, dtype=np.int64)
    return np.asarray(np.searchsorted(running, np.geomspace(least, running[-1], count)) + 1)
