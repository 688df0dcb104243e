"""Exact yields of two thresholds at once, and exchanges: one is loosened, another tightened."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gradcut.fitting.events import terms
from gradcut.fitting.search import spread
from gradcut.kernel_spec import KINDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.fitting.events import HardEvents
    from gradcut.objectives import Objective
    from gradcut.yields import Yields

__all__ = ["exchanged", "sweep_pair"]

#: Candidates per threshold that are looked at together.
GRID = 32
#: Cycles over all pairs.
CYCLES = 4


class _Range(NamedTuple):
    """Candidates of a threshold with which an event passes its cut: from first up to, not including, last."""

    first: NDArray[np.int64]
    last: NDArray[np.int64]


def sweep_pair(
    events: HardEvents,
    pair: tuple[int, int],
    values: NDArray[np.float64],
    grids: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> Yields:
    """Hard yields with two thresholds at all combinations of increasing candidates, the others as they are.

    Both are each of one cut, and not the two ends of a veto. Points run through the second grid first.
    """
    shape = len(grids[0]) + 1, len(grids[1]) + 1
    sums = events.empty(len(grids[0]) * len(grids[1]))
    requirements = {events.requirement_of(events.cut_of(parameter)) for parameter in pair}
    for number, segment in enumerate(events.segments):
        kept = np.flatnonzero(events.mask(number, values, skip=requirements) & (segment.weights != 0))
        one, two = (
            _range(events, number, parameter, pair, values, grid, kept)
            for parameter, grid in zip(pair, grids, strict=True)
        )
        c, p, v = segment.at
        corners = [
            (sign * side, first * shape[1] + second)
            for sign, first in ((1.0, one.first), (-1.0, one.last))
            for side, second in ((1.0, two.first), (-1.0, two.last))
        ]
        for moment, term in enumerate(terms(segment.weights[kept], segment.variance_scale)):
            steps = sum(
                sign * np.bincount(at, weights=term, minlength=shape[0] * shape[1]) for sign, at in corners
            )
            table = np.asarray(steps).reshape(shape).cumsum(0).cumsum(1)[:-1, :-1]
            sums[moment, :, c, p, v, 0] = table.reshape(-1)
    return events.finish(sums)


def _range(
    events: HardEvents,
    number: int,
    parameter: int,
    pair: tuple[int, int],
    values: NDArray[np.float64],
    grid: NDArray[np.float64],
    kept: NDArray[np.int64],
) -> _Range:
    spec, cut = events.spec, events.cut_of(parameter)
    # The other end of the same window is judged by its own range.
    rest = values.copy()
    for end, away in ((spec.low[cut], -np.inf), (spec.high[cut], np.inf)):
        if end >= 0 and end in pair:
            rest[end] = away
    needed = events.needed_threshold(number, parameter, rest, events.requirement_of(cut))[kept]
    size = np.full(len(kept), len(grid))
    if events.signs[parameter] > 0:
        return _Range(np.searchsorted(grid, needed), size)
    last = np.searchsorted(grid, -needed, side="right")
    return _Range(np.zeros_like(last), np.where(np.isnan(needed), 0, last))


def exchanged(
    events: HardEvents,
    objective: Objective,
    values: NDArray[np.float64],
    free: NDArray[np.bool_],
    *,
    grid: int = GRID,
    fine: bool = True,
) -> NDArray[np.float64]:
    """Move two thresholds at a time to their best places until no pair improves the hard objective.

    The best place of a pair is looked for among ``grid`` candidates for either threshold, over all events;
    they then narrow around it down to single events, unless ``fine`` is false.
    """
    values = values.copy()
    best = float(objective.merit(events.yields(values[None]))[0])
    pairs = [pair for pair in combinations(np.flatnonzero(free).tolist(), 2) if _can(events, pair)]
    for _ in range(CYCLES):
        before = best
        for pair in pairs:
            places, score = _best_pair(events, objective, pair, values, grid, fine)
            if score > best:
                values[list(pair)], best = places, score
        if not best > before:
            break
    return values


def _can(events: HardEvents, pair: tuple[int, int]) -> bool:
    """Whether each decides for itself: in requirements of their own, or as the ends of one window."""
    spec = events.spec
    if not all(events.can_sweep(p) and len(spec.users(p)) == 1 for p in pair):
        return False
    if any(chain.sign and set(pair) <= set(chain.parameters) for chain in spec.chains):
        return False  # one would have to make way for the other
    cuts = [events.cut_of(parameter) for parameter in pair]
    if any(p not in (spec.low[c], spec.high[c]) for p, c in zip(pair, cuts, strict=True)):
        return False  # part of a threshold
    if cuts[0] == cuts[1]:
        return spec.is_plain(cuts[0]) and spec.kinds[cuts[0]] != KINDS["veto"]
    return events.requirement_of(cuts[0]) != events.requirement_of(cuts[1])


def _best_pair(
    events: HardEvents,
    objective: Objective,
    pair: tuple[int, int],
    values: NDArray[np.float64],
    grid: int,
    fine: bool,
) -> tuple[tuple[float, float], float]:
    everything = [events.candidates_within(parameter, values, pair) for parameter in pair]
    ends = [(0, len(candidates) - 1) for candidates in everything]
    found, best = (float(values[pair[0]]), float(values[pair[1]])), -np.inf
    while True:
        # What there is now is on the grid, too: a coarse one is no reason to lose it.
        now = [
            int(np.clip(np.searchsorted(c, values[p]), *end))
            for c, p, end in zip(everything, pair, ends, strict=True)
        ]
        at = [spread(*end, grid, place) for end, place in zip(ends, now, strict=True)]
        grids = everything[0][at[0]], everything[1][at[1]]
        merit = objective.merit(sweep_pair(events, pair, values, grids)).reshape(len(at[0]), len(at[1]))
        merit = np.where(_in_order(events, pair, grids), merit, -np.inf)
        i, j = (int(k) for k in np.unravel_index(np.argmax(merit), merit.shape))
        if merit[i, j] > best:
            found, best = (float(grids[0][i]), float(grids[1][j])), float(merit[i, j])
        if (
            best == -np.inf
            or not fine
            or all(len(a) == e[1] - e[0] + 1 for a, e in zip(at, ends, strict=True))
        ):
            return found, best
        ends = [
            (int(a[max(k - 1, 0)]), int(a[min(k + 1, len(a) - 1)])) for a, k in zip(at, (i, j), strict=True)
        ]


def _in_order(
    events: HardEvents, pair: tuple[int, int], grids: tuple[NDArray[np.float64], NDArray[np.float64]]
) -> NDArray[np.bool_]:
    """Where the ends of a window do not cross."""
    one, two = grids[0][:, None], grids[1][None, :]
    cut = events.cut_of(pair[0])
    if cut != events.cut_of(pair[1]):
        return np.ones((len(grids[0]), len(grids[1])), dtype=np.bool_)
    return np.asarray(one <= two if events.spec.low[cut] == pair[0] else two <= one)
