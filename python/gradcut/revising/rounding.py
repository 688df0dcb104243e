"""Thresholds as a person would write them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from gradcut.objectives.base import ROUNDING
from gradcut.revising.judge import CutSet, Judge
from gradcut.revising.origin import Origin, check_fraction
from gradcut.revising.revised import revised
from gradcut.revising.written import written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gradcut.fitting.events import HardEvents
    from gradcut.kernel_spec import KernelSpec
    from gradcut.objectives import Objective
    from gradcut.results import CutResult
    from gradcut.samples import Samples

__all__ = ["rounded", "rounded_values"]

#: A score that differs by this fraction is the same: sums of the same events in another order.
SAME = 1e-12


def rounded(
    result: CutResult, max_loss: float, samples: Samples | None, objective: Objective | None
) -> CutResult:
    """Round the thresholds; see :meth:`gradcut.CutResult.rounded`."""
    began = time.time(), time.process_time()
    max_loss = check_fraction(max_loss)
    origin = Origin.of(result, samples, objective, "rounded")
    judge = Judge.of(result, origin)
    stay = {*origin.fixed, *_of_integers(result)}
    movable = [p for p, name in enumerate(judge.spec.parameters) if name not in stay]
    cuts = CutSet.of(result)
    after = CutSet(
        rounded_values(judge.used, judge.objective, cuts.values, movable, max_loss),
        tuple(
            rounded_values(events, judge.objective, own, movable, max_loss)
            for events, own in zip(judge.bases, cuts.folds, strict=True)
        ),
    )
    return revised(result, judge, after, "rounded", max_loss, "used", movable, began)


def rounded_values(
    events: HardEvents,
    objective: Objective,
    values: NDArray[np.float64],
    movable: Sequence[int],
    max_loss: float,
) -> NDArray[np.float64]:
    """Round thresholds one after the other, by what all so far cost on some events.

    Parameters
    ----------
    events, objective
        What judges.
    values : ndarray of shape (parameters,)
        Thresholds; infinite ones stay.
    movable : sequence of int
        Which of them may be rounded.
    max_loss : float
        Fraction of the objective. After the i-th of n numbers it is at most i/n of this below the best that
        it has been: what one number gains by chance the next ones cannot spend.
    """
    values = values.copy()
    best = before = float(_scores(events, objective, values[None], -np.inf)[0])
    start = objective.constrained(events.yields(values[None]))
    least_excess = -np.inf if start is None else min(float(start.excess[0]), -ROUNDING)
    finite = [p for p in movable if np.isfinite(values[p])]
    for done, parameter in enumerate(finite, start=1):
        least = best - (max_loss * done / len(finite) + SAME) * abs(before)
        trials = []
        for number, _ in written(float(values[parameter])):
            trial = values.copy()
            trial[parameter] = number
            if _in_order(events.spec, trial):
                trials.append(trial)
        if not trials:
            continue
        scores = _scores(events, objective, np.array(trials), least_excess)
        good = np.flatnonzero(scores >= least)
        if len(good):
            values, best = trials[int(good[0])], max(best, float(scores[good[0]]))
    return values


def _scores(
    events: HardEvents, objective: Objective, points: NDArray[np.float64], least_excess: float
) -> NDArray[np.float64]:
    """Objective, better when larger; minus infinity where a constraint is less met than it was."""
    yields = events.yields(points)
    scores, constrained = objective.penalised(yields), objective.constrained(yields)
    return scores if constrained is None else np.where(constrained.excess >= least_excess, scores, -np.inf)


def _in_order(spec: KernelSpec, values: NDArray[np.float64]) -> bool:
    """Whether the ends of windows and vetoes are in order, with something between them."""
    pairs = ((low, high) for low, high in zip(spec.low, spec.high, strict=True) if low >= 0 and high >= 0)
    return all(values[low] < values[high] or values[low] == np.inf for low, high in pairs)


def _of_integers(result: CutResult) -> list[str]:
    """Thresholds between integers: snapping makes halves of them."""
    selection = result.selection
    snapped = selection.snap(dict.fromkeys(selection.parameters, 0.25), result.column_types)
    return [name for name, value in snapped.items() if abs(value) == 0.5]
