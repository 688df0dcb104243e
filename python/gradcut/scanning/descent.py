"""Descent of all working points together, each kept at its signal efficiency."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.scanning.coupling import nested, smoothness_gradient

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.engines.base import SelectionEngine
    from gradcut.scanning.efficiencies import Efficiencies
    from gradcut.scanning.quantile_map import QuantileMap

__all__ = ["Descent", "DescentState", "Schedule"]

#: Memory of the mean gradient and of its square.
MOMENTA = (0.9, 0.97)
#: Largest move of a score in one step that restores the signal efficiency.
RESTORE = 0.3
#: Least distance of the two ends of a window, in scores.
GAP = 0.02


@dataclass(frozen=True)
class Schedule:
    """Steps of a descent.

    Parameters
    ----------
    n_steps : int
        All steps.
    n_broad : int
        So many steps with all starts on few events; then the best starts go on.
    n_middle : int
        Until this step with some starts, then with the best ones.
    n_full : int
        From this step on with all events, before it with more events than in the broad ones.
    n_kept, n_last : int
        Starts that go on in between, and to the end.
    few, more : int
        Events per process.
    widths : tuple of float
        Width of the smooth steps at the start and at the end, in scores.
    rates : tuple of float
        Size of the steps at the start and at the end, in scores.
    """

    n_steps: int = 100
    n_broad: int = 30
    n_middle: int = 60
    n_full: int = 84
    n_kept: int = 2
    n_last: int = 1
    few: int = 2_000
    more: int = 50_000
    widths: tuple[float, float] = (0.5, 0.08)
    rates: tuple[float, float] = (0.16, 0.01)

    @classmethod
    def of(cls, n_steps: int, n_points: int) -> Schedule:
        """Return a schedule of some steps: three tenths of them broad, the last sixth with all events.

        The fewer working points there are, the more starts go on and the more events say which.
        """
        return cls(
            n_steps=n_steps,
            n_broad=3 * n_steps // 10,
            n_middle=6 * n_steps // 10,
            n_full=n_steps - n_steps // 6,
            n_kept=min(max(20 // n_points, 2), 6),
            n_last=min(max(10 // n_points, 1), 3),
            few=min(max(20_000 // n_points, 2_000), 4_000),
        )

    def limit(self, step: int, n_events: int) -> int | None:
        """Events per process that a step needs, None for all: broad steps average over many."""
        limit = self.few if step < self.n_broad else self.more if step < self.n_full else n_events
        return limit if n_events >= 2 * limit else None

    def width(self, step: int) -> float:
        """Width of the smooth steps at a step."""
        first, last = self.widths
        return float(first * (last / first) ** (step / max(self.n_steps - 1, 1)))

    def rate(self, step: int) -> float:
        """Size of a step."""
        first, last = self.rates
        return float(last + (first - last) * (1 - step / max(self.n_steps - 1, 1)))


@dataclass
class DescentState:
    """Everything the next step depends on: scores of shape (starts, working points, parameters).

    ``first`` is where each of the starts that are left began, of the same shape.
    """

    free: NDArray[np.float64]
    step: int = 0
    mean: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    square: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    first: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    @classmethod
    def stored(cls, arrays: Mapping[str, NDArray[np.float64]], plain: Mapping[str, Any]) -> DescentState:
        """State from what :meth:`arrays` and :meth:`plain` gave."""
        return cls(arrays["free"], int(plain["step"]), arrays["mean"], arrays["square"], arrays["first"])

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All arrays by name, for a checkpoint."""
        return {name: getattr(self, name) for name in ("free", "mean", "square", "first")}

    def plain(self) -> dict[str, int]:
        """All numbers by name, for a checkpoint."""
        return {"step": self.step}

    def keep(self, rows: NDArray[np.int64]) -> None:
        """Go on with some starts, shape (kept, working points): which start, per working point."""
        columns = np.arange(self.free.shape[1])[None, :]
        self.free, self.mean, self.square, self.first = (
            array[rows, columns] for array in (self.free, self.mean, self.square, self.first)
        )


class Descent:
    """Minimises the logarithm of the background efficiency at given signal efficiencies.

    Each step moves along the surface of constant signal efficiency (the gradient of the objective less its
    part along the gradient of the signal efficiency) and then back to the target, by the same gradients.

    Parameters
    ----------
    make_engine : callable
        From a number of events per process, or None for all, to an engine with scores for features.
    efficiencies : Efficiencies
        Of its yields.
    coordinates : QuantileMap
        Scores to thresholds.
    targets : ndarray of shape (working points,)
        Signal efficiencies, rising.
    schedule : Schedule
        Steps.
    n_events : int
        Events of the largest process.
    free : ndarray of bool, shape (parameters,)
        Which parameters are learned.
    smoothness : float, default 0
        Weight of the distance of each threshold from what its neighbours say (CABIN eq. 7).
    cut_size : float, default 0
        Weight of the mean squared score (CABIN eq. 6).
    is_nested : bool, default False
        Whether a working point keeps all events of the tighter ones.
    """

    def __init__(
        self,
        make_engine: Callable[[int | None], SelectionEngine],
        efficiencies: Efficiencies,
        coordinates: QuantileMap,
        targets: NDArray[np.float64],
        schedule: Schedule,
        n_events: int,
        free: NDArray[np.bool_],
        *,
        smoothness: float = 0.0,
        cut_size: float = 0.0,
        is_nested: bool = False,
    ) -> None:
        self.make_engine, self.efficiencies, self.coordinates = make_engine, efficiencies, coordinates
        self._engine: tuple[int | None, SelectionEngine] | None = None
        self.targets, self.schedule, self.free, self.n_events = targets, schedule, free, n_events
        self.smoothness, self.cut_size, self.is_nested = smoothness, cut_size, is_nested
        layout = efficiencies.layout
        indices = layout.process_indices("background")
        #: Background efficiency that an event of mean weight has: less is not known to be less.
        self.least = float(
            np.sqrt(np.sum(layout.mean_weight[:, indices] ** 2)) / efficiencies.totals["background"]
        )
        spec = coordinates.spec
        self.turns = spec.tree is not None and bool(spec.tree.alternatives.any())
        self.pairs = [
            (int(spec.low[c]), int(spec.high[c]))
            for c in range(spec.n_cuts)
            if spec.low[c] >= 0 and spec.high[c] >= 0
        ]

    @property
    def is_coupled(self) -> bool:
        """Whether working points depend on each other."""
        return self.is_nested or self.smoothness > 0

    def run(self, state: DescentState, report: Callable[[int, float], None]) -> None:
        """Take the steps that are left; the state is whole whenever this is interrupted."""
        while state.step < self.schedule.n_steps:
            background = self._step(state, move=True)
            # Before anything can interrupt: a state that is stored has its starts chosen.
            how = self.schedule
            kept = {how.n_broad: how.n_kept, how.n_middle: how.n_last}.get(state.step)
            if kept is not None and len(state.free) > kept:
                state.keep(self._best(background, kept))
            report(state.step, float(np.mean(background.min(0))))

    def background(self, state: DescentState) -> NDArray[np.float64]:
        """Soft background efficiency, shape (starts, working points)."""
        return self._step(state, move=False)

    def _best(self, background: NDArray[np.float64], kept: int) -> NDArray[np.int64]:
        """Starts that go on, shape (kept, working points).

        Where working points hang together, the best family and the best of each working point: these fall
        into place while they go on, and only then are compared with the family.
        """
        merit = np.log(np.maximum(background, 0) + 0.1 * self.least)
        each = np.argsort(merit, axis=0, kind="stable")[:kept]
        if not self.is_coupled:
            return np.asarray(each)
        family = np.full((1, background.shape[1]), np.argmin(merit.sum(1)))
        return family if kept == 1 else np.concatenate([family, each[: kept - 1]])

    def _step(self, state: DescentState, *, move: bool) -> NDArray[np.float64]:
        shape = state.free.shape
        width = self.schedule.width(min(state.step, self.schedule.n_steps - 1))
        z = self._bounded(state.free, width).reshape(-1, shape[2])
        engine = self._engine_at(state.step)
        found = self.efficiencies.gradients(engine, self.coordinates.points(z, width))
        background = found.background.reshape(shape[:2])
        if not move:
            return background
        signal = np.maximum(found.signal, 1e-6)
        up = found.d_signal * self.free / signal[:, None]
        down = found.d_background * self.free
        down = down / (np.maximum(found.background, 0) + 0.1 * self.least)[:, None]
        down += self._penalties(z.reshape(shape)).reshape(z.shape) * self.free
        self._advance(state, z, up, down, np.log(np.tile(self.targets, shape[0]) / signal))
        return background

    def _engine_at(self, step: int) -> SelectionEngine:
        limit = self.schedule.limit(step, self.n_events)
        if self._engine is None or self._engine[0] != limit:
            self._engine = limit, self.make_engine(limit)
        return self._engine[1]

    def _penalties(self, z: NDArray[np.float64]) -> NDArray[np.float64]:
        gradient = np.asarray(2 * self.cut_size / z.shape[2] * z)
        if self.smoothness > 0:
            gradient = gradient + self.smoothness * smoothness_gradient(z, self.targets)
        return gradient

    def _advance(
        self,
        state: DescentState,
        z: NDArray[np.float64],
        up: NDArray[np.float64],
        down: NDArray[np.float64],
        short: NDArray[np.float64],
    ) -> None:
        """Move along the surface of constant signal efficiency, and by ``short`` of its logarithm to it."""
        shape = state.free.shape
        first, second = MOMENTA
        mean, square = (
            (np.zeros_like(z), np.zeros_like(z))
            if state.step == 0
            else (state.mean.reshape(z.shape), state.square.reshape(z.shape))
        )
        normal = (up * up).sum(1, keepdims=True) + 1e-9

        def tangent(vector: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.asarray(vector - (vector * up).sum(1, keepdims=True) / normal * up)

        down = np.nan_to_num(down, nan=0.0, posinf=0.0, neginf=0.0)
        # Where the surface turns, as it does for alternatives, the part of earlier gradients across it would
        # decide, which is the larger one.
        mean = first * mean + (1 - first) * (tangent(down) if self.turns else down)
        along = tangent(mean)
        square = second * square + (1 - second) * along**2
        unbiased = np.sqrt(square / (1 - second ** (state.step + 1)))
        step = tangent(-self.schedule.rate(state.step) * along / (unbiased + 1e-3))
        restore = np.clip(short[:, None] / normal * up, -RESTORE, RESTORE)
        moved = (z + step + restore).reshape(shape)
        if self.is_nested:
            moved = nested(moved, self.coordinates.loosening, self.free)
        state.mean, state.square = mean.reshape(shape), square.reshape(shape)
        state.free = np.where(self.free, moved, state.free)
        state.step += 1

    def _bounded(self, z: NDArray[np.float64], width: float) -> NDArray[np.float64]:
        """Keep scores where there is a gradient, and the ends of windows and vetoes in order."""
        z = np.clip(z, *self.coordinates.bounds(width))
        for low, high in self.pairs:
            middle = (z[..., low] + z[..., high]) / 2
            crossed = z[..., high] - z[..., low] < GAP
            z[..., low] = np.where(crossed, middle - GAP / 2, z[..., low])
            z[..., high] = np.where(crossed, middle + GAP / 2, z[..., high])
        return z
