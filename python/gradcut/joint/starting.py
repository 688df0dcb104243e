"""Where thresholds start before bins or a network are learned with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.engines import CpuEngine
from gradcut.engines.segments import layout_of
from gradcut.errors import UnattainableError
from gradcut.fitting.opening import opened
from gradcut.fitting.tasks import Tasks
from gradcut.joint.in_analysis import InAnalysis
from gradcut.joint.tables import in_bins
from gradcut.objectives import AsimovSignificance

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from gradcut.fitting.journal import Journal
    from gradcut.fitting.tasks import Progress
    from gradcut.joint.declared import Joint
    from gradcut.joint.settings import JointSettings
    from gradcut.objectives import Objective
    from gradcut.samples import EventTables

__all__ = ["cuts_of_one_bin", "tasks_of"]


def tasks_of(
    joint: Joint,
    objective: Objective,
    settings: JointSettings,
    journal: Journal,
    progress: Callable[[Progress], object] | None,
    prefix: str,
) -> Tasks:
    """Descents to thresholds, as those of :func:`gradcut.fit_cuts`."""
    spec = joint.kernel

    def engine(events: EventTables) -> CpuEngine:
        return CpuEngine(spec, events, precision="float32", n_threads=settings.n_threads, widths=False)

    return Tasks(
        spec=spec,
        objective=objective,
        make_engine=engine,
        fixed=settings.fixed_at(joint.kernel),
        journal=journal,
        n_starts=settings.starts,
        n_steps=settings.max_steps,
        seed=settings.seed,
        progress=progress,
        prefix=prefix,
    )


def cuts_of_one_bin(
    joint: Joint,
    tables: EventTables,
    objective: Objective,
    settings: JointSettings,
    journal: Journal,
    progress: Callable[[Progress], object] | None,
    name: str,
) -> NDArray[np.float64]:
    """Thresholds that are best for everything that passes, in one bin.

    Of an objective that looks along an axis of the bins, those of the Asimov significance.

    Parameters
    ----------
    joint : Joint
        The declaration.
    tables : EventTables
        Events to learn from.
    objective : Objective
        Of the whole.
    settings, journal, progress
        Of the fit.
    name : str
        Of the events.
    """
    alone = AsimovSignificance() if objective.sees_axes else InAnalysis(objective, layout_of(tables))
    tasks = tasks_of(joint, alone, settings, journal, progress, "one bin, ")
    task = tasks.done(name, in_bins(tables, joint, None))
    stage = len(task.state.snapshots) - 1
    points = np.array([task.values(stage, row) for row in task.ranked(stage)])
    for parameter, value in tasks.fixed.items():
        points[:, parameter] = value
    merits = tasks.objective.merit(task.events.yields(points))
    if not np.isfinite(merits).any():
        raise UnattainableError("no cuts leave signal and background", where=name)
    return opened(task.events, tasks.objective, points[int(np.argmax(merits))], tasks.free)
