"""Hard steps after the smooth ones: exact sweeps of single thresholds, a common shift, opening of cuts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.fitting.events import CANDIDATES, HardEvents
from gradcut.fitting.starts import open_values
from gradcut.kernel_spec import KINDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.fitting.scaling import Scaling
    from gradcut.objectives import Objective

__all__ = ["best_threshold", "opened", "polished", "score", "shifted"]

#: Cycles of sweeps over all thresholds.
CYCLES = 6
#: A cut is opened when the objective loses less than this fraction.
TOLERANCE = 0.002


def score(events: HardEvents, objective: Objective, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Hard objective at thresholds of shape (points, parameters); larger is better."""
    return np.asarray(objective.sign * objective.hard(events.yields(points)))


def best_threshold(
    events: HardEvents, objective: Objective, parameter: int, values: NDArray[np.float64]
) -> tuple[float, float]:
    """Best value of one threshold, the others as they are, and its score.

    Exact up to 2048 different values of the feature; with more the best of as many, then exactly between
    its neighbours.
    """
    allowed = _allowed(events, parameter, values)
    everything = events.candidates(parameter)
    everything = everything[(everything >= allowed[0]) & (everything <= allowed[1])]
    limit = 64 if events.is_shared(parameter) else CANDIDATES
    candidates = everything
    if len(everything) > limit:
        candidates = everything[np.unique(np.linspace(0, len(everything) - 1, limit).astype(np.int64))]
    while True:
        scores = objective.sign * objective.hard(events.sweep(parameter, values, candidates))
        at = int(np.argmax(scores))
        if len(candidates) == len(everything):
            return float(candidates[at]), float(scores[at])
        low, high = candidates[max(at - 1, 0)], candidates[min(at + 1, len(candidates) - 1)]
        everything = everything[(everything >= low) & (everything <= high)]
        candidates = everything
        if len(everything) > 4 * limit:
            candidates = everything[np.unique(np.linspace(0, len(everything) - 1, limit).astype(np.int64))]


def _allowed(events: HardEvents, parameter: int, values: NDArray[np.float64]) -> tuple[float, float]:
    """Range in which the ends of all windows and vetoes stay in order."""
    low, high, spec = -np.inf, np.inf, events.spec
    for cut in range(spec.n_cuts):
        if spec.kinds[cut] in (KINDS["window"], KINDS["veto"]):
            if spec.low[cut] == parameter:
                high = min(high, float(values[spec.high[cut]]))
            elif spec.high[cut] == parameter:
                low = max(low, float(values[spec.low[cut]]))
    return low, high


def polished(
    events: HardEvents, objective: Objective, values: NDArray[np.float64], free: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Sweep one threshold after the other until none improves the hard objective on these events."""
    values = values.copy()
    best = float(score(events, objective, values[None])[0])
    for _ in range(CYCLES):
        before = best
        for parameter in np.flatnonzero(free):
            threshold, value = best_threshold(events, objective, int(parameter), values)
            if value > best:
                values[parameter], best = threshold, value
        if not best > before:
            break
    return values


def shifted(
    events: HardEvents,
    objective: Objective,
    scaling: Scaling,
    values: NDArray[np.float64],
    free: NDArray[np.bool_],
    reach: float,
) -> NDArray[np.float64]:
    """Tighten or loosen all cuts together by the amount that is best with hard cuts.

    Smooth cuts select more or less than hard ones at the same thresholds; one number makes up for it.
    """
    spec = events.spec
    direction = np.zeros(len(values))
    for cut in range(spec.n_cuts):
        inward = -1.0 if spec.kinds[cut] == KINDS["veto"] else 1.0
        if spec.low[cut] >= 0:
            direction[spec.low[cut]] += inward
        if spec.high[cut] >= 0:
            direction[spec.high[cut]] -= inward
    direction = np.where(free, np.clip(direction, -1, 1), 0.0) * scaling.scale
    step, middle = reach / 4, 0.0
    for _ in range(4):
        amounts = middle + step * np.arange(-4, 5)
        points = np.array([_ordered(events, values + amount * direction) for amount in amounts])
        scores = score(events, objective, points)
        # In doubt the least change.
        middle = float(amounts[np.lexsort((np.abs(amounts), -scores))[0]])
        step /= 4
    return _ordered(events, values + middle * direction)


def _ordered(events: HardEvents, values: NDArray[np.float64]) -> NDArray[np.float64]:
    spec = events.spec
    for cut in range(spec.n_cuts):
        low, high = spec.low[cut], spec.high[cut]
        if low >= 0 and high >= 0 and values[low] > values[high]:
            values[low] = values[high] = (values[low] + values[high]) / 2
    return values


def opened(
    events: HardEvents, objective: Objective, values: NDArray[np.float64], free: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Open the cuts that hardly help, one by one, the most useless first."""
    wide = open_values(events.spec)
    values = values.copy()
    current = float(score(events, objective, values[None])[0])
    least = current - TOLERANCE * abs(current)
    while True:
        trials = []
        for parameters in _sides(events):
            chosen = [p for p in parameters if free[p]]
            if len(chosen) < len(parameters) or all(values[p] == wide[p] for p in parameters):
                continue
            trial = values.copy()
            trial[chosen] = wide[chosen]
            trials.append(trial)
        if not trials:
            return values
        scores = score(events, objective, np.array(trials))
        at = int(np.argmax(scores))
        if scores[at] < least:
            return values
        values = trials[at]


def _sides(events: HardEvents) -> list[list[int]]:
    """What can be opened: each end of a window, both ends of a veto, a threshold in all cuts that use it."""
    spec = events.spec
    vetoes = [c for c in range(spec.n_cuts) if spec.kinds[c] == KINDS["veto"]]
    together = [[int(spec.low[c]), int(spec.high[c])] for c in vetoes]
    single = [[p] for p in range(len(spec.parameters)) if not any(p in pair for pair in together)]
    return together + single
