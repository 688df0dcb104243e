"""The programme of a fit of cuts and bins, from reading the events to the result."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.binning.cells import layout_with
from gradcut.binning.hard import unused_yields
from gradcut.binning.learned import LearnedWith
from gradcut.binning.summary import bin_rows
from gradcut.engines.segments import layout_of
from gradcut.expressions.nodes import Column
from gradcut.fitting.events import HardEvents
from gradcut.fitting.journal import Journal
from gradcut.fitting.parts import Parts, Plan
from gradcut.fitting.summary import column_types, threshold_rows
from gradcut.joint.declared import OF_SELECTION
from gradcut.joint.found import Found, StoppedJoint
from gradcut.joint.in_analysis import InAnalysis
from gradcut.joint.learned import LearnedJoint
from gradcut.joint.summary import message_of, warnings_of
from gradcut.joint.tables import in_bins
from gradcut.observables.observable import Observable
from gradcut.results.binning_result import BinningResult, FoldBins
from gradcut.results.joint_result import JointResult
from gradcut.results.metadata import metadata
from gradcut.results.rows import FoldRow, Scores
from gradcut.samples import Folds

if TYPE_CHECKING:
    from gradcut.fitting.tasks import Progress
    from gradcut.joint.declared import Joint
    from gradcut.joint.settings import JointSettings
    from gradcut.objectives import Objective
    from gradcut.samples import EventTables, Samples

__all__ = ["run"]


def run(
    joint: Joint,
    samples: Samples,
    objective: Objective,
    settings: JointSettings,
    checkpoint: Path | None,
    progress: Callable[[Progress], object] | None,
) -> JointResult:
    """Read, learn and judge; see :func:`gradcut.fit`."""
    began = time.time(), time.process_time()
    selection, what = joint.selection, joint.what
    provenance = {
        "samples": samples.describe(),
        "objective": objective.describe(),
        "settings": settings.describe(),
        "event": list(samples.event_columns),
        "sentinels": list(selection.sentinels),
    }
    of_what = what.describe() if isinstance(what, Observable) else repr(what)
    declaration = {"selection": repr(selection), "what": of_what, **provenance}
    journal = Journal(json.loads(json.dumps(declaration, default=str)), settings.seed, checkpoint)
    tables = joint.collect(samples, split=settings.partition, reader=settings.reader)
    objective.check(layout_with(layout_of(tables), joint.what.shape))
    parts = Parts(tables, settings.partition)
    learn = _learner(joint, objective, settings, journal, progress, parts)
    plain = {
        OF_SELECTION + cut.label: cut.feature.name
        for cut in selection.cuts
        if isinstance(cut.feature, Column)
    }
    types = column_types(tables, plain)

    def snapped(found: Found) -> LearnedJoint:
        values = {**selection.snap(joint.named(found.learned.point), types), **settings.fixed}
        return LearnedJoint(joint, joint.point(values), found.learned.bins)

    plans, learned = parts.plans(), list[Found]()
    folded = isinstance(settings.partition, Folds)
    final: Found | None = None
    interrupted = False
    try:
        for plan in plans:
            learned.append(learn(plan))
        final = learn(parts.everything()) if folded else learned[0]
    except StoppedJoint as stopped:
        journal.save()
        interrupted = True
        final = learned[-1] if learned else stopped.found
    best = snapped(final)
    by_fold = [snapped(one) for one in learned]
    whole = parts.tables if folded else parts.scaled(plans[0].base, "used")
    used = best.yields(whole)
    if not interrupted:
        objective.check_final(used)
    unused = unused_yields(parts, plans, by_fold, joint.spec)  # type: ignore[arg-type]
    judged = None if unused is None else float(objective.hard(unused)[0])
    rows = bin_rows(LearnedWith(best.bins, final.value, final.soft, ()), used, unused, objective)
    missing = _missing(joint, tables)
    seen = InAnalysis(objective, layout_of(tables), best.bin_shape)
    common: dict[str, Any] = {
        "binning": what,
        "bins": best.bins,
        "scores": Scores(
            name=objective.name,
            direction=objective.direction,
            used=float(objective.hard(used)[0]),
            unused=judged,
            soft=None
            if final.soft is None
            else float(InAnalysis(objective, layout_of(tables)).gradient(final.soft)[0][0]),
        ),
        "rows": rows,
        "choices": final.choices,
        "starts": final.of_starts,
        "folds": tuple(
            FoldBins(own.bins, one.value)
            for own, one in zip(by_fold, learned if folded else [], strict=False)
        ),
        "missing": {name: missing[name] for name in joint.what_columns},
        "status": "interrupted" if interrupted else "finished",
        "message": message_of(final, joint, settings, interrupted),
        "warnings": warnings_of(final, rows, parts.few, judged, missing, joint, settings),
        "history": tuple(journal.history),
        "provenance": provenance,
        "metadata": metadata(began),
    }
    return JointResult(
        selection=selection,
        values=joint.named(best.point),
        thresholds=threshold_rows(
            HardEvents(joint.kernel, in_bins(whole, joint, best.bins)),
            None,
            seen,
            best.point,
            final.start,
            {cut: missing[OF_SELECTION + cut] for cut in joint.kernel.cuts},
            settings.fixed,
        ),
        folds=tuple(
            FoldRow(joint.named(own.point), one.value, "with bins")
            for own, one in zip(by_fold, learned if folded else [], strict=False)
        ),
        inside=_inside(final, common),
    )


def _inside(final: Found, common: dict[str, Any]) -> BinningResult:
    if final.trained is None:
        return BinningResult(**common)
    from gradcut.results.observable_result import ObservableResult

    return ObservableResult(**common, restarts=final.trained.restarts)


def _missing(joint: Joint, tables: EventTables) -> dict[str, int]:
    """Events, or objects, without a value, by column."""
    found = dict.fromkeys(joint.spec.columns, 0)
    for table in tables.values():
        for name, count in zip(joint.spec.columns, table.missing(), strict=False):
            found[name] += int(np.sum(count))
    return found


def _learner(
    joint: Joint,
    objective: Objective,
    settings: JointSettings,
    journal: Journal,
    progress: Callable[[Progress], object] | None,
    parts: Parts,
) -> Callable[[Plan], Found]:
    if not isinstance(joint.what, Observable):
        from gradcut.joint.turns import TurnsLearner

        return TurnsLearner(joint, objective, settings, journal, progress, parts).learn
    from gradcut.joint.network_learner import NetworkLearner

    assert settings.training is not None
    sentinels = tuple(joint.selection.sentinels)
    network = NetworkLearner(
        joint.what, objective, settings.training, journal, progress, sentinels, joint, settings
    )
    return lambda plan: network.found(plan, parts)
