"""One set of cuts from a plan: descend, choose the sharpness on other events, open what is useless."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from gradcut.fitting.choice import VARIANTS, Variant, choose, promising
from gradcut.fitting.constraint import met, reached
from gradcut.fitting.events import HardEvents
from gradcut.fitting.learned import Learned
from gradcut.fitting.message import how
from gradcut.fitting.neighbours import is_contracted
from gradcut.fitting.opening import opened
from gradcut.fitting.pairs import exchanged
from gradcut.fitting.polish import polished
from gradcut.fitting.starts import open_values
from gradcut.fitting.tasks import scaling_of
from gradcut.yields import Moments, Yields

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.fitting.parts import Parts, Plan
    from gradcut.fitting.tasks import Task, Tasks
    from gradcut.kernel_spec import KernelSpec
    from gradcut.objectives import Objective

__all__ = ["Learner"]


@dataclass(frozen=True)
class Learner:
    """Learns cuts.

    Parameters
    ----------
    tasks : Tasks
        Runs the descents.
    parts : Parts
        Divides the events.
    aim : Objective, optional
        What hard cuts are made and chosen for, where descents are for another objective.
    """

    tasks: Tasks
    parts: Parts
    aim: Objective | None = None

    @property
    def spec(self) -> KernelSpec:
        """The selection."""
        return self.tasks.spec

    @property
    def objective(self) -> Objective:
        """What is made better."""
        return self.tasks.objective if self.aim is None else self.aim

    @property
    def free(self) -> NDArray[np.bool_]:
        """Which thresholds are learned."""
        return self.tasks.free

    @property
    def is_exact(self) -> bool:
        """Whether hard yields are all that counts, so that exact steps make sense."""
        return self.objective.is_exact and not is_contracted(self.spec)

    def learn(self, plan: Plan) -> Learned:
        """Learn the cuts of a plan.

        The rounds of the plan choose how sharp the smooth steps should be, and whether exact hard steps help:
        what is best on events that were not learned from, all rounds together. Then all events of the plan
        are learned from in that way.
        """
        moments: list[NDArray[np.float64]] = []
        rounds: list[NDArray[np.float64]] = []
        found: list[list[NDArray[np.float64]]] = []
        for one in plan.rounds:
            key = one.name if one.name.startswith("fold") else f"{plan.name}, {one.name}"
            task = self.tasks.done(key, self.parts.scaled(one.learn, f"{key}, learning"))
            # Where exact steps were no better in one round, they need not be tried in the next.
            tried = VARIANTS if all(map(promising, rounds)) else (*VARIANTS[:-1], VARIANTS[-2])
            candidates = [self._thresholds(task, variant) for variant in tried]
            found.append(candidates)
            select = HardEvents(self.spec, self.parts.scaled(one.select, f"{key}, choosing"))
            # Background is compared at equal efficiency of the signal, also where it fluctuates.
            points = met(select, self.objective, task.scaling, np.array(candidates), self.free)
            yields = select.yields(points)
            moments.append(np.stack(list(yields.moments)))
            rounds.append(self.objective.merit(yields))
        # The moments are of the full sample in every round: their mean is that of all rounds together.
        pooled = Yields(yields.layout, Moments(*np.mean(moments, axis=0)))
        merits = self.objective.merit(pooled)
        best = choose(merits, np.array(rounds), self.objective.unit(float(merits.max())))
        base = self.tasks.done(plan.name, self.parts.scaled(plan.base, plan.name))
        chosen, values = self._existing(base, [best, *np.argsort(-merits, kind="stable")])
        if self.objective.uses_up:
            values = self._best(base, [values, *(candidates[best] for candidates in found)])
        values = self._finished(base, values)
        width = base.descent.stage_width(chosen.stage)
        return Learned(
            values=values,
            variant=str(chosen),
            how=how(self.objective, chosen.exact, width),
            selected=dict(zip(map(str, VARIANTS), self.objective.hard(pooled).tolist(), strict=True)),
            soft=self._soft(base, values, width),
            start=base.first(chosen.stage, base.ranked(chosen.stage)[0]),
        )

    def best_so_far(self) -> NDArray[np.float64] | None:
        """Best thresholds of any descent on all events, for a fit that was interrupted."""
        rows = [state.snapshots[-1] for state in self.tasks.journal.descents.values() if state.snapshots]
        if not rows:
            return None
        events = HardEvents(self.spec, self.parts.tables)
        scaling = scaling_of(events, self.tasks.fixed)
        points = np.concatenate(rows) * scaling.scale + scaling.centre
        for parameter, value in self.tasks.fixed.items():
            points[:, parameter] = value
        points = met(events, self.objective, scaling, points, self.free)
        return np.asarray(points[int(np.argmax(self.objective.merit(events.yields(points))))])

    def _thresholds(self, task: Task, variant: Variant) -> NDArray[np.float64]:
        """Thresholds of one way to make hard cuts of a descent, at the constraint of the objective."""
        values = task.values(variant.stage, task.ranked(variant.stage)[0])
        for parameter, value in self.tasks.fixed.items():
            values[parameter] = value
        values = self._reached(task, values)
        if not variant.exact or not self.is_exact:
            return values
        improved = exchanged if self.objective.is_constrained else polished
        return improved(task.events, self.objective, values, self.free)

    def _existing(self, task: Task, order: list[int]) -> tuple[Variant, NDArray[np.float64]]:
        """Return the first way in some order whose hard cuts have a value where they learned.

        Smooth cuts may lie where no event of the background is left; there is no objective there. Where that
        holds for all ways, exact sweeps lead back to where there is one, or all cuts are opened.
        """
        for at in order:
            values = self._thresholds(task, VARIANTS[at])
            if self.objective.merit(task.events.yields(values[None]))[0] > -np.inf:
                return VARIANTS[at], values
        values = self._thresholds(task, VARIANTS[order[0]])
        wide = np.where(self.free, open_values(self.spec), values)
        points = np.array([polished(task.events, self.objective, values, self.free), wide])
        merits = self.objective.merit(task.events.yields(points))
        return VARIANTS[order[0]], points[int(np.argmax(merits))]

    def _best(self, task: Task, points: list[NDArray[np.float64]]) -> NDArray[np.float64]:
        """Return the best of some thresholds at the constraint.

        Under a tight one descents end in different valleys: that of fewer events may be the better one.
        """
        moved = [points[0], *(self._reached(task, values) for values in points[1:])]
        return moved[int(np.argmax(self.objective.merit(task.events.yields(np.array(moved)))))]

    def _reached(self, task: Task, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return reached(task.events, self.objective, task.scaling, values, self.free)

    def _finished(self, task: Task, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Without the cuts that hardly help, and with the signal that is beyond the target used up."""
        again = partial(met, task.events, self.objective, task.scaling, free=self.free)
        values = opened(task.events, self.objective, values, self.free, again)
        if not (self.objective.uses_up and self.is_exact):
            return values
        # Tightening what is open would cut off the few events of the background beyond all of the signal.
        return polished(task.events, self.objective, values, self.free & np.isfinite(values))

    def _soft(self, task: Task, values: NDArray[np.float64], width: float) -> float:
        """Objective of the soft yields at hard cuts, open ones just outside of the events."""
        scaling = task.scaling
        rows = scaling.within(scaling.standardise(values[None]))
        yields = task.engine.evaluate(scaling.points(rows, width)).yields
        return float(self.objective.hard(yields)[0])
