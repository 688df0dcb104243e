"""``gc.fit_cuts`` for events in files: a warm start in memory, then passes over all of them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.errors import DeclarationError
from gradcut.expressions.nodes import Column
from gradcut.fitting.descent import STAGES, WIDTHS
from gradcut.fitting.events import HardEvents
from gradcut.fitting.journal import Journal
from gradcut.fitting.lessons import Lessons
from gradcut.fitting.message import message
from gradcut.fitting.neighbours import is_contracted
from gradcut.fitting.parts import Parts
from gradcut.fitting.pictures import edges_of_cut
from gradcut.fitting.starts import open_values
from gradcut.fitting.summary import column_types, process_rows, warnings_of, warnings_of_missed
from gradcut.fitting.tasks import scaling_of
from gradcut.out_of_core.cut_rows import cut_numbers, final_requests
from gradcut.out_of_core.hard_steps import hard_steps
from gradcut.out_of_core.ledger import BUDGET, Ledger
from gradcut.out_of_core.passes import Hard
from gradcut.out_of_core.soft_steps import PASSES, soft_steps
from gradcut.out_of_core.steps import Asking, Problem, together
from gradcut.out_of_core.subsample import fractions_of, subsample
from gradcut.regions import Regions
from gradcut.results import CutResult, Scores
from gradcut.results.metadata import metadata
from gradcut.samples import Split

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.fitting.learned import Learned
    from gradcut.fitting.scaling import Scaling
    from gradcut.fitting.settings import Settings
    from gradcut.fitting.tasks import Progress
    from gradcut.objectives import Objective
    from gradcut.out_of_core.passes import Passes
    from gradcut.samples import EventTables, Samples
    from gradcut.selection import Selection

__all__ = ["check_possible", "run"]

#: Passes at the end: one chooses on events that were not learned from, one makes every number.
LAST = 2
#: How the candidates after the warm start are made.
_WAYS = ("smooth steps over all events", "exact steps over all events")

#: From the declaration to passes over its events.
Opening = Callable[["Selection", "Samples", "Settings", "tuple[str, ...]"], "Passes"]


def check_possible(selection: Selection | Regions, settings: Settings) -> None:
    """Raise for what is learned from events in memory only, and say what can be done.

    Raises
    ------
    DeclarationError
        For folds, regions, and selections that are more than a product of cuts.
    """
    reason = ""
    if isinstance(selection, Regions):
        reason = "several regions"
    elif selection.kernel_spec().tree is not None:
        reason = "alternatives, counts, objects, and thresholds that depend on the event"
    elif not isinstance(settings.partition, Split):
        reason = "folds"
    if reason:
        raise DeclarationError(
            f"engine='{settings.engine}' does not learn with {reason}",
            allowed="a selection whose cuts all have to be passed, and split=gc.Split(...)",
            hint="engine='cpu' on files that fit into memory, or on a part of them (require=...)",
        )


def run(
    selection: Selection,
    samples: Samples,
    objective: Objective,
    settings: Settings,
    checkpoint: Path | None,
    progress: Callable[[Progress], object] | None,
    opening: Opening,
) -> CutResult:
    """Learn and judge; see :func:`gradcut.fit_cuts`."""
    check_possible(selection, settings)
    fit = _Fit(selection, samples, objective, settings, checkpoint, progress, opening)
    interrupted = False
    values, how = None, ""
    try:
        fit.warm()
        values, how = fit.refined()
    except KeyboardInterrupt:
        fit.journal.save()
        interrupted = True
    return fit.result(values, how, interrupted)


@dataclass(frozen=True, eq=False)
class _Refined:
    """Thresholds of one part: the warm start, then in the order of ``_WAYS``."""

    points: NDArray[np.float64]
    is_settled: bool


class _Fit:
    """The programme of one fit."""

    def __init__(
        self,
        selection: Selection,
        samples: Samples,
        objective: Objective,
        settings: Settings,
        checkpoint: Path | None,
        progress: Callable[[Progress], object] | None,
        opening: Opening,
    ) -> None:
        self.began = time.time(), time.process_time()
        self.selection, self.samples = selection, samples
        self.objective, self.settings = objective, settings
        self.spec = selection.kernel_spec()
        self.provenance: dict[str, Any] = {
            "samples": samples.describe(),
            "objective": objective.describe(),
            "settings": settings.describe(),
        }
        declaration = {"selection": repr(selection), **self.provenance}
        self.journal = Journal(declaration, settings.seed, checkpoint)
        names = settings.partition.parts
        self.select = "select" if "select" in names else None
        self.test = "test" if "test" in names else None
        self.used = "train+select" if self.select else "train"
        parts = [name for name in ("", "train", "select", "train+select", "test") if self._has(name, names)]
        self.passes = opening(selection, samples, settings, tuple(parts))
        self.ledger = Ledger(self.passes, self.journal, progress)
        objective.check(self.passes.layout(""))
        self.fractions = fractions_of(self._entries())
        self.tables: EventTables = subsample(selection, samples, settings, self.fractions)
        self.parts = Parts(self.tables, settings.partition)
        self.plan = self.parts.plans()[0]
        self.lessons = Lessons(
            selection, self.tables, self.parts, objective, settings, self.journal, progress
        )
        few = HardEvents(self.spec, self.parts.scaled(self.plan.base, self.plan.name))
        self.scaling: Scaling = scaling_of(few, self.lessons.fixed)
        self.learned: Learned | None = None

    @staticmethod
    def _has(part: str, names: tuple[str, ...]) -> bool:
        return not part or all(one in names for one in part.split("+"))

    def _entries(self) -> dict[tuple[str, str], int]:
        layout = self.passes.layout("")
        return {
            (channel, process): int(layout.total_entries[c, p])
            for c, channel in enumerate(layout.channels)
            for p, process in enumerate(layout.processes)
            if layout.present[c, p, 0]
        }

    def warm(self) -> None:
        """Learn from the subsample, as from any events in memory."""
        self.learned = self.lessons.learn(self.plan)

    @property
    def width(self) -> float:
        """Width of the smooth steps that the warm start chose, in widths of the features."""
        variant = "" if self.learned is None else self.learned.variant
        found = re.match(r"stage (\d+)", variant)
        first, last = WIDTHS
        return float(first * (last / first) ** ((int(found.group(1)) if found else STAGES) / STAGES))

    def refined(self) -> tuple[NDArray[np.float64], str]:
        """Improve these cuts on all events; the way that is best on others is taken.

        Cuts of the events to train with and of all that may be used are learned side by side, in the same
        passes: the former are compared on the events to select with, the latter are the result.
        """
        if self.learned is None:
            raise RuntimeError("there is no warm start")
        warm = self.learned.values
        parts = ["train", self.used] if self.select else [self.used]
        found = together(self.ledger, [self._refine(part, warm) for part in parts], self.width)
        chosen = int(len(found[-1].points) - 1)
        if self.select and not self.objective.is_constrained:
            answer = self.ledger.run(
                [Hard(self.select, found[0].points)], width=self.width, best=float("nan")
            )
            scores = self._problem(self.select, warm)
            chosen = int(np.argmax(scores.score(scores.yields(answer[0]))))
        settled = ", where no threshold moved any more" if found[-1].is_settled and chosen == 2 else ""
        then = f"then {_WAYS[chosen - 1]}{settled}" if chosen else "steps over all events were not better"
        judged = "; judged on events to select with" if self.select else ""
        how = f"{self.learned.how}, from {self._some()}; {then}{judged}"
        return found[-1].points[chosen], how

    def _refine(self, part: str, warm: NDArray[np.float64]) -> Asking[_Refined]:
        problem = self._problem(part, warm)
        if not problem.moving:
            return _Refined(np.array([warm]), is_settled=True)
        soft, left = warm, self.ledger.budget - LAST
        if not self.objective.is_constrained:
            soft = yield from soft_steps(problem, warm, self.width)
            left -= PASSES
        if not self.objective.is_exact or is_contracted(self.spec):
            return _Refined(np.array([warm, soft]), is_settled=False)
        hard, settled = yield from hard_steps(problem, np.array([soft, warm]), left)
        return _Refined(np.array([warm, soft, hard]), settled)

    def _problem(self, part: str, warm: NDArray[np.float64]) -> Problem:
        fixed = self.lessons.fixed
        moving = tuple(p for p in range(len(warm)) if p not in fixed and np.isfinite(warm[p]))
        return Problem(part, self.passes.layout(part), self.objective, self.scaling, moving)

    def _some(self) -> str:
        taken = sum(table.n_events for table in self.tables.values())
        return f"{taken} of {self.passes.n_events} events"

    def result(self, found: NDArray[np.float64] | None, how: str, interrupted: bool) -> CutResult:
        """Make every number again in one pass with hard cuts."""
        spec, objective, settings = self.spec, self.objective, self.settings
        learned = self.learned
        if found is not None:
            values = found
        elif learned is not None:
            values = learned.values
        else:
            best = self.lessons.learner.best_so_far()
            values = open_values(spec) if best is None else best
            values[list(self.lessons.fixed)] = list(self.lessons.fixed.values())
        plain = {c.label: c.feature.name for c in self.selection.cuts if isinstance(c.feature, Column)}
        types = column_types(self.tables, plain)
        named = dict(zip(spec.parameters, values.tolist(), strict=True))
        free = {**self.selection.snap(named, types), **settings.fixed}
        values = np.array([free[name] for name in spec.parameters])

        few = HardEvents(spec, self.tables)
        edges = [
            edges_of_cut(few, values, cut, [values[p] for p in spec.parameters_of(cut)])
            for cut in range(spec.n_cuts)
        ]
        asked = final_requests(spec, self.scaling, values, edges, self.width, self.used, self.test)
        sums = self.ledger.run(asked.requests, width=self.width, best=float("nan"))
        start = np.array(values if learned is None else learned.start)
        start[list(self.lessons.fixed)] = list(self.lessons.fixed.values())
        parts = (self.used, self.test)
        numbers = cut_numbers(self.passes, spec, objective, values, start, asked, sums, parts)
        used, unused = numbers.used, numbers.unused
        if not interrupted:
            objective.check_final(used)
        judged = None if unused is None else float(objective.hard(unused)[0])
        rows = process_rows(self.passes.layout(""), used, unused)
        few_events = tuple(sorted({p for (_, p), n in self._entries().items() if n < 50}))
        final = None if learned is None else _with_how(learned, how or learned.how)
        return CutResult(
            selection=self.selection,
            values=dict(zip(spec.parameters, values.tolist(), strict=True)),
            scores=Scores(
                name=objective.name,
                direction=objective.direction,
                used=float(objective.hard(used)[0]),
                unused=judged,
                soft=numbers.soft if learned is not None else None,
            ),
            thresholds=numbers.thresholds,
            processes=rows,
            folds=(),
            column_types=types,
            status="interrupted" if interrupted else "finished",
            message=message(objective, used, unused, final, interrupted, int(learned is not None), 1),
            warnings=warnings_of(rows, (), judged)
            + warnings_of_missed(objective, used)
            + tuple(
                f"process '{p}' has fewer than 50 events, which are divided all the same" for p in few_events
            ),
            history=tuple(self.journal.history),
            pictures=numbers.pictures,
            provenance={
                **self.provenance,
                "event": list(self.samples.event_columns),
                "passes": {
                    "by": self.passes.who,
                    "made": self.ledger.done,
                    "budget": BUDGET,
                    "events": self.passes.n_events,
                    "warm start": sum(table.n_events for table in self.tables.values()),
                },
            },
            metadata=metadata(self.began),
            origin=(self.selection, self.samples, objective, settings),
        )


def _with_how(learned: Learned, how: str) -> Learned:
    from dataclasses import replace

    return replace(learned, how=how)
