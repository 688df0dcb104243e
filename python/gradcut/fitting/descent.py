"""Gradient descent of all starts together, from broad steps to sharp ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.fitting.neighbours import contraction_gradient

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.engines import Engine
    from gradcut.fitting.constraint import Guide
    from gradcut.fitting.scaling import Scaling
    from gradcut.objectives import Objective

__all__ = ["STAGES", "WIDTHS", "Descent", "DescentState"]

#: Widths of the smooth steps at the start and at the end, in widths of the feature.
WIDTHS = (0.8, 0.08)
#: Stages of a descent; after each, thresholds are kept for the choice of the width.
STAGES = 6
#: An open cut is this many widths of its smooth step outside of the events: not closer, so that it costs
#: nothing, and not further, so that its gradient does not vanish.
MARGIN = 4.0
#: So many starts are followed to the end.
LEAST_STARTS = 2
#: A scout is sent out at the end of this stage, counted from 0: the broad view is there, and time to settle.
SCOUTED = 1
#: So many stages see fewer events.
BROAD = 2
#: Memory of Adam's means.
MOMENTA = (0.9, 0.98)


@dataclass
class DescentState:
    """Everything that the next step depends on, as plain data."""

    free: NDArray[np.float64]
    step: int = 0
    #: Running means of the gradient and of its square.
    mean: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    square: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    #: Thresholds at the end of every stage, each of shape (starts, parameters), and how good they are.
    snapshots: list[NDArray[np.float64]] = field(default_factory=list)
    merits: list[NDArray[np.float64]] = field(default_factory=list)
    #: Which start each row of ``free`` comes from, and the same at the end of every stage.
    origin: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    origins: list[NDArray[np.int64]] = field(default_factory=list)
    #: Thresholds of the starts, shape (starts, parameters).
    first: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    @classmethod
    def stored(cls, arrays: Mapping[str, NDArray[np.float64]], plain: Mapping[str, Any]) -> DescentState:
        """State from what :meth:`arrays` and :meth:`plain` gave."""
        stages = range(plain["stages"])
        return cls(
            free=arrays["free"],
            step=int(plain["step"]),
            mean=arrays["mean"],
            square=arrays["square"],
            origin=arrays["origin"].astype(np.int64),
            first=arrays["first"],
            snapshots=[arrays[f"thresholds {i}"] for i in stages],
            merits=[arrays[f"merits {i}"] for i in stages],
            origins=[arrays[f"origins {i}"].astype(np.int64) for i in stages],
        )

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All arrays by name, for a checkpoint."""
        found: dict[str, NDArray[Any]] = {
            name: getattr(self, name) for name in ("free", "mean", "square", "origin", "first")
        }
        for what, rows in (
            ("thresholds", self.snapshots),
            ("merits", self.merits),
            ("origins", self.origins),
        ):
            found.update((f"{what} {i}", row) for i, row in enumerate(rows))
        return found

    def plain(self) -> dict[str, int]:
        """All numbers by name, for a checkpoint."""
        return {"step": self.step, "stages": len(self.snapshots)}

    def moved(self, gradient: NDArray[np.float64], rate: float | NDArray[np.float64]) -> DescentState:
        """State after a step of Adam down a gradient (Kingma and Ba, arXiv:1412.6980)."""
        # Not torch.optim: it imports torch's compiler, seconds of CPU for twelve lines.
        after = copy(self)
        after.step += 1
        if self.step == 0:
            after.mean, after.square = np.zeros_like(self.free), np.zeros_like(self.free)
            after.origin = np.arange(len(self.free))
        first, second = MOMENTA
        gradient = np.nan_to_num(gradient, nan=0.0, posinf=0.0, neginf=0.0)
        after.mean = first * after.mean + (1 - first) * gradient
        after.square = second * after.square + (1 - second) * gradient**2
        mean, square = after.mean / (1 - first**after.step), after.square / (1 - second**after.step)
        after.free = self.free - rate * mean / (np.sqrt(square) + 1e-8)
        return after

    def reached(
        self, thresholds: NDArray[np.float64], merits: NDArray[np.float64], found: NDArray[np.float64]
    ) -> None:
        """End a stage: the better half of the points goes on, and what a scout found, in free numbers."""
        self.snapshots = [*self.snapshots, thresholds]
        self.merits = [*self.merits, merits]
        self.origins = [*self.origins, self.origin]
        order = np.argsort(-merits, kind="stable")
        # With broad steps most starts have met by now.
        rows = np.sort(order[: max(LEAST_STARTS, (len(merits) + 1) // 2)])
        best = self.origin[order[:1]]
        self.square = np.vstack([self.square[rows], *[self.square[rows].mean(0)] * len(found)])
        self.free = np.vstack([self.free[rows], found])
        self.mean = np.vstack([self.mean[rows], np.zeros_like(found)])
        self.origin = np.concatenate([self.origin[rows], *[best] * len(found)])


class Descent:
    """Adam on standardised thresholds.

    Parameters
    ----------
    engine : Engine
        The events that are learned from.
    broad : Engine
        Fewer of them, for the first stages: broad steps need no more, and these have most of the starts.
    objective : Objective
        What is made better.
    scaling : Scaling
        The map to thresholds.
    n_steps : int
        Steps, in equal stages; after each, thresholds are kept.
    guide : Guide, optional
        Ranks the points after a stage, by default their soft value does, and finds others.
    """

    def __init__(
        self,
        engine: Engine,
        broad: Engine,
        objective: Objective,
        scaling: Scaling,
        *,
        n_steps: int,
        guide: Guide | None = None,
    ) -> None:
        self.engine, self.broad = engine, broad
        self.objective, self.scaling = objective, scaling
        self.n_steps, self.guide = n_steps, guide
        self.ends = {round(n_steps * (i + 1) / STAGES) for i in range(STAGES)}

    def width(self, step: int) -> float:
        """Width of the smooth steps, in widths of the feature."""
        first, last = WIDTHS
        return float(first * (last / first) ** (step / max(self.n_steps - 1, 1)))

    def stage_width(self, stage: int) -> float:
        """Width at the end of a stage."""
        return self.width(round(self.n_steps * (stage + 1) / STAGES) - 1)

    def run(self, state: DescentState, report: Callable[[DescentState, float], None]) -> None:
        """Take the steps that are left.

        Parameters
        ----------
        state : DescentState
            Where to start from; changed in place, at once, so that it is whole whenever it is interrupted.
        report : callable
            Called after each step with the state and the best soft value.
        """
        sign = self.objective.sign
        while state.step < self.n_steps:
            width = self.width(state.step)
            soft, gradient = self._gradient(state, width)
            after = state.moved(gradient, rate=0.03 + 0.15 * min(width, 1.0))
            after.free = self.scaling.in_order(np.clip(after.free, *self.scaling.bounds(MARGIN * width)))
            if after.step in self.ends:
                thresholds, merits, found = self.scaling.thresholds(after.free), sign * soft, after.free[:0]
                if self.guide is not None:
                    merits = self.guide.merits(thresholds)
                    if len(state.snapshots) == SCOUTED:
                        best = int(np.argmax(merits))
                        found = self.scaling.free(self.guide.scout(thresholds[best : best + 1]))
                after.reached(thresholds, merits, found)
            vars(state).update(vars(after))
            report(state, float(sign * (sign * soft).max()))

    def _gradient(self, state: DescentState, width: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Soft value per point, and derivatives of what is minimised in the free numbers."""
        standardised = self.scaling.thresholds(state.free)
        engine = self.broad if len(state.snapshots) < BROAD else self.engine
        evaluation = engine.evaluate(self.scaling.points(standardised, width))
        objective = self.objective.annealed(state.step / max(self.n_steps - 1, 1))
        soft, cotangents = objective.gradient(evaluation.yields)
        thresholds = evaluation.vjp(cotangents)[:, : standardised.shape[1]]
        gradient = -self.objective.sign * thresholds * self.scaling.scale
        penalty = objective.penalty(standardised)
        if penalty is not None:
            gradient = gradient + penalty[1]
        gradient = gradient + contraction_gradient(self.scaling.spec, standardised)
        return soft, self.scaling.pull_back(state.free, gradient)
