"""Hard steps after the smooth ones: exact sweeps of single thresholds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.fitting.search import best_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.fitting.events import HardEvents
    from gradcut.objectives import Objective

__all__ = ["best_threshold", "polished", "score"]

#: Cycles of sweeps over all thresholds.
CYCLES = 6
#: So many candidates are looked at together. Of a threshold that loosens one cut and
#: tightens another, each costs a pass over the events.
CANDIDATES, CANDIDATES_SLOW = 512, 64


def score(events: HardEvents, objective: Objective, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Hard objective at thresholds of shape (points, parameters); larger is better."""
    return np.asarray(objective.sign * objective.hard(events.yields(points)))


def best_threshold(
    events: HardEvents, objective: Objective, parameter: int, values: NDArray[np.float64]
) -> tuple[float, float]:
    """Best value of one threshold, the others as they are, and its merit.

    Exact up to 512 different values of the feature; with more the best of as many, then that between its
    neighbours.
    """
    return best_of(
        events.candidates_within(parameter, values),
        lambda candidates: objective.merit(events.sweep(parameter, values, candidates)),
        CANDIDATES if events.can_sweep(parameter) else CANDIDATES_SLOW,
    )


def polished(
    events: HardEvents, objective: Objective, values: NDArray[np.float64], free: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Sweep one threshold after the other until none improves the hard objective on these events.

    Under a constraint that is met, this tightens cuts as far as it allows.
    """
    values = values.copy()
    best = float(objective.merit(events.yields(values[None]))[0])
    for _ in range(CYCLES):
        before = best
        for parameter in np.flatnonzero(free):
            threshold, value = best_threshold(events, objective, int(parameter), values)
            if value > best:
                values[parameter], best = threshold, value
        if not best > before:
            break
    return values
