"""Cuts that bring little are opened."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

import numpy as np

from gradcut.errors import DataError
from gradcut.fitting.opening import sides
from gradcut.fitting.starts import open_values
from gradcut.revising.judge import CutSet, Judge
from gradcut.revising.origin import Origin, check_fraction
from gradcut.revising.revised import revised

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.objectives import Objective
    from gradcut.results import CutResult
    from gradcut.samples import Samples

__all__ = ["prune"]

#: A score that differs by this fraction is the same: sums of the same events in another order.
SAME = 1e-12


def prune(
    result: CutResult, max_loss: float, samples: Samples | None, objective: Objective | None
) -> CutResult:
    """Open what is useless; see :meth:`gradcut.CutResult.prune`."""
    began = time.time(), time.process_time()
    max_loss = check_fraction(max_loss)
    judge = Judge.of(result, Origin.of(result, samples, objective, "prune"))
    cuts, wide = CutSet.of(result), open_values(judge.spec)
    fixed = {judge.spec.parameters.index(name) for name in judge.origin.fixed}
    left = [side for side in sides(judge.spec) if not fixed.intersection(side)]
    on_unused = judge.pool is not None and bool(np.isfinite(judge.scores([cuts], on_unused=True)[0]))
    before = float(judge.scores([cuts], on_unused=on_unused)[0])
    if not np.isfinite(before):
        raise DataError("the objective does not exist at the cuts of the result", given=f"{before:g}")
    least = before - (max_loss + SAME) * abs(before)
    used = float(judge.scores([cuts], on_unused=False)[0])
    # What the used events are ahead is chance, of which every threshold has its share.
    closed = sum(np.isfinite(cuts.values[p]) for side in left for p in side)
    share = max(used - before, 0.0) / max(closed, 1)
    order: list[int] = []
    while True:
        left = [side for side in left if not _is_open(cuts, side, wide)]
        trials = [_opened(cuts, side, wide) for side in left]
        if not trials:
            break
        scores = judge.scores(trials, on_unused=on_unused)
        if on_unused and np.isfinite(used):
            lost = used - judge.scores(trials, on_unused=False)
            chance = share * np.array([len(order) + len(side) for side in left])
            scores[~(lost <= (max_loss + SAME) * abs(used) + chance)] = -np.inf
        best = int(np.argmax(scores))
        if not scores[best] >= least or scores[best] == -np.inf:
            break
        cuts, order = trials[best], [*order, *left[best]]
    judged: Literal["used", "unused"] = "unused" if on_unused else "used"
    return revised(result, judge, cuts, "prune", max_loss, judged, order, began)


def _is_open(cuts: CutSet, side: list[int], wide: NDArray[np.float64]) -> bool:
    return all(bool(np.all(values[side] == wide[side])) for values in (cuts.values, *cuts.folds))


def _opened(cuts: CutSet, side: list[int], wide: NDArray[np.float64]) -> CutSet:
    values, *folds = (own.copy() for own in (cuts.values, *cuts.folds))
    for own in (values, *folds):
        own[side] = wide[side]
    return CutSet(values, tuple(folds))
