"""Working points from one set of events: descend, meet the targets exactly, open what is useless."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gradcut.scanning.task import ScanSettings, ScanTask

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gradcut.samples import EventTables

__all__ = ["Interrupted", "ScanLearner", "WorkingPoints"]


@dataclass(frozen=True)
class WorkingPoints:
    """Thresholds of shape (working points, parameters) and their hard efficiencies where they learned."""

    values: NDArray[np.float64]
    signal: NDArray[np.float64]
    background: NDArray[np.float64]


class Interrupted(Exception):  # noqa: N818 (no error: somebody pressed Ctrl-C)
    """The descent was stopped; with the working points that it had come to."""

    def __init__(self, points: WorkingPoints) -> None:
        super().__init__("interrupted")
        self.points = points


@dataclass(frozen=True)
class ScanLearner:
    """Learns working points.

    Parameters
    ----------
    settings : ScanSettings
        What is learned.
    progress : callable, optional
        Called after every step with the name of the events, the step and the mean background efficiency.
    """

    settings: ScanSettings
    progress: Callable[[str, int, float], object] | None = None

    def learn(self, tables: EventTables, name: str) -> WorkingPoints:
        """Learn all working points from some events."""
        task = ScanTask(self.settings, tables)
        state = task.started()

        def report(step: int, background: float) -> None:
            if self.progress is not None:
                self.progress(name, step, background)

        interrupted = False
        try:
            task.descent.run(state, report)
        except KeyboardInterrupt:
            interrupted = True
        try:
            found = task.finished(state)
        except KeyboardInterrupt:
            # What was learned is not thrown away for the fraction of a second that this takes.
            interrupted, found = True, task.finished(state)
        yields, efficiencies = task.events.yields(found), task.efficiencies
        points = WorkingPoints(
            found, efficiencies.of(yields, "signal"), efficiencies.of(yields, "background")
        )
        if interrupted:
            raise Interrupted(points)
        return points
