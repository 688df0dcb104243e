"""Working points from one set of events: descend, meet the targets exactly, open what is useless."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gradcut.fitting.events import HardEvents
from gradcut.scanning.descent import Descent, DescentState, Schedule
from gradcut.scanning.efficiencies import Efficiencies
from gradcut.scanning.exact import HardTarget
from gradcut.scanning.finish import finished
from gradcut.scanning.nominal import nominal
from gradcut.scanning.quantile_map import QuantileMap
from gradcut.scanning.starts import starts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.engines import Engine
    from gradcut.kernel_spec import KernelSpec
    from gradcut.samples import EventTables

__all__ = ["Interrupted", "ScanLearner", "WorkingPoints"]

#: About so many events per process are enough for the coordinates and the starts.
THIN = 50_000


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
    spec : KernelSpec
        The selection.
    targets : ndarray of shape (working points,)
        Signal efficiencies, rising.
    make_engine : callable
        From events to an engine.
    schedule : Schedule
        Steps of the descent.
    fixed : mapping of int to float
        Thresholds that are not free.
    n_starts, seed : int
        Starts of the descent.
    smoothness, cut_size : float
        Weights of CABIN eqs. 7 and 6.
    is_nested : bool
        Whether a working point keeps all events of the tighter ones.
    progress : callable, optional
        Called after every step with the name of the events, the step and the mean background efficiency.
    """

    spec: KernelSpec
    targets: NDArray[np.float64]
    make_engine: Callable[[EventTables], Engine]
    schedule: Schedule
    fixed: Mapping[int, float]
    n_starts: int
    seed: int
    smoothness: float = 0.0
    cut_size: float = 0.0
    is_nested: bool = False
    progress: Callable[[str, int, float], object] | None = None

    def learn(self, tables: EventTables, name: str) -> WorkingPoints:
        """Learn all working points from some events."""
        tables = nominal(tables)
        events = HardEvents(self.spec, tables)
        efficiencies = Efficiencies(events.layout)
        thin = events.thinned(THIN)
        roles = [role == "signal" for role in events.layout.roles]
        coordinates = QuantileMap(self.spec, thin.segments, roles)
        free = np.array([p not in self.fixed for p in range(len(self.spec.parameters))])
        signal = [s for s in thin.segments if roles[s.at[1]] and s.at[2] == 0]
        first = starts(self.spec, coordinates, signal, self.targets, self.n_starts, self.seed)
        for parameter, value in self.fixed.items():
            far = coordinates.lowest[parameter] - 4, coordinates.highest[parameter] + 4
            score = coordinates.score(int(coordinates.cut_of[parameter]), np.array([value]))[0]
            first[..., parameter] = np.clip(score, *far)
        descent = Descent(
            lambda limit: self.make_engine(coordinates.transformed(nominal(tables, limit))),
            efficiencies,
            coordinates,
            self.targets,
            self.schedule,
            max(table.n_events for table in tables.values()),
            free,
            smoothness=self.smoothness,
            cut_size=self.cut_size,
            is_nested=self.is_nested,
        )
        state = DescentState(first)

        def report(step: int, background: float) -> None:
            if self.progress is not None:
                self.progress(name, step, background)

        interrupted = False
        try:
            descent.run(state, report)
        except KeyboardInterrupt:
            interrupted = True

        def finish() -> NDArray[np.float64]:
            thresholds, slopes = coordinates.thresholds(state.free)
            for parameter, value in self.fixed.items():
                thresholds[..., parameter] = value
            return finished(
                HardTarget(events, efficiencies.totals["signal"]),
                HardTarget(thin, efficiencies.totals["signal"]),
                efficiencies,
                thresholds,
                slopes * coordinates.loosening * free,
                descent.background(state),
                self.targets,
                free,
                coordinates.loosening,
                is_coupled=descent.is_coupled,
                is_nested=self.is_nested,
                # An open cut is as far from the middle as can be.
                opens=self.cut_size == 0,
            )

        try:
            found = finish()
        except KeyboardInterrupt:
            # What was learned is not thrown away for the fraction of a second that this takes.
            interrupted, found = True, finish()
        yields = events.yields(found)
        points = WorkingPoints(
            found, efficiencies.of(yields, "signal"), efficiencies.of(yields, "background")
        )
        if interrupted:
            raise Interrupted(points)
        return points
