"""Gradient descent of all starts together, from broad steps to sharp ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch

from gradcut.engines import differentiable_yields

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.engines import Engine
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
    #: Thresholds at the end of every stage, each of shape (starts, parameters), and their soft values.
    snapshots: list[NDArray[np.float64]] = field(default_factory=list)
    soft: list[NDArray[np.float64]] = field(default_factory=list)
    #: Which start each row of ``free`` comes from, and the same at the end of every stage.
    origin: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    origins: list[NDArray[np.int64]] = field(default_factory=list)
    #: Thresholds of the starts, shape (starts, parameters).
    first: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    def moved(self, gradient: NDArray[np.float64], rate: float) -> NDArray[np.float64]:
        """Free numbers after a step of Adam down a gradient (Kingma and Ba, arXiv:1412.6980)."""
        # Not torch.optim: it imports torch's compiler, seconds of CPU for twelve lines.
        if self.step == 0:
            self.mean, self.square = np.zeros_like(self.free), np.zeros_like(self.free)
            self.origin = np.arange(len(self.free))
        first, second = MOMENTA
        gradient = np.nan_to_num(gradient, nan=0.0, posinf=0.0, neginf=0.0)
        self.mean = first * self.mean + (1 - first) * gradient
        self.square = second * self.square + (1 - second) * gradient**2
        mean = self.mean / (1 - first ** (self.step + 1))
        square = self.square / (1 - second ** (self.step + 1))
        return np.asarray(self.free - rate * mean / (np.sqrt(square) + 1e-8))

    def keep(self, rows: NDArray[np.int64]) -> None:
        """Go on with some of the starts."""
        self.free, self.mean, self.square = self.free[rows], self.mean[rows], self.square[rows]
        self.origin = self.origin[rows]


class Descent:
    """Adam on standardised thresholds.

    Parameters
    ----------
    engine : Engine
        The events that are learned from.
    objective : Objective
        What is made better.
    scaling : Scaling
        The map to thresholds.
    n_steps : int
        Steps, in equal stages; after each, thresholds are kept.
    """

    def __init__(
        self, engine: Engine, objective: Objective, scaling: Scaling, *, n_steps: int, n_stages: int = STAGES
    ) -> None:
        self.engine, self.objective, self.scaling = engine, objective, scaling
        self.n_steps, self.n_stages = n_steps, n_stages
        self.ends = {round(n_steps * (i + 1) / n_stages) for i in range(n_stages)}

    def width(self, step: int) -> float:
        """Width of the smooth steps, in widths of the feature."""
        first, last = WIDTHS
        return float(first * (last / first) ** (step / max(self.n_steps - 1, 1)))

    def stage_width(self, stage: int) -> float:
        """Width at the end of a stage."""
        return self.width(round(self.n_steps * (stage + 1) / self.n_stages) - 1)

    def run(self, state: DescentState, report: Callable[[DescentState, float], None]) -> DescentState:
        """Take the steps that are left.

        Parameters
        ----------
        state : DescentState
            Where to start from; changed in place, so that it is whole whenever it is interrupted.
        report : callable
            Called after each step with the state and the best soft value.
        """
        sign = self.objective.sign
        while state.step < self.n_steps:
            width = self.width(state.step)
            free = torch.from_numpy(state.free).requires_grad_(True)
            thresholds = self.scaling.thresholds(free)
            points = self.scaling.points(thresholds, width)
            objective = self.objective.annealed(state.step / max(self.n_steps - 1, 1))
            value = objective.soft(differentiable_yields(self.engine, points))
            loss = -sign * value
            penalty = objective.penalty(thresholds)
            if penalty is not None:
                loss = loss + penalty
            (gradient,) = torch.autograd.grad(loss.sum(), free)
            moved = state.moved(gradient.numpy(), rate=0.03 + 0.15 * min(width, 1.0))
            state.free = np.clip(moved, *self.scaling.bounds(MARGIN * width))
            state.step += 1
            soft = value.detach().numpy()
            if state.step in self.ends:
                with torch.no_grad():
                    state.snapshots.append(self.scaling.thresholds(torch.from_numpy(state.free)).numpy())
                state.soft.append(soft.copy())
                state.origins.append(state.origin)
                # With broad steps most starts have met by now: the better half goes on.
                kept = max(LEAST_STARTS, (len(soft) + 1) // 2)
                state.keep(np.sort(np.argsort(-sign * soft, kind="stable")[:kept]))
            report(state, float(sign * (sign * soft).max()))
        return state
