"""Cuts for a signal efficiency: the descent of a scan with one working point."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.errors import DeclarationError
from gradcut.fitting.constraint import met
from gradcut.fitting.learned import Learned
from gradcut.fitting.polish import polished
from gradcut.fitting.tasks import Progress, scaling_of
from gradcut.objectives import EfficiencyLoss
from gradcut.scanning.descent import DescentState, Schedule
from gradcut.scanning.directions import loosening
from gradcut.scanning.task import ScanSettings, ScanTask

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.fitting.parts import Parts, Plan
    from gradcut.fitting.tasks import Tasks
    from gradcut.kernel_spec import KernelSpec
    from gradcut.objectives import Objective

__all__ = ["TargetLearner", "is_target"]

#: So many times the starts of other descents: they are cheap, and few of them lead to the best cuts.
STARTS = 3


def is_target(objective: Objective, spec: KernelSpec) -> bool:
    """Say whether an objective is a target efficiency and nothing else, of cuts that a scan can learn."""
    if type(objective) is not EfficiencyLoss or not objective.is_constrained or objective.gamma:
        return False
    try:
        loosening(spec)
    except DeclarationError:
        return False
    return True


class TargetLearner:
    """Learns cuts with the least background at a signal efficiency.

    Parameters
    ----------
    tasks : Tasks
        What is learned, and what has been done.
    parts : Parts
        Divides the events.

    Notes
    -----
    See :func:`gradcut.scan_cuts` for the descent. Its width and its end are not chosen on other events, so
    that all events of a plan learn at once. Where a scan is nearest to its target, these cuts keep the least
    signal that is not below it.
    """

    def __init__(self, tasks: Tasks, parts: Parts) -> None:
        if not isinstance(tasks.objective, EfficiencyLoss):
            raise RuntimeError("a target is that of an EfficiencyLoss")
        self.tasks, self.parts, self.objective = tasks, parts, tasks.objective
        self.settings = ScanSettings(
            spec=tasks.spec,
            targets=np.array([self.objective.target]),
            make_engine=tasks.make_engine,
            schedule=Schedule.of(tasks.n_steps, n_points=1),
            fixed=tasks.fixed,
            n_starts=STARTS * tasks.n_starts,
            seed=tasks.seed,
        )
        self._last: tuple[ScanTask, DescentState] | None = None

    def learn(self, plan: Plan) -> Learned:
        """Learn the cuts of a plan."""
        task = ScanTask(self.settings, self.parts.scaled(plan.base, plan.name))
        journal, n_steps = self.tasks.journal, self.settings.schedule.n_steps
        state = journal.get(plan.name, DescentState.stored)
        if state is None:
            state = task.started()
            journal.descents[plan.name] = state
        self._last, now = (task, state), state
        least = task.descent.least

        def report(step: int, background: float) -> None:
            width = task.descent.schedule.width(step - 1)
            best = (
                background if self.objective.background == "linear" else np.log(max(background, 0.0) + least)
            )
            value = float(self.objective.beta * best)
            if step % 10 == 0 or step == n_steps:
                journal.history.append({"task": plan.name, "step": step, "width": width, "best": value})
            journal.save(now=False)
            if self.tasks.progress is not None:
                self.tasks.progress(Progress(plan.name, step, n_steps, width, value))

        if now.step < n_steps:
            task.descent.run(now, report)
            journal.save()
        values = self._met(task, now)
        best = int(np.argmin(task.descent.background(now)[:, 0]))
        return Learned(
            values=values,
            variant="at the target",
            how="all starts descended at the target; what does not help was opened",
            selected={},
            soft=float(self.objective.hard(task.soft(values[None]))[0]),
            start=task.coordinates.thresholds(now.first)[0][best, 0],
        )

    def best_so_far(self) -> NDArray[np.float64] | None:
        """Cuts of the descent that was going on, for a fit that was interrupted."""
        return None if self._last is None else self._met(*self._last)

    def _met(self, task: ScanTask, state: DescentState) -> NDArray[np.float64]:
        """Hard cuts with the least signal that meets the target, used up as far as there is more."""
        events, scaling = task.events, scaling_of(task.events, self.tasks.fixed)
        values = met(events, self.objective, scaling, task.finished(state)[0], task.free)
        return polished(events, self.objective, values, task.free & np.isfinite(values))
