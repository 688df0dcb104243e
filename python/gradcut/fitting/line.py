"""All cuts loosened or tightened together by one number: exact yields of every amount."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from gradcut.fitting.neighbours import in_order
from gradcut.fitting.search import best_of
from gradcut.objectives.base import ROUNDING

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.fitting.events import HardEvents
    from gradcut.kernel_spec import KernelSpec
    from gradcut.objectives import Objective
    from gradcut.yields import Yields

__all__ = ["Line", "loosening", "ordered"]

#: So many amounts are looked at together.
AMOUNTS = 1024
#: And so many at last, with the thresholds themselves.
NEAR = 3


def loosening(
    events: HardEvents, scale: NDArray[np.float64], values: NDArray[np.float64], free: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """By how much each threshold moves per unit: one width of its feature to its loose side.

    A threshold that is open, not free, or on the tight side of one cut and the loose side of another stays.
    """
    return np.where(free & np.isfinite(values), events.signs * scale, 0.0)


class Line:
    """Thresholds ``values + amount * unit``.

    Parameters
    ----------
    events : HardEvents
        What is counted.
    values, unit : ndarray of shape (parameters,)
        Where the line starts, and its direction, which loosens every cut that it moves.
    """

    def __init__(self, events: HardEvents, values: NDArray[np.float64], unit: NDArray[np.float64]) -> None:
        self.events, self.values, self.unit = events, values, unit
        self.needs = [events.needs(number, values, unit) for number in range(len(events.segments))]

    def yields(self, amounts: NDArray[np.float64]) -> Yields:
        """Hard yields at some increasing amounts, none of which is one that an event needs."""
        return self.events.counted(len(amounts), [np.searchsorted(amounts, needs) for needs in self.needs])

    def candidates(self) -> NDArray[np.float64]:
        """Amounts that select different events: between neighbouring needs, and beyond them all."""
        counted = zip(self.needs, self.events.segments, strict=True)
        known = np.unique(np.concatenate([n[np.isfinite(n) & (s.weights != 0)] for n, s in counted]))
        if not len(known):
            return np.zeros(1)
        middles = known[:-1] + (known[1:] - known[:-1]) / 2
        return np.concatenate([[known[0] - 1.0], middles, [known[-1] + 1.0]])

    def best(self, objective: Objective) -> NDArray[np.float64]:
        """Thresholds of the best amount, the tightest of equal ones; if none will do, the closest."""
        candidates = self.candidates()
        # A purity rises and falls again and again: all amounts are looked at.
        limit = AMOUNTS if objective.towards is None else len(candidates)
        amount, score = best_of(candidates, lambda at: objective.merit(self.yields(at)), limit)
        if score == -np.inf:
            return self._at(best_of(candidates, partial(self._excess, objective), limit)[0])
        # Events whose needs differ by rounding errors may change sides when thresholds are made of an amount.
        first = int(np.searchsorted(candidates, amount))
        points = np.array([self._at(float(near)) for near in candidates[first : first + NEAR]])
        return np.asarray(points[int(np.argmax(objective.merit(self.events.yields(points))))])

    def nearest(self, objective: Objective) -> NDArray[np.float64]:
        """Thresholds of the smallest amount that meets the constraint; if none does, the closest to it."""
        if self._excess_at(objective, self.values) >= -ROUNDING:
            return self.values
        candidates = self.candidates()
        excess = self._excess(objective, candidates)
        order = np.argsort(np.where(excess >= -ROUNDING, np.abs(candidates), np.inf), kind="stable")
        for first in order[:NEAR]:
            moved = self._at(float(candidates[first]))
            if self._excess_at(objective, moved) >= -ROUNDING:
                return moved
        return self._at(float(candidates[int(np.argmax(excess))]))

    def _excess(self, objective: Objective, amounts: NDArray[np.float64]) -> NDArray[np.float64]:
        constrained = objective.constrained(self.yields(amounts))
        return np.zeros(len(amounts)) if constrained is None else constrained.excess

    def _excess_at(self, objective: Objective, values: NDArray[np.float64]) -> float:
        constrained = objective.constrained(self.events.yields(values[None]))
        return 0.0 if constrained is None else float(constrained.excess[0])

    def _at(self, amount: float) -> NDArray[np.float64]:
        with np.errstate(over="ignore"):  # as far as numbers go, and beyond: all the way
            return ordered(self.events.spec, self.values + amount * self.unit)


def ordered(spec: KernelSpec, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Thresholds with crossed ends of windows and vetoes in the middle between them, and chains in order."""
    for low, high in zip(spec.low, spec.high, strict=True):
        if low >= 0 and high >= 0 and values[low] > values[high]:
            values[low] = values[high] = (values[low] + values[high]) / 2
    return in_order(spec, values)
