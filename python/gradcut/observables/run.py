"""The programme of a fit of an observable, from reading the events to the result."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from gradcut.binning.cells import layout_with
from gradcut.binning.hard import hard_yields, unused_yields
from gradcut.binning.summary import bin_rows
from gradcut.engines.segments import layout_of
from gradcut.fitting.journal import Journal
from gradcut.fitting.parts import Parts
from gradcut.observables.learner import Learner, StoppedEarly
from gradcut.observables.summary import message_of, warnings_of
from gradcut.results.binning_result import FoldBins
from gradcut.results.metadata import metadata
from gradcut.results.observable_result import ObservableResult
from gradcut.results.rows import Scores
from gradcut.samples import Folds

if TYPE_CHECKING:
    from gradcut.fitting.tasks import Progress
    from gradcut.objectives import Objective
    from gradcut.observables.learner import Trained
    from gradcut.observables.observable import Observable
    from gradcut.observables.settings import TrainingSettings
    from gradcut.samples import Samples

__all__ = ["run"]


def run(
    observable: Observable,
    samples: Samples,
    objective: Objective,
    settings: TrainingSettings,
    checkpoint: Path | None,
    progress: Callable[[Progress], object] | None,
) -> ObservableResult:
    """Read, train and judge; see :func:`gradcut.fit_observable`."""
    began = time.time(), time.process_time()
    provenance = {
        "samples": samples.describe(),
        "objective": objective.describe(),
        "settings": settings.describe(),
        "event": list(samples.event_columns),
        "sentinels": list(samples.sentinels),
    }
    declaration = {"observable": observable.describe(), **provenance}
    journal = Journal(json.loads(json.dumps(declaration, default=str)), settings.seed, checkpoint)
    tables = samples.collect(
        observable.columns, split=settings.partition, sentinels=samples.sentinels, reader=settings.reader
    )
    objective.check(layout_with(layout_of(tables), observable.shape))
    parts = Parts(tables, settings.partition)
    learner = Learner(observable, objective, settings, journal, progress, tuple(samples.sentinels))
    plans = parts.plans()
    learned: list[Trained] = []
    final: Trained | None = None
    interrupted = False
    with learner.threads():
        try:
            for plan in plans:
                learned.append(learner.learn(plan, parts))
            folded = isinstance(settings.partition, Folds)
            final = learner.learn(parts.everything(), parts) if folded else learned[0]
        except StoppedEarly as stopped:
            journal.save()
            interrupted = True
            final = learned[-1] if learned else stopped.trained
    spec = observable.spec
    whole = parts.tables if isinstance(settings.partition, Folds) else parts.scaled(plans[0].base, "used")
    used = hard_yields(final.bins, whole, spec)
    if not interrupted:
        objective.check_final(used)
    unused = unused_yields(parts, plans, [one.bins for one in learned], spec)
    judged = None if unused is None else float(objective.hard(unused)[0])
    rows = bin_rows(final.with_soft(), used, unused, objective)
    missing = {
        name: int(sum(table.missing()[i] for table in tables.values()))
        for i, name in enumerate(observable.columns)
    }
    return ObservableResult(
        binning=observable,
        bins=final.bins,
        scores=Scores(
            name=objective.name,
            direction=objective.direction,
            used=float(objective.hard(used)[0]),
            unused=judged,
            soft=float(objective.gradient(final.soft)[0][0]),
        ),
        rows=rows,
        choices=(),
        starts=tuple(row.chosen_by for row in final.restarts),
        folds=tuple(
            FoldBins(one.bins, one.value)
            for one in (learned if isinstance(settings.partition, Folds) else ())
        ),
        missing=missing,
        status="interrupted" if interrupted else "finished",
        message=message_of(final, observable, settings, interrupted),
        warnings=warnings_of(final, rows, parts.few, judged, missing, observable, settings),
        history=tuple(journal.history),
        provenance=provenance,
        metadata=metadata(began),
        restarts=final.restarts,
    )
