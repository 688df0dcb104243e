"""Descents, each on its events: run, continued, or taken from the journal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gradcut.fitting.constraint import Guide
from gradcut.fitting.descent import Descent, DescentState
from gradcut.fitting.events import HardEvents
from gradcut.fitting.peel import peel
from gradcut.fitting.scaling import Scaling
from gradcut.fitting.starts import starts
from gradcut.fitting.thinning import thinned

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.engines import Engine
    from gradcut.engines.base import SelectionEngine
    from gradcut.fitting.journal import Journal
    from gradcut.kernel_spec import KernelSpec
    from gradcut.objectives import Objective
    from gradcut.samples import EventTables

__all__ = ["Progress", "Task", "Tasks", "scaling_of"]

#: About so many events per process are enough for scales and for a start.
THIN = 5_000
#: And so many for broad steps.
ENOUGH = 10_000


@dataclass(frozen=True)
class Progress:
    """Where a fit is; given to ``progress`` after every step.

    Parameters
    ----------
    task : str
        What is being learned from, such as ``"fold 0, half 1"``.
    step, n_steps : int
        Steps of this task.
    width : float
        Width of the smooth steps, in widths of the features.
    best : float
        Best soft value of the objective among the starts.
    """

    task: str
    step: int
    n_steps: int
    width: float
    best: float


@dataclass(frozen=True)
class Task:
    """A descent that is done, and what it worked on."""

    events: HardEvents
    engine: Engine
    scaling: Scaling
    descent: Descent
    state: DescentState

    def ranked(self, stage: int) -> NDArray[np.int64]:
        """Rows of the end of a stage, the best first."""
        return np.argsort(-self.state.merits[stage], kind="stable")

    def values(self, stage: int, row: int) -> NDArray[np.float64]:
        """Thresholds at the end of a stage."""
        return np.asarray(self.state.snapshots[stage][row] * self.scaling.scale + self.scaling.centre)

    def first(self, stage: int, row: int) -> NDArray[np.float64]:
        """Thresholds of the start that led there."""
        return np.asarray(self.state.first[self.state.origins[stage][row]])


@dataclass(frozen=True)
class Tasks:
    """Runs descents.

    Parameters
    ----------
    spec, objective
        What is learned, and for what.
    make_engine : callable
        From events to an engine.
    fixed : mapping of int to float
        Thresholds that are not free.
    journal : Journal
        What has been done.
    n_starts, n_steps, seed : int
        Settings of the descents.
    progress : callable, optional
        Called after every step.
    prefix : str, default ""
        What the names of the descents begin with, where the same events are learned from for two objectives.
    """

    spec: KernelSpec
    objective: Objective
    make_engine: Callable[[EventTables], SelectionEngine]
    fixed: Mapping[int, float]
    journal: Journal
    n_starts: int
    n_steps: int
    seed: int
    progress: Callable[[Progress], object] | None
    prefix: str = ""

    @property
    def free(self) -> NDArray[np.bool_]:
        """Which thresholds are learned."""
        return np.array([p not in self.fixed for p in range(len(self.spec.parameters))])

    def done(self, key: str, tables: EventTables) -> Task:
        """Descend on some events, or continue, or take what the journal has.

        Parameters
        ----------
        key : str
            Name of the descent.
        tables : EventTables
            What it learns from.
        """
        key = self.prefix + key
        events = HardEvents(self.spec, tables)
        scaling = scaling_of(events, self.fixed)
        few = events.thinned(THIN)

        guide = Guide(few, self.objective, scaling, self.free) if self.objective.uses_up else None
        few_tables, engine = thinned(tables, ENOUGH), self.make_engine(tables)
        broad = engine if few_tables is tables else self.make_engine(few_tables)
        descent = Descent(engine, broad, self.objective, scaling, n_steps=self.n_steps, guide=guide)
        state = self.journal.get(key, DescentState.stored)
        if state is None:
            state = self._started(few, scaling)
            self.journal.descents[key] = state

        def report(now: DescentState, best: float) -> None:
            width = descent.width(now.step - 1)
            if now.step % 10 == 0 or now.step == self.n_steps:
                self.journal.history.append({"task": key, "step": now.step, "width": width, "best": best})
            self.journal.save(now=False)
            if self.progress is not None:
                self.progress(Progress(key, now.step, self.n_steps, width, best))

        if state.step < self.n_steps:
            descent.run(state, report)
            self.journal.save()
        return Task(events, descent.engine, scaling, descent, state)

    def _started(self, events: HardEvents, scaling: Scaling) -> DescentState:
        given = [peel(events, self.objective, scaling)] if self.n_starts > 1 else []
        rows = starts(self.spec, scaling, max(self.n_starts - 2, 0), given, self.seed)
        return DescentState(scaling.free(rows), first=rows * scaling.scale + scaling.centre)


def scaling_of(events: HardEvents, fixed: Mapping[int, float]) -> Scaling:
    """Scales of the features of some events."""
    roles = [role == "signal" for role in events.layout.roles]
    return Scaling(events.spec, events.thinned(THIN).segments, roles, fixed)
