"""Learning working points from one set of events, step by step: it can be stopped, stored and continued."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gradcut.fitting.either import with_directions
from gradcut.fitting.events import HardEvents
from gradcut.objectives import EfficiencyLoss
from gradcut.scanning.descent import Descent, DescentState, Schedule
from gradcut.scanning.efficiencies import Efficiencies
from gradcut.scanning.exact import HardTarget
from gradcut.scanning.finish import finished
from gradcut.scanning.nominal import nominal
from gradcut.scanning.quantile_map import QuantileMap
from gradcut.scanning.starts import starts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.engines.base import SelectionEngine
    from gradcut.kernel_spec import KernelSpec
    from gradcut.samples import EventTables
    from gradcut.yields import Yields

__all__ = ["ScanSettings", "ScanTask"]

#: About so many events per process are enough for the coordinates and the starts.
THIN = 50_000


@dataclass(frozen=True)
class ScanSettings:
    """What is learned, and how.

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
    """

    spec: KernelSpec
    targets: NDArray[np.float64]
    make_engine: Callable[[EventTables], SelectionEngine]
    schedule: Schedule
    fixed: Mapping[int, float]
    n_starts: int
    seed: int
    smoothness: float = 0.0
    cut_size: float = 0.0
    is_nested: bool = False


class ScanTask:
    """A descent on some events, and the hard working points that come of it.

    Parameters
    ----------
    settings : ScanSettings
        What is learned.
    tables : EventTables
        What it is learned from.
    """

    def __init__(self, settings: ScanSettings, tables: EventTables) -> None:
        spec = settings.spec
        self.tables = nominal(tables)
        self.events = HardEvents(spec, self.tables)
        middle = float(settings.targets[len(settings.targets) // 2])
        fixed = with_directions(self.events, EfficiencyLoss(middle), settings.fixed)
        self.settings = settings = replace(settings, fixed=fixed)
        self.efficiencies = Efficiencies(self.events.layout)
        self.thin = self.events.thinned(THIN)
        self.is_signal = [role == "signal" for role in self.events.layout.roles]
        self.coordinates = QuantileMap(spec, self.thin.segments, self.is_signal)
        self.free = np.array([p not in settings.fixed for p in range(len(spec.parameters))])
        self.descent = Descent(
            self._engine,
            self.efficiencies,
            self.coordinates,
            settings.targets,
            settings.schedule,
            max(table.n_events for table in self.tables.values()),
            self.free,
            smoothness=settings.smoothness,
            cut_size=settings.cut_size,
            is_nested=settings.is_nested,
        )

    def _engine(self, limit: int | None) -> SelectionEngine:
        return self.settings.make_engine(self.coordinates.transformed(nominal(self.tables, limit)))

    def started(self) -> DescentState:
        """Where the descent begins."""
        how, coordinates = self.settings, self.coordinates
        signal = [s for s in self.thin.segments if self.is_signal[s.at[1]] and s.at[2] == 0]
        first = starts(how.spec, coordinates, signal, how.targets, how.n_starts, how.seed)
        for parameter, value in how.fixed.items():
            far = coordinates.lowest[parameter] - 4, coordinates.highest[parameter] + 4
            score = coordinates.score(int(coordinates.cut_of[parameter]), np.array([value]))[0]
            first[..., parameter] = np.clip(score, *far)
        return DescentState(first, first=first.copy())

    def finished(self, state: DescentState) -> NDArray[np.float64]:
        """Hard thresholds of shape (working points, parameters) from wherever the descent is."""
        thresholds, slopes = self.coordinates.thresholds(state.free)
        for parameter, value in self.settings.fixed.items():
            thresholds[..., parameter] = value
        total = self.efficiencies.totals["signal"]
        return finished(
            HardTarget(self.events, total),
            HardTarget(self.thin, total),
            self.efficiencies,
            thresholds,
            slopes * self.coordinates.loosening * self.free,
            self.descent.background(state),
            self.settings.targets,
            self.free,
            self.coordinates.loosening,
            is_coupled=self.descent.is_coupled,
            is_nested=self.settings.is_nested,
            # An open cut is as far from the middle as can be.
            opens=self.settings.cut_size == 0,
        )

    def soft(self, values: NDArray[np.float64]) -> Yields:
        """Yields of the smooth cuts at thresholds of shape (points, parameters), at their final width."""
        width = self.settings.schedule.widths[1]
        scores = np.clip(self.coordinates.free(values), *self.coordinates.bounds(width))
        return self._engine(None).evaluate(self.coordinates.points(scores, width)).yields
