"""A result with other thresholds: every number of it made again, with hard cuts."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from gradcut.fitting.events import HardEvents
from gradcut.fitting.pictures import pictures
from gradcut.fitting.summary import process_rows, threshold_rows, warnings_of, warnings_of_missed
from gradcut.results.metadata import metadata
from gradcut.results.revisions import Change, Revision
from gradcut.revising.judge import CutSet

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.results import CutResult
    from gradcut.revising.judge import Judge

__all__ = ["revised"]

#: Relative difference of an objective that rounding of sums may make.
SAME = 1e-9


def revised(
    result: CutResult,
    judge: Judge,
    cuts: CutSet,
    kind: Literal["prune", "rounded"],
    max_loss: float,
    judged: Literal["used", "unused"],
    order: list[int],
    began: tuple[float, float],
) -> CutResult:
    """Make the result of changed cuts.

    Parameters
    ----------
    result : CutResult
        The result that was changed.
    judge : Judge
        Its events.
    cuts : CutSet
        The new thresholds.
    kind, max_loss, judged
        As in :class:`gradcut.results.revisions.Revision`.
    order : list of int
        Thresholds in the order in which they were changed.
    began : tuple of two float
        ``time.time()`` and ``time.process_time()`` at the beginning.
    """
    before, objective, spec = CutSet.of(result), judge.objective, judge.spec
    unused, used = judge.unused(cuts), judge.used.yields(cuts.values[None])
    pooled = None if unused is None else unused.yields()
    value = None if pooled is None else float(objective.hard(pooled)[0])
    start = np.array([row.start for row in result.thresholds])
    missing = dict.fromkeys(spec.cuts, 0)
    rows = threshold_rows(judge.used, unused, objective, cuts.values, start, missing, judge.origin.fixed)
    known = judge.value_used(before)
    revision = Revision(
        kind=kind,
        max_loss=max_loss,
        judged=judged,
        used_before=known,
        used=float(objective.hard(used)[0]),
        unused_before=judge.value_unused(before),
        unused=value,
        changes=tuple(
            Change(spec.parameters[p], float(before.values[p]), float(cuts.values[p]))
            for p in order
            if any(
                old[p] != new[p]
                for old, new in zip((before.values, *before.folds), (cuts.values, *cuts.folds), strict=True)
            )
        ),
    )
    processes = process_rows(judge.parts.tables, used, pooled)
    warnings = warnings_of(processes, judge.parts.few, value) + warnings_of_missed(objective, used)
    if not np.isclose(known, result.scores.used, rtol=SAME, atol=SAME):
        warnings += (
            f"with these samples the cuts had {objective.name} = {known:.6g} on the used events, "
            f"with those of the fit {result.scores.used:.6g}",
        )
    described = json.loads(json.dumps(judge.origin.samples.describe(), default=str))
    # Missing values do not depend on the cuts: their counts stay.
    thresholds = tuple(
        replace(row, missing=old.missing) for row, old in zip(rows, result.thresholds, strict=True)
    )
    everything = HardEvents(spec, judge.parts.tables)
    return replace(
        result,
        values=_named(spec.parameters, cuts.values),
        scores=replace(
            result.scores,
            used=revision.used,
            unused=value,
            # The smooth cuts of the fit were others.
            soft=None if revision.changes else result.scores.soft,
        ),
        thresholds=thresholds,
        processes=processes,
        folds=tuple(
            replace(
                row,
                values=_named(spec.parameters, own),
                used=float(objective.hard(events.yields(own[None]))[0]),
            )
            for row, own, events in zip(result.folds, cuts.folds, judge.bases, strict=True)
        ),
        message=f"{result.message}; {revision.sentence(objective.name)}",
        warnings=warnings,
        pictures=pictures(everything, judge.used, unused, objective, cuts.values, thresholds),
        provenance={**result.provenance, "samples": described},
        metadata=metadata(began),
        revisions=(*result.revisions, revision),
    )


def _named(names: tuple[str, ...], values: NDArray[np.float64]) -> dict[str, float]:
    return dict(zip(names, values.tolist(), strict=True))
