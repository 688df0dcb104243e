"""How cuts are learned from events in memory: the learner that an objective asks for, and its descents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from gradcut.fitting.attainable import check_attainable
from gradcut.fitting.either import with_directions
from gradcut.fitting.events import HardEvents
from gradcut.fitting.learner import Learner
from gradcut.fitting.limited import LimitedLearner
from gradcut.fitting.make_engine import engine_maker
from gradcut.fitting.target import TargetLearner, is_target
from gradcut.fitting.tasks import Tasks
from gradcut.objectives.within import Within
from gradcut.regions import Regions

if TYPE_CHECKING:
    from gradcut.fitting.journal import Journal
    from gradcut.fitting.learned import Learned
    from gradcut.fitting.parts import Parts, Plan
    from gradcut.fitting.settings import Settings
    from gradcut.fitting.tasks import Progress
    from gradcut.objectives import Objective
    from gradcut.samples import EventTables
    from gradcut.selection import Selection

__all__ = ["Lessons"]


class Lessons:
    """Learns the cuts of plans.

    Parameters
    ----------
    selection : Selection or Regions
        What is learned.
    tables : EventTables
        All events.
    parts : Parts
        How they are divided.
    objective, settings, journal, progress
        As for :func:`gradcut.fit_cuts`.

    Raises
    ------
    UnattainableError, DataError
        If no cuts can meet the constraint of the objective.
    """

    def __init__(
        self,
        selection: Selection | Regions,
        tables: EventTables,
        parts: Parts,
        objective: Objective,
        settings: Settings,
        journal: Journal,
        progress: Callable[[Progress], object] | None,
    ) -> None:
        self._spec = spec = selection.kernel_spec()
        self._objective, self._parts = objective, parts
        #: Position of every threshold that is not learned, and its value.
        self.fixed = {spec.parameters.index(name): value for name, value in settings.fixed.items()}
        check_attainable(HardEvents(spec, tables), objective, self.fixed)
        self._tasks = Tasks(
            spec=spec,
            objective=objective,
            make_engine=engine_maker(spec, settings, widths=False),
            fixed=self.fixed,
            journal=journal,
            n_starts=settings.starts,
            n_steps=settings.max_steps,
            seed=settings.seed,
            progress=progress,
        )
        self._make: type[Learner | TargetLearner | LimitedLearner] = Learner
        if is_target(objective, spec) and not isinstance(selection, Regions):
            self._make = TargetLearner
        elif isinstance(objective, Within) and not objective.uses_up:
            self._make = LimitedLearner
        self.learner = self._make(self._tasks, parts)

    def learn(self, plan: Plan) -> Learned:
        """Learn the cuts of a plan."""
        if not self._spec.either:
            return self.learner.learn(plan)
        # Directions are learned like thresholds: from the events that the plan may use.
        events = HardEvents(self._spec, self._parts.scaled(plan.base, plan.name))
        fixed = with_directions(events, self._objective, self.fixed)
        return self._make(replace(self._tasks, fixed=fixed), self._parts).learn(plan)
