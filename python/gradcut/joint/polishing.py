"""Hard cuts in front of a trained network, and hard edges behind them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gradcut.engines.segments import layout_of
from gradcut.errors import DataError, UnattainableError
from gradcut.fitting.descent import BROAD
from gradcut.fitting.opening import TOLERANCE, opened
from gradcut.fitting.polish import polished
from gradcut.joint.in_analysis import InAnalysis
from gradcut.joint.tables import behind_cuts, in_bins
from gradcut.observables.refining import refined

if TYPE_CHECKING:
    from gradcut.fitting.journal import Journal
    from gradcut.fitting.tasks import Tasks
    from gradcut.joint.learned import LearnedJoint
    from gradcut.objectives import Objective
    from gradcut.observables.settings import TrainingSettings
    from gradcut.samples import EventTables

__all__ = ["merit_of", "with_better_cuts", "with_better_edges"]


def merit_of(learned: LearnedJoint, tables: EventTables, objective: Objective) -> float:
    """Hard objective, better when larger; minus infinity where there is none."""
    value = objective.sign * float(objective.hard(learned.yields(tables))[0])
    return -np.inf if np.isnan(value) else value


def with_better_cuts(
    learned: LearnedJoint,
    learn: EventTables,
    judge: EventTables,
    objective: Objective,
    tasks: Tasks,
    name: str,
) -> LearnedJoint:
    """Learn cuts for the bins as they are, and open those that bring less than 0.2%.

    Cuts at every sharpness of a descent, and those that exact sweeps come to, are compared with what there is
    on events that they were not made of; so is opening them.

    Parameters
    ----------
    learned : LearnedJoint
        Cuts and bins.
    learn, judge : EventTables
        Events to learn from, and those that choose.
    objective : Objective
        Of the whole.
    tasks : Tasks
        Descents to cuts with these bins.
    name : str
        Of the descent.
    """
    joint, free = learned.joint, tasks.free
    seen = tasks.objective
    task = tasks.done(name, in_bins(learn, joint, learned.bins))
    points = [polished(task.events, seen, learned.point, free)]
    for stage in range(BROAD - 1, len(task.state.snapshots)):
        point = task.values(stage, task.ranked(stage)[0])
        points.append(np.where(free, point, learned.point))
    points.append(polished(task.events, seen, points[-1], free))
    # Exact sweeps and sharp descents follow fluctuations where few events are left: not all of the way, then.
    for point in list(points):
        rows = task.scaling.within(task.scaling.standardise(np.array([learned.point, point])))
        for share in (0.5, 0.25):
            moved = ((1 - share) * rows[0] + share * rows[1]) * task.scaling.scale + task.scaling.centre
            points.append(np.where(point == learned.point, point, moved))
    best, merit = learned, merit_of(learned, judge, objective)
    for point in points:
        one = replace(learned, point=point)
        value = merit_of(one, judge, objective)
        if value > merit:
            best, merit = one, value
    wide = replace(best, point=opened(task.events, seen, best.point, free))
    value = merit_of(wide, judge, objective)
    return wide if value >= merit - TOLERANCE * objective.unit(merit) else best


def with_better_edges(
    learned: LearnedJoint,
    learn: EventTables,
    judge: EventTables,
    objective: Objective,
    settings: TrainingSettings,
    journal: Journal,
    name: str,
) -> LearnedJoint:
    """Learn edges of the output of events that pass, and take them where they are better.

    Parameters
    ----------
    learned, learn, judge, objective
        As for :func:`with_better_cuts`.
    settings, journal
        Of the fit.
    name : str
        Of the events.
    """
    joint = learned.joint
    behind, judges = (behind_cuts(tables, joint, learned.point) for tables in (learn, judge))
    seen = InAnalysis(objective, layout_of(learn))
    try:
        bins = refined(learned.bins, behind, judges, seen, settings, journal, name)  # type: ignore[arg-type]
    except (UnattainableError, DataError):
        if settings.limits is not None:
            raise
        return learned
    return replace(learned, bins=bins)
