"""Hard cuts at exactly a signal efficiency."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gradcut.fitting.decisions import LEAST, needs_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from gradcut.fitting.events import HardEvents

__all__ = ["HardTarget"]

#: So many features of few values may be at their limits at the same time.
DEPTH = 4
#: Events that say about where a target lies among many.
SAMPLE = 4096


class _Shift(NamedTuple):
    """A common loosening, the efficiency that it reaches, and the need of the events that come next."""

    amount: float
    reached: float
    limit: float


def _shifts(needed: NDArray[np.float64], weights: NDArray[np.float64], target: float) -> list[_Shift]:
    """The nearest loosenings with less and with more than the target, where there are such.

    Where events of negative weight make the efficiency fall and rise again, those closest to no shift at all.
    """
    before, needed, weights = _near(needed, weights, target)
    order = np.argsort(needed)
    needed, sums = needed[order], before + np.cumsum(weights[order])
    # Events that need the same amount come together; those that no amount helps never come.
    last = np.append(needed[1:] > needed[:-1], True) & (needed < np.inf)
    needed, sums = needed[last], sums[last]
    if not len(needed):
        return [_Shift(0.0, 0.0, np.inf)]
    upper = np.append(needed[1:], np.inf)
    found = []
    for side in (sums <= target, sums > target):
        at = np.flatnonzero(side)
        if not len(at):
            continue
        away = np.abs(sums[at] - target)
        at = at[away <= away.min() + 1e-12]
        best = at[int(np.argmin(np.abs(np.clip(0.0, needed[at], upper[at]))))]
        low, high = float(needed[best]), float(upper[best])
        amount = min(0.0, high - 1.0) if low == -np.inf else low + (min(high, low + 1.0) - low) / 2
        found.append(_Shift(amount if np.isfinite(amount) else 0.0, float(sums[best]), high))
    return found


def _near(
    needed: NDArray[np.float64], weights: NDArray[np.float64], target: float
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Sum of the weights that come first for certain, and the events around the target.

    Sorting all of many events would be most of the work. Events of negative weight forbid it: the sum may
    come back to the target from afar.
    """
    if len(needed) < 8 * SAMPLE or weights.min(initial=0.0) < 0:
        return 0.0, needed, weights
    step = len(needed) // SAMPLE
    order = np.argsort(needed[::step])
    guide, sums = needed[::step][order], np.cumsum(weights[::step][order]) * step
    at, reach = int(np.searchsorted(sums, target)), 4 * int(SAMPLE**0.5)
    low = guide[at - reach] if at >= reach else -np.inf
    high = guide[at + reach] if at + reach < len(guide) else np.inf
    first = needed <= low if at >= reach else np.zeros(len(needed), dtype=np.bool_)
    inside = ~first & (needed <= high)
    before = float(weights[first].sum())
    some = weights[inside]
    if not before < target < before + float(some.sum()) or not len(some):
        return 0.0, needed, weights
    return before, needed[inside], some


class HardTarget:
    """Loosens or tightens cuts until they keep a given part of the signal.

    Parameters
    ----------
    events : HardEvents
        Signal and background.
    total : float
        Yield of the signal that efficiencies refer to.
    """

    def __init__(self, events: HardEvents, total: float) -> None:
        self.events, self.total = events, total
        indices = events.layout.process_indices("signal")
        self.segments = [s for s in events.segments if s.at[1] in indices and s.at[2] == 0]
        self.weights = np.concatenate([segment.weights for segment in self.segments]) / total
        weights = np.abs(self.weights[self.weights != 0])
        #: Efficiency of one signal event of mean weight.
        self.event = float(weights.mean()) if len(weights) else 0.0

    def needs(self, values: NDArray[np.float64], unit: NDArray[np.float64]) -> NDArray[np.float64]:
        """How far cuts have to be loosened for a signal event to meet each requirement, in units.

        Parameters
        ----------
        values, unit : ndarray of shape (parameters,)
            Thresholds, and by how much each moves per unit: to its loose side.

        Returns
        -------
        ndarray of shape (requirements, events)
            Negative where cuts may be tightened by as much; infinite where no loosening helps, or no
            tightening matters.
        """
        parts = [
            [needed for _, needed in needs_of(self.events.spec, segment, values, unit)]
            for segment in self.segments
        ]
        needed = np.concatenate([np.array(part) for part in parts], axis=1)
        needed[np.isnan(needed)] = np.inf
        needed[needed <= LEAST] = -np.inf
        return needed

    def meet(
        self,
        values: NDArray[np.float64],
        unit: NDArray[np.float64],
        target: float,
        within: Callable[[NDArray[np.float64]], bool] | None = None,
    ) -> tuple[NDArray[np.float64], float]:
        """Loosen or tighten together until what is kept of the signal is nearest to a target.

        Parameters
        ----------
        values : ndarray of shape (parameters,)
            Thresholds.
        unit : ndarray of the same shape
            By how much each moves to its loose side, relative to the others; zero leaves it alone.
        target : float
            Signal efficiency.
        within : callable, optional
            Says which thresholds are allowed; others are taken where there are none.

        Returns
        -------
        ndarray, float
            Thresholds, and the efficiency that they have.

        Notes
        -----
        Where a feature has few values, such as a number of jets, moving its threshold over one of them lets
        many events in at once. It then stays on either side of that value while the others move on; of the
        two the one with less background is taken.
        """
        found = self._met(values, unit, target, depth=0)
        if within is not None:
            found = [one for one in found if within(one[0])] or found
        away = np.array([abs(reached - target) for _, reached in found])
        near = [one for one, miss in zip(found, away, strict=True) if miss <= away.min() + self.event / 2]
        if len(near) == 1:
            return near[0]
        yields = self.events.yields(np.array([values for values, _ in near]))
        indices = self.events.layout.process_indices("background")
        return near[int(np.argmin(yields.moments.sum_w[:, :, indices, 0].sum((1, 2, 3))))]

    def _met(
        self, values: NDArray[np.float64], unit: NDArray[np.float64], target: float, depth: int
    ) -> list[tuple[NDArray[np.float64], float]]:
        needs = self.needs(values, unit)
        shifts = _shifts(needs.max(axis=0), self.weights, target)
        nearest = min(shifts, key=lambda shift: abs(shift.reached - target))
        done = [(values + nearest.amount * unit, nearest.reached)]
        if depth == DEPTH or abs(nearest.reached - target) <= self.event or len(shifts) < 2:
            return done
        # All events of the lump are at a threshold of the same requirement, as a rule.
        limit = shifts[0].limit
        at_limit = np.flatnonzero(needs.max(axis=0) == limit)
        requirement = int(np.bincount(needs[:, at_limit].argmax(axis=0)).argmax())
        spec = self.events.spec
        rest = unit.copy()
        for cut in range(spec.n_cuts):
            if self.events.requirement_of(cut) == requirement:
                rest[spec.parameters_of(cut)] = 0.0
        if not rest.any():
            return done
        return done + [
            one
            for shift in shifts
            for one in self._met(values + shift.amount * unit, rest, target, depth + 1)
        ]
