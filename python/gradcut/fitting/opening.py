"""Cuts that hardly help are opened."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from gradcut.fitting.starts import neutral_values, open_values
from gradcut.kernel_spec import KINDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.fitting.events import HardEvents
    from gradcut.kernel_spec import KernelSpec
    from gradcut.objectives import Objective

__all__ = ["opened", "sides"]

#: Cuts are opened as long as the objective is less than this fraction below the best on the way.
TOLERANCE = 0.002


def opened(
    events: HardEvents,
    objective: Objective,
    values: NDArray[np.float64],
    free: NDArray[np.bool_],
    met: Callable[[NDArray[np.float64]], NDArray[np.float64]] = lambda values: values,
) -> NDArray[np.float64]:
    """Open the cuts that hardly help, one by one, the most useless first.

    Parameters
    ----------
    events, objective
        What judges.
    values : ndarray of shape (parameters,)
        Thresholds.
    free : ndarray of bool, shape (parameters,)
        Which of them may be changed.
    met : callable, optional
        Moves thresholds of which one is open to where they meet the constraint again.
    """
    values = values.copy()
    best = float(objective.merit(events.yields(values[None]))[0])
    if best == -np.inf:
        return values  # nothing is worse, so nothing can be said about any cut
    while True:
        trials = []
        for parameters, targets in _targets(events):
            if not free[parameters].all() or np.isinf(values[parameters]).all():
                continue
            trial = values.copy()
            trial[parameters] = targets
            trials.append(met(trial))
        if not trials:
            return values
        scores = objective.merit(events.yields(np.array(trials)))
        at = int(np.argmax(scores))
        # Against the best so far: what opening one cut gained is not to pay for another.
        if scores[at] < best - TOLERANCE * objective.unit(best) or scores[at] == -np.inf:
            return values
        values, best = trials[at], max(best, float(scores[at]))


def sides(spec: KernelSpec) -> list[list[int]]:
    """What can be opened: each end of a window, both ends of a veto, all parts of a threshold together.

    A threshold is opened in all cuts that use it.
    """
    together = [
        spec.parameters_of(c) for c in range(spec.n_cuts) if spec.kinds[c] == KINDS["veto"] or spec.varies(c)
    ]
    paired = {p for group in together for p in group}
    return together + [[p] for p in range(len(spec.parameters)) if p not in paired]


def _targets(events: HardEvents) -> list[tuple[list[int], NDArray[np.float64]]]:
    """Sides with the thresholds that open them; an alternative can be shut, too, which makes it useless."""
    wide, absent = open_values(events.spec), neutral_values(events.spec)
    return [
        (side, values[side])
        for side in sides(events.spec)
        for values in ([wide] if np.array_equal(wide[side], absent[side]) else [wide, absent])
    ]
