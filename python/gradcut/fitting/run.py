"""The programme of a fit, from reading the events to the result."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.engines import collect
from gradcut.engines.segments import layout_of
from gradcut.expressions.nodes import Column
from gradcut.fitting.events import HardEvents
from gradcut.fitting.journal import Journal
from gradcut.fitting.judging import Unused
from gradcut.fitting.learned import Learned
from gradcut.fitting.lessons import Lessons
from gradcut.fitting.message import message
from gradcut.fitting.parts import Parts, Plan
from gradcut.fitting.pictures import pictures
from gradcut.fitting.starts import open_values
from gradcut.fitting.summary import (
    column_types,
    process_rows,
    threshold_rows,
    warnings_of,
    warnings_of_missed,
)
from gradcut.fitting.undecided import undecided
from gradcut.regions import Regions
from gradcut.results import CutResult, FoldRow, Scores
from gradcut.results.metadata import metadata
from gradcut.samples import Folds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.fitting.settings import Settings
    from gradcut.fitting.tasks import Progress
    from gradcut.objectives import Objective
    from gradcut.samples import EventTables, Samples
    from gradcut.selection import Selection

__all__ = ["run"]


def run(
    selection: Selection | Regions,
    samples: Samples,
    objective: Objective,
    settings: Settings,
    checkpoint: Path | None,
    progress: Callable[[Progress], object] | None,
) -> CutResult:
    """Read, learn and judge; see :func:`gradcut.fit_cuts`."""
    began = time.time(), time.process_time()
    spec = selection.kernel_spec()
    provenance = {
        "samples": samples.describe(),
        "objective": objective.describe(),
        "settings": settings.describe(),
    }
    journal = Journal({"selection": repr(selection), **provenance}, settings.seed, checkpoint)
    tables = collect(selection, samples, split=settings.partition, reader=settings.reader)
    objective.check(layout_of(tables))
    parts = Parts(tables, settings.partition)

    lessons = Lessons(selection, tables, parts, objective, settings, journal, progress)
    fixed, learner, learn = lessons.fixed, lessons.learner, lessons.learn

    plain = {c.label: c.feature.name for c in selection.cuts if isinstance(c.feature, Column)}
    types = column_types(tables, plain)

    def snapped(values: NDArray[np.float64]) -> NDArray[np.float64]:
        named = dict(zip(spec.parameters, values.tolist(), strict=True))
        free = {**selection.snap(named, types), **settings.fixed}
        return np.array([free[name] for name in spec.parameters])

    plans, learned, final = parts.plans(), [], None
    interrupted = False
    try:
        for plan in plans:
            learned.append(learn(plan))
        final = learn(parts.everything()) if isinstance(settings.partition, Folds) else learned[0]
    except KeyboardInterrupt:
        journal.save()
        interrupted = True
        if final is None and learned:
            final = learned[-1]
    if final is None:
        best = learner.best_so_far()
        values = open_values(spec) if best is None else best
        for position, value in fixed.items():
            values[position] = value
    else:
        values = final.values
    values = snapped(values)
    cuts = [snapped(one.values) for one in learned]
    others = Unused.of(parts, plans, cuts, spec)
    unused = None if others is None else others.yields()
    used_events = HardEvents(spec, _used(parts, settings, plans))
    used = used_events.yields(values[None])
    if not interrupted:
        objective.check_final(used)
    rows = process_rows(tables, used, unused)
    judged = None if unused is None else float(objective.hard(unused)[0])
    missing = _missing(tables, spec.cuts, selection)
    start = np.array(values if final is None else final.start)
    start[list(fixed)] = list(fixed.values())
    thresholds = threshold_rows(used_events, others, objective, values, start, missing, settings.fixed)
    return CutResult(
        selection=selection,
        values=dict(zip(spec.parameters, values.tolist(), strict=True)),
        scores=Scores(
            name=objective.name,
            direction=objective.direction,
            used=float(objective.hard(used)[0]),
            unused=judged,
            soft=None if final is None else final.soft,
        ),
        thresholds=thresholds,
        processes=rows,
        folds=_folds(selection, learned, cuts, parts, objective, spec, plans, settings),
        column_types=types,
        status="interrupted" if interrupted else "finished",
        message=message(objective, used, unused, final, interrupted, len(learned), len(plans)),
        warnings=warnings_of(rows, parts.few, judged)
        + warnings_of_missed(objective, used)
        + tuple(f"no event depends on the threshold '{name}'" for name in undecided(used_events)),
        history=tuple(journal.history),
        pictures=pictures(HardEvents(spec, tables), used_events, others, objective, values, thresholds),
        provenance={**provenance, "event": list(samples.event_columns)},
        metadata=metadata(began),
        origin=(selection, samples, objective, settings),
    )


def _used(parts: Parts, settings: Settings, plans: tuple[Plan, ...]) -> EventTables:
    if isinstance(settings.partition, Folds):
        return parts.tables
    return parts.scaled(plans[0].base, plans[0].name)


def _folds(
    selection: Selection | Regions,
    learned: list[Learned],
    cuts: list[NDArray[np.float64]],
    parts: Parts,
    objective: Objective,
    spec: Any,
    plans: tuple[Plan, ...],
    settings: Settings,
) -> tuple[FoldRow, ...]:
    if not isinstance(settings.partition, Folds):
        return ()
    rows = []
    for one, values, plan in zip(learned, cuts, plans[: len(learned)], strict=True):
        used = HardEvents(spec, parts.scaled(plan.base, plan.name)).yields(values[None])
        named = dict(zip(selection.parameters, values.tolist(), strict=True))
        rows.append(FoldRow(named, float(objective.hard(used)[0]), one.variant))
    return tuple(rows)


def _missing(tables: EventTables, cuts: tuple[str, ...], selection: Selection | Regions) -> dict[str, int]:
    found = np.array([table.missing()[: len(cuts)] for table in tables.values()])
    if isinstance(selection, Regions):  # a cut has no values in the other regions
        channels = np.array([channel for channel, _ in tables])
        found = np.where(channels[:, None] == np.array(selection.region_of_cut), found, 0)
    counts = found.sum(0)
    return dict(zip(cuts, counts.tolist(), strict=True))
