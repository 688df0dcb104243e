"""Exchanges: one threshold is loosened, another tightened by as much of the signal."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gradcut.scanning.places import Loosened, Tightened, gained, loosened, tightened

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.scanning.sides import Sides

__all__ = ["Exchange", "Exchanges", "Price"]

#: A threshold with fewer different values than this is tightened to each of them, and the other follows.
FEW = 64

#: From thresholds of one working point, shape (points, parameters), to their penalty.
Price = Callable[["NDArray[np.float64]"], "NDArray[np.float64]"]


class Exchange(NamedTuple):
    """An exchange of two parameters and what it is worth."""

    loosened: int
    tightened: int
    #: Which of the two is placed, and where; the other follows from the target.
    placed: int
    place: float
    #: By how much the logarithm of the background falls, less the penalty; about right.
    gain: float

    @property
    def follows(self) -> int:
        """The other one."""
        return self.tightened if self.placed == self.loosened else self.loosened


class _Met(NamedTuple):
    """Where the signal is what it was: rows of a table, with the position in each and what is there."""

    rows: NDArray[np.int64]
    after: NDArray[np.int64]
    share: NDArray[np.float64]
    background: NDArray[np.float64]


class Exchanges:
    """Looks for exchanges around working points.

    Parameters
    ----------
    sides : Sides
        Thresholds and events.
    """

    def __init__(self, sides: Sides) -> None:
        self.sides = sides
        weights = np.abs(sides.weights[sides.is_signal & (sides.weights != 0)])
        #: Yield of one signal event of mean weight.
        self.event = float(weights.mean()) if len(weights) else 0.0

    def ranked(
        self,
        values: NDArray[np.float64],
        *,
        within: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None,
        price: Price | None = None,
    ) -> list[Exchange]:
        """Best exchange of each pair that lowers the background at the same signal, the best first.

        Parameters
        ----------
        values : ndarray of shape (parameters,)
            Thresholds.
        within : pair of ndarray of shape (parameters,), optional
            Tightest and loosest allowed thresholds, times the sign of the loosening.
        price : callable, optional
            From thresholds of shape (points, parameters) to what they cost besides the background.
        """
        sides, n = self.sides, len(self.sides.parameters)
        failed = sides.failed(values)
        misses = failed.sum(axis=0)
        misses[~sides.alive(values)] = n + 2
        near = np.flatnonzero(misses <= 1)
        weights, is_signal, inside = sides.weights[near], sides.is_signal[near], misses[near] == 0
        left = [float(weights[inside & chosen].sum()) for chosen in (is_signal, ~is_signal)]
        if left[0] <= 0 or left[1] <= 0:
            return []
        need, failed = sides.need[:, near], failed[:, near]
        lowest, highest = np.full(n, -np.inf), np.full(n, np.inf)
        if within is not None:
            lowest, highest = (end[sides.parameters] for end in within)
        tight = [tightened(need[q], inside, is_signal, weights, lowest[q]) for q in range(n)]
        found = []
        for p in range(n):
            outside = np.flatnonzero(failed[p])
            come, mass = is_signal[outside], weights[outside]
            loose = loosened(need[p][outside], come, highest[p])
            if not len(loose.limits):
                continue
            for q in range(n):
                if p == q or not len(tight[q].limits):
                    continue
                first, sizes = tight[q].first[outside], (len(loose.limits), len(tight[q].limits))
                excess, background = (
                    gained(loose.first[chosen], sizes[0], first[chosen], sizes[1], mass[chosen]) - lost
                    for chosen, lost in zip((come, ~come), tight[q].lost, strict=True)
                )
                one = self._best((p, q), values, left[1], excess, background, loose, tight[q], price)
                if one is not None:
                    found.append(one)
        return sorted(found, key=lambda one: -one.gain)

    def _best(
        self,
        pair: tuple[int, int],
        values: NDArray[np.float64],
        left: float,
        excess: NDArray[np.float64],
        background: NDArray[np.float64],
        loose: Loosened,
        tight: Tightened,
        price: Price | None,
    ) -> Exchange | None:
        """Best exchange of a pair of sides, from the signal and the background that each would add."""
        p, q = (self.sides.parameters[side] for side in pair)
        signs = self.sides.sign[list(pair)]
        ways: list[tuple[int, int, Loosened | Tightened, Loosened | Tightened, NDArray[np.float64]]]
        ways = [(p, q, loose, tight, signs)]
        if int(tight.values.sum()) < FEW:
            ways.append((q, p, tight, loose, signs[::-1]))
        best: Exchange | None = None
        for placed, other, places, following, (sign, others) in ways:
            signal, rest = (excess, background) if placed == p else (-excess.T, background.T)
            met = _met(signal[1:], rest[1:], following.values, self.event)
            if not len(met.rows):
                continue
            merit = -np.log(np.maximum(left + met.background, 1e-3 * left) / left)
            where = places.limits[met.rows] * sign
            if price is not None:
                now = others * values[other]
                limits = np.append(now if np.isfinite(now) else following.limits[0], following.limits)
                between = limits[met.after - 1] * (1 - met.share) + limits[met.after] * met.share
                trials = np.repeat(values[None], len(where), axis=0)
                trials[:, placed], trials[:, other] = where, between * others
                merit = merit - price(trials) + price(values[None])
            at = int(np.argmax(merit))
            if merit[at] > (0.0 if best is None else best.gain):
                best = Exchange(p, q, placed, float(where[at]), float(merit[at]))
        return best


def _met(
    excess: NDArray[np.float64], background: NDArray[np.float64], values: NDArray[np.int64], event: float
) -> _Met:
    """Where the excess of the signal comes down to nothing along each row, to one event.

    Parameters
    ----------
    excess, background : ndarray of shape (rows, positions)
        What is added to signal and background.
    values : ndarray of shape (positions - 1,)
        Places that there are from the position before.
    event : float
        Yield of one event.
    """
    reached = excess <= 0
    rows = np.flatnonzero(reached.any(axis=1))
    after = np.maximum(reached[rows].argmax(axis=1), 1)
    above, below = excess[rows, after - 1], excess[rows, after]
    between = np.maximum(values[after - 1], 1)
    share = np.clip(above / np.maximum(above - below, 1e-300), 0, 1)
    share = np.round(share * between) / between
    background = background[rows, after - 1] * (1 - share) + background[rows, after] * share
    good = np.abs(above * (1 - share) + below * share) <= 1.01 * event
    return _Met(rows[good], after[good], share[good], background[good])
