"""One set of cuts from a plan: descend, choose the sharpness on other events, open what is useless."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gradcut.fitting.choice import VARIANTS, Variant, choose
from gradcut.fitting.descent import Descent, DescentState
from gradcut.fitting.events import HardEvents
from gradcut.fitting.peel import peel
from gradcut.fitting.polish import opened, polished, shifted
from gradcut.fitting.scaling import Scaling
from gradcut.fitting.starts import starts
from gradcut.yields import Moments, Yields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from gradcut.engines import Engine
    from gradcut.fitting.journal import Journal
    from gradcut.fitting.parts import Parts, Plan
    from gradcut.kernel_spec import KernelSpec
    from gradcut.objectives import Objective
    from gradcut.samples import EventTables

__all__ = ["Learned", "Learner", "Progress"]

#: About so many events per process are enough for a start.
THIN = 10_000

_LOGGER = logging.getLogger(__name__)


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
class Learned:
    """Cuts of one plan."""

    values: NDArray[np.float64]
    #: How they were made of the descent, and the width of its smooth steps then.
    variant: Variant
    width: float
    #: Objective on events that were not learned from, per way; it chose the way.
    selected: dict[str, float]
    #: Soft objective at these cuts, with that width.
    soft: float
    #: Thresholds of the start that led here.
    start: NDArray[np.float64]


@dataclass(frozen=True)
class _Task:
    """A descent that is done, and what it worked on."""

    events: HardEvents
    engine: Engine
    scaling: Scaling
    descent: Descent
    state: DescentState


@dataclass(frozen=True)
class Learner:
    """Learns cuts.

    Parameters
    ----------
    spec, parts, objective
        What is learned, from what, and for what.
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
    """

    spec: KernelSpec
    parts: Parts
    objective: Objective
    make_engine: Callable[[EventTables], Engine]
    fixed: Mapping[int, float]
    journal: Journal
    n_starts: int
    n_steps: int
    seed: int
    progress: Callable[[Progress], object] | None

    @property
    def free(self) -> NDArray[np.bool_]:
        """Which thresholds are learned."""
        return np.array([p not in self.fixed for p in range(len(self.spec.parameters))])

    def learn(self, plan: Plan) -> Learned:
        """Learn the cuts of a plan.

        The rounds of the plan choose how sharp the smooth steps should be, and whether exact hard sweeps
        help: what is best on events that were not learned from, all rounds together. Then all events of the
        plan are learned from in that way.
        """
        moments, rounds = [], []
        for one in plan.rounds:
            key = one.name if one.name.startswith("fold") else f"{plan.name}, {one.name}"
            task = self._descend(key, self.parts.scaled(one.learn, f"{key}, learning"))
            candidates = np.array([self._thresholds(task, variant) for variant in VARIANTS])
            select = HardEvents(self.spec, self.parts.scaled(one.select, f"{key}, choosing"))
            yields = select.yields(candidates)
            moments.append(np.stack(list(yields.moments)))
            rounds.append(self.objective.sign * self.objective.hard(yields))
        # The moments are of the full sample in every round: their mean is that of all rounds together.
        pooled = Yields(yields.layout, Moments(*np.mean(moments, axis=0)))
        scores = self.objective.hard(pooled)
        chosen = VARIANTS[choose(self.objective.sign * scores, np.array(rounds))]
        base = self._descend(plan.name, self.parts.scaled(plan.base, plan.name))
        values = self._thresholds(base, chosen)
        values = opened(base.events, self.objective, values, self.free)
        width = base.descent.stage_width(chosen.stage)
        return Learned(
            values=values,
            variant=chosen,
            width=width,
            selected={str(variant): float(score) for variant, score in zip(VARIANTS, scores, strict=True)},
            soft=self._soft(base, values, width),
            start=base.state.first[base.state.origins[chosen.stage][self._row(base, chosen)]],
        )

    def best_so_far(self) -> NDArray[np.float64] | None:
        """Best thresholds of any descent on all events, for a fit that was interrupted."""
        tables = self.parts.tables
        events = HardEvents(self.spec, tables)
        rows = [state.snapshots[-1] if state.snapshots else None for state in self.journal.descents.values()]
        known = [row for row in rows if row is not None]
        if not known:
            return None
        scaling = self._scaling(events)
        points = np.concatenate(known) * scaling.scale + scaling.centre
        scores = self.objective.sign * self.objective.hard(events.yields(points))
        return np.asarray(points[int(np.argmax(scores))])

    def _scaling(self, events: HardEvents) -> Scaling:
        roles = [role == "signal" for role in events.layout.roles]
        return Scaling(self.spec, events.thinned(THIN).segments, roles, self.fixed)

    def _descend(self, key: str, tables: EventTables) -> _Task:
        """Descend on some events, or continue, or take what the journal has."""
        events = HardEvents(self.spec, tables)
        scaling = self._scaling(events)
        engine = self.make_engine(tables)
        descent = Descent(engine, self.objective, scaling, n_steps=self.n_steps)
        state = self.journal.descents.get(key)
        if state is None:
            given = [peel(events.thinned(THIN), self.objective, scaling)] if self.n_starts > 1 else []
            rows = starts(self.spec, scaling, max(self.n_starts - 2, 0), given, self.seed)
            state = DescentState(scaling.free(rows), first=rows * scaling.scale + scaling.centre)
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
        return _Task(events, engine, scaling, descent, state)

    def _thresholds(self, task: _Task, variant: Variant) -> NDArray[np.float64]:
        """Thresholds of one way to make hard cuts of a descent."""
        values = (
            task.state.snapshots[variant.stage][self._row(task, variant)] * task.scaling.scale
            + task.scaling.centre
        )
        for parameter, value in self.fixed.items():
            values[parameter] = value
        if variant.step == "exact sweeps":
            return polished(task.events, self.objective, values, self.free)
        if variant.step == "shifted":
            width = task.descent.stage_width(variant.stage)
            return shifted(task.events, self.objective, task.scaling, values, self.free, width)
        return np.asarray(values)

    def _row(self, task: _Task, variant: Variant) -> int:
        """Return the start that is best after a stage."""
        return int(np.argmax(self.objective.sign * task.state.soft[variant.stage]))

    def _soft(self, task: _Task, values: NDArray[np.float64], width: float) -> float:
        """Soft objective at hard cuts, open ones just outside of the events."""
        import torch

        scaling = task.scaling
        rows = np.clip(scaling.standardise(values[None]), scaling.lowest - 1, scaling.highest + 1)
        for low, high in scaling.pairs:  # an open veto
            rows[:, low] = np.minimum(rows[:, low], rows[:, high])
        points = scaling.points(torch.from_numpy(rows), width).numpy()
        evaluation = task.engine.evaluate(points)
        tensors = Moments(*(torch.from_numpy(np.asarray(m)) for m in evaluation.yields.moments))
        return float(self.objective.soft(Yields(evaluation.yields.layout, tensors))[0])
