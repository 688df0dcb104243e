"""Cuts for an objective under limits that may hold by themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gradcut.fitting.events import HardEvents
from gradcut.fitting.learner import Learner
from gradcut.objectives.base import ROUNDING
from gradcut.objectives.within import Within

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.fitting.learned import Learned
    from gradcut.fitting.parts import Parts, Plan
    from gradcut.fitting.tasks import Tasks

__all__ = ["LimitedLearner"]


class LimitedLearner:
    """Learns cuts without the limits first, and with them only where these do not hold.

    Parameters
    ----------
    tasks : Tasks
        What is learned, for an objective under limits.
    parts : Parts
        Divides the events.

    Notes
    -----
    Smooth cuts keep more background than hard ones, and would be held back by a limit that hard ones are far
    from. Where it does not hold by itself the best cuts lie at it: hard cuts of the descents without the
    limits are moved there, those of descents within them are, too, and the better ones are taken, on the
    events that were not learned from.
    """

    def __init__(self, tasks: Tasks, parts: Parts) -> None:
        if not isinstance(tasks.objective, Within):
            raise RuntimeError("limits are those of an objective under limits")
        self.parts, self.objective = parts, tasks.objective
        self.free = Learner(replace(tasks, objective=tasks.objective.objective), parts)
        pressed = tasks.objective.pressed()
        self.moved = replace(self.free, aim=pressed)
        self.limited = Learner(replace(tasks, objective=pressed, prefix="within limits, "), parts)

    def learn(self, plan: Plan) -> Learned:
        """Learn the cuts of a plan."""
        learned = self.free.learn(plan)
        events = HardEvents(self.free.spec, self.parts.scaled(plan.base, plan.name))
        excess = self.objective.constrained(events.yields(learned.values[None])).excess
        if excess[0] >= -ROUNDING:
            return learned
        found = [learner.learn(plan) for learner in (self.moved, self.limited)]
        sign = self.objective.sign
        return max(found, key=lambda one: sign * one.selected.get(one.variant, -sign * np.inf))

    def best_so_far(self) -> NDArray[np.float64] | None:
        """Best thresholds of any descent on all events, for a fit that was interrupted."""
        return self.limited.best_so_far()
