"""The programme of a fit of bins, from reading the events to the result."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from gradcut.binning.cells import layout_with
from gradcut.binning.channels import ChannelBinning
from gradcut.binning.choose import choose
from gradcut.binning.collecting import collect_bins, missing_values, of_group
from gradcut.binning.hard import hard_yields, unused_yields
from gradcut.binning.learned import LearnedWith, StoppedEarly
from gradcut.binning.learners import learner_of
from gradcut.binning.mixture import MixtureBinning
from gradcut.binning.softmax import SoftmaxBinning
from gradcut.binning.summary import bin_rows, message_of, warnings_of
from gradcut.engines.segments import layout_of
from gradcut.errors import DeclarationError
from gradcut.fitting.journal import Journal
from gradcut.fitting.parts import Parts, Plan
from gradcut.results.binning_result import BinningResult, FoldBins
from gradcut.results.metadata import metadata
from gradcut.results.rows import Scores
from gradcut.samples import Folds
from gradcut.side_by_side import joined_layout

if TYPE_CHECKING:
    from gradcut.binning.channels import OneBinning
    from gradcut.binning.choose import Choice
    from gradcut.binning.settings import BinSettings
    from gradcut.fitting.tasks import Progress
    from gradcut.objectives import Objective
    from gradcut.samples import EventTables, Samples
    from gradcut.yields import YieldsLayout

__all__ = ["run"]


def run(
    binning: OneBinning | ChannelBinning,
    samples: Samples,
    objective: Objective,
    settings: BinSettings,
    checkpoint: Path | None,
    progress: Callable[[Progress], object] | None,
) -> BinningResult:
    """Read, learn and judge; see :func:`gradcut.fit_binning`."""
    began = time.time(), time.process_time()
    provenance = {
        "samples": samples.describe(),
        "objective": objective.describe(),
        "settings": settings.describe(),
        "event": list(samples.event_columns),
        "sentinels": list(samples.sentinels),
    }
    journal = Journal({"binning": repr(binning), **provenance}, settings.seed, checkpoint)
    spec = binning.spec
    counts = binning.choices
    every = [one.binning for one in binning.groups] if isinstance(binning, ChannelBinning) else [binning]
    for one in every:
        if settings.method != "gradient" and not one.annealed:
            raise DeclarationError(
                "widths and temperatures of smooth bins are those of a descent",
                given=f"method={settings.method!r}, {one!r}"[:160],
                hint="method='gradient', or leave them annealed",
            )
    if settings.method == "exact":
        objective.check_additive("the exact method")
        for one in every:
            if isinstance(one, (MixtureBinning, SoftmaxBinning)):
                raise DeclarationError(
                    "exact bins are those of one axis", given=repr(one), hint="method='gradient'"
                )
    tables = collect_bins(
        binning, samples, split=settings.partition, sentinels=samples.sentinels, reader=settings.reader
    )
    objective.check(_declared_layout(binning, tables))
    parts = Parts(tables, settings.partition)
    learner = learner_of(binning, objective, settings, journal, progress)

    def learn(plan: Plan) -> tuple[LearnedWith, tuple[Choice, ...]]:
        return choose(plan, parts, learner, objective, spec, counts)

    plans = parts.plans()
    learned: list[tuple[LearnedWith, tuple[Choice, ...]]] = []
    final: tuple[LearnedWith, tuple[Choice, ...]] | None = None
    interrupted = False
    try:
        for plan in plans:
            learned.append(learn(plan))
        final = learn(parts.everything()) if isinstance(settings.partition, Folds) else learned[0]
    except StoppedEarly as stopped:
        journal.save()
        interrupted = True
        final = learned[-1] if learned else (stopped.learned, ())
    best, choices = final
    base = parts.tables if isinstance(settings.partition, Folds) else parts.scaled(plans[0].base, "used")
    used = hard_yields(best.bins, base, spec)
    if not interrupted:
        objective.check_final(used)
    unused = unused_yields(parts, plans, [one.bins for one, _ in learned], spec)
    missing = missing_values(binning, tables)
    judged = None if unused is None else float(objective.hard(unused)[0])
    rows = bin_rows(best, used, unused, objective)
    return BinningResult(
        binning=binning,
        bins=best.bins,
        scores=Scores(
            name=objective.name,
            direction=objective.direction,
            used=float(objective.hard(used)[0]),
            unused=judged,
            soft=None if best.soft is None else float(objective.gradient(best.soft)[0][0]),
        ),
        rows=rows,
        choices=choices,
        starts=best.of_starts,
        folds=tuple(
            FoldBins(one.bins, float(one.value))
            for one, _ in (learned if isinstance(settings.partition, Folds) else ())
        ),
        missing=missing,
        status="interrupted" if interrupted else "finished",
        message=message_of(settings, best, choices, len(learned), len(plans), interrupted),
        warnings=warnings_of(rows, parts.few, judged, missing, settings),
        history=tuple(journal.history),
        provenance=provenance,
        metadata=metadata(began),
    )


def _declared_layout(binning: OneBinning | ChannelBinning, tables: EventTables) -> YieldsLayout:
    """What the objective will see."""
    if not isinstance(binning, ChannelBinning):
        return layout_with(layout_of(tables), binning.shape)
    parts = [layout_with(layout_of(of_group(tables, one)), one.binning.shape) for one in binning.groups]
    return joined_layout(layout_of(tables), parts)
