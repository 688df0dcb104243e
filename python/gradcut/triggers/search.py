"""Thresholds within a total rate: starts of given shares, exact sweeps, and exchanges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np

from gradcut.triggers.sweep import Swept, sweep
from gradcut.triggers.wanted import Value

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.triggers.events import MenuEvents

__all__ = ["Problem", "exchanged", "shared_out"]

#: Cycles of exchanges over all pairs, and halvings of the search for a rate.
CYCLES, HALVINGS = 12, 40
#: Rates are sums of the same weights in another order.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Problem:
    """What is wanted of the thresholds.

    Parameters
    ----------
    events : MenuEvents
        What is counted.
    candidates : sequence of ndarray
        Increasing candidates of each threshold, larger ones tighter.
    budget : float
        Largest rate of all lines together.
    largest : ndarray of shape (lines,)
        Largest rate of each line; infinite where there is none.
    value : callable
        From efficiencies of shape (signals, points) to what is best when largest.
    """

    events: MenuEvents
    candidates: Sequence[NDArray[np.float64]]
    budget: float
    largest: NDArray[np.float64]
    value: Value

    def thresholds(self, places: NDArray[np.int64]) -> NDArray[np.float64]:
        """Thresholds at some places among their candidates."""
        return np.array([c[place] for c, place in zip(self.candidates, places, strict=True)])

    def merit(self, swept: Swept) -> NDArray[np.float64]:
        """Value where all rates are within their limits; minus infinity elsewhere."""
        good = swept.rate <= self.budget * (1 + ROUNDING)
        good &= (swept.lines <= self.largest[:, None] * (1 + ROUNDING)).all(0)
        return np.where(good, self.value(swept.efficiencies), -np.inf)

    def counted(self, places: NDArray[np.int64]) -> Swept:
        """The menu at one point."""
        thresholds = self.thresholds(places)
        return sweep(self.events, 0, thresholds, thresholds[:1])

    def best(self, parameter: int, places: NDArray[np.int64]) -> tuple[int, float]:
        """Best place of one threshold, the others as they are, and its merit; the tightest of equal ones."""
        thresholds = self.thresholds(places)
        merit = self.merit(sweep(self.events, parameter, thresholds, self.candidates[parameter]))
        at = len(merit) - 1 - int(np.argmax(merit[::-1]))
        return at, float(merit[at])


def shared_out(problem: Problem, shares: NDArray[np.float64]) -> NDArray[np.int64]:
    """Places at which every line has about a given share of the budget by itself.

    The thresholds of a line move together over the ranks of their candidates. One that lines share takes the
    tightest of its places, and all are tightened together until the menu is within the budget.
    """
    events = problem.events
    tightest = np.array([len(c) - 1 for c in problem.candidates])
    places = np.zeros(len(tightest), dtype=np.int64)
    for number, share in enumerate(shares):
        own = sorted({p for process in events.zero_bias for p in process.lines[number].parameters})

        def rate(tightness: float, own: Sequence[int] = own, number: int = number) -> float:
            at = np.where(np.isin(np.arange(len(tightest)), own), np.round(tightness * tightest), 0)
            return float(problem.counted(at.astype(np.int64)).lines[number, 0])

        wanted = min(share * problem.budget, problem.largest[number])
        at = _least(rate, wanted)
        places[own] = np.maximum(places[own], np.round(at * tightest[own]).astype(np.int64))
    everything = _least(
        lambda t: _over(problem, np.round(places + t * (tightest - places)).astype(np.int64)), 0.0
    )
    return np.round(places + everything * (tightest - places)).astype(np.int64)


def _over(problem: Problem, places: NDArray[np.int64]) -> float:
    """By how much rates exceed their limits, relative to these."""
    swept = problem.counted(places)
    lines = (swept.lines[:, 0] / problem.largest).max()
    return float(max(swept.rate[0] / problem.budget, lines) - 1 - ROUNDING)


def _least(rate: Callable[[float], float], wanted: float) -> float:
    """Smallest tightness, from 0 to 1, at which a rate that falls with it is not above what is wanted."""
    if rate(0.0) <= wanted:
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if rate(middle) <= wanted else (middle, high)
    return high


def exchanged(
    problem: Problem, places: NDArray[np.int64], report: Callable[[NDArray[np.int64], float], None]
) -> tuple[NDArray[np.int64], float]:
    """Move one threshold to any of some places and another one to its exact best, until no pair is better.

    Parameters
    ----------
    problem : Problem
        What is wanted.
    places : ndarray of int, shape (parameters,)
        Where to start.
    report : callable
        Told of every cycle, with the places and their merit.
    """
    places = places.copy()
    best = float(problem.merit(problem.counted(places))[0])
    free = [p for p, c in enumerate(problem.candidates) if len(c) > 1]
    for _ in range(CYCLES):
        before = best
        for parameter in free:
            at, merit = problem.best(parameter, places)
            if merit > best:
                places[parameter], best = at, merit
        for one, other in permutations(free, 2):
            places, best = _pair(problem, one, other, places, best)
        report(places, best)
        if not best > before:
            break
    return places, best


def _pair(
    problem: Problem, one: int, other: int, places: NDArray[np.int64], best: float
) -> tuple[NDArray[np.int64], float]:
    """First threshold nearer and nearer to where it is, from both sides; the second at its exact best."""
    last = len(problem.candidates[one]) - 1
    jumps = 2 ** np.arange(int(np.log2(max(last, 1))) + 1)
    tried = np.unique(np.clip(places[one] + np.concatenate([-jumps, jumps]), 0, last))
    for place in tried[tried != places[one]]:
        trial = places.copy()
        trial[one] = place
        trial[other], merit = problem.best(other, trial)
        if merit > best:
            places, best = trial, merit
    return places, best
