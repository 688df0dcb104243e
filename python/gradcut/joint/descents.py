"""Descents to thresholds with what is behind them as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradcut.engines import CpuEngine
from gradcut.fitting.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import Callable

    from gradcut.fitting.journal import Journal
    from gradcut.fitting.tasks import Progress
    from gradcut.joint.declared import Joint
    from gradcut.joint.settings import JointSettings
    from gradcut.objectives import Objective
    from gradcut.samples import EventTables

__all__ = ["tasks_of"]


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
