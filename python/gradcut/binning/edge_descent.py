"""Edges by gradient: all starts together, from broad steps to sharp ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gradcut.binning import gaps
from gradcut.binning.bins_spec import BinsSpec
from gradcut.binning.step_widths import WIDTHS, StepWidths
from gradcut.engines.bins.cells import CellsEngine
from gradcut.fitting.descent import DescentState
from gradcut.yields import Moments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.edge_problem import EdgeProblem
    from gradcut.binning.limits import BinLimits
    from gradcut.engines import Engine
    from gradcut.objectives import Objective

__all__ = ["GEOMETRIC", "EdgeDescent"]

#: Steps of Adam in the logarithms of the widths of bins.
RATES = (0.15, 0.02)
#: Kinds of starts that are not random; the last one has backgrounds that fall by the same factor.
KINDS, GEOMETRIC = 5, 4
#: Entries of the background in the last bin of such a start, where no limit says how much.
ENTRIES = 20.0
#: Weight of missed limits beside a relative change of the objective, at the end.
PENALTY = 3.0


@dataclass(frozen=True)
class EdgeDescent:
    """Adam on the widths of bins.

    Parameters
    ----------
    problem : EdgeProblem
        Axes and cells.
    objective : Objective
        What is made better.
    limits : BinLimits or None
        What smooth bins are drawn to.
    n_steps : int
        Steps.
    engine : Engine, optional
        Who sums, with the bins of :attr:`spec`; by default the coarse cells.
    """

    problem: EdgeProblem
    objective: Objective
    limits: BinLimits | None
    n_steps: int
    engine: Engine | None = None

    @property
    def spec(self) -> BinsSpec:
        """The bins for the kernels, in the coordinates of the cells."""
        axes = self.problem.axes
        return BinsSpec(
            "axes",
            axes[0].binning.step,
            tuple(axis.binning.name for axis in axes),
            tuple(n - 1 for n in self.problem.n_bins),
            local_width=self.widths.annealed,
            reflect=False,
        )

    @property
    def widths(self) -> StepWidths:
        """Widths of the steps; those that are learned come after the edges in the free numbers."""
        return StepWidths(
            tuple(axis.binning.width for axis in self.problem.axes),
            self.problem.n_bins,
            tuple(self.range(i) for i in range(len(self.problem.axes))),
        )

    def range(self, axis: int) -> tuple[float, float]:
        """Range of a coordinate in which edges move."""
        position = self.problem.coarse.position[axis]
        return float(position.min()), float(position.max())

    def run(
        self, state: DescentState, report: Callable[[DescentState, float, float], None]
    ) -> NDArray[np.float64]:
        """Take the steps that are left; returns soft values of the last points, shape (starts,)."""
        engine = self.engine or CellsEngine(self.spec, self.problem.coarse)
        soft = np.zeros(len(state.free))
        while state.step < self.n_steps:
            fraction = state.step / max(self.n_steps - 1, 1)
            ratio = WIDTHS[0] * (WIDTHS[1] / WIDTHS[0]) ** fraction
            soft, gradient = self._gradient(engine, state.free, ratio, fraction)
            after = state.moved(gradient, rate=RATES[0] * (RATES[1] / RATES[0]) ** fraction)
            vars(state).update(vars(after))
            best = int(np.argmax(self.objective.sign * soft))
            width = ratio if self.widths.annealed else float(self.widths_of(state.free, ratio)[best, 0])
            report(state, width, float(soft[best]))
        return soft

    def soft(self, free: NDArray[np.float64]) -> NDArray[np.float64]:
        """Soft values, shape (starts,), with the sharpest steps where they are annealed."""
        engine = self.engine or CellsEngine(self.spec, self.problem.coarse)
        yields = engine.evaluate(self.points(free, WIDTHS[1])).yields
        return np.asarray(self.objective.gradient(yields)[0])

    def points(self, free: NDArray[np.float64], ratio: float) -> NDArray[np.float64]:
        """Parameters of the kernels."""
        return np.hstack([*self.edges(free), self.widths_of(free, ratio)])

    def widths_of(self, free: NDArray[np.float64], ratio: float) -> NDArray[np.float64]:
        """Widths for the kernels, shape (starts, axes); the ratio is that of annealed ones."""
        return self.widths.at(self._parts(free)[-1], ratio)

    def edges(self, free: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """Inner edges of every axis in its coordinate, each of shape (starts, bins - 1)."""
        return [gaps.edges_of(part, *self.range(i)) for i, part in enumerate(self._parts(free)[:-1])]

    def free_of(
        self, edges: Sequence[NDArray[np.float64]], widths: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """Free numbers of one start with these inner edges, in the coordinates of the axes.

        Parameters
        ----------
        edges : sequence of ndarray
            Inner edges per axis.
        widths : ndarray of shape (learned widths,), optional
            Free numbers of widths; by default those of a start.
        """
        parts = [gaps.free_of(one[None], *self.range(i)) for i, one in enumerate(edges)]
        return np.hstack([*parts, (self.widths.start() if widths is None else widths)[None]])

    def free_widths(self, free: NDArray[np.float64]) -> NDArray[np.float64]:
        """What of the free numbers widths are made of, shape (starts, learned widths)."""
        return self._parts(free)[-1]

    def _parts(self, free: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """Free numbers of every axis, and of the widths."""
        return np.split(free, np.cumsum(self.problem.n_bins), axis=1)

    def _gradient(
        self, engine: Engine, free: NDArray[np.float64], ratio: float, fraction: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Soft value per start, and derivatives of what is minimised in the free numbers."""
        evaluation = engine.evaluate(self.points(free, ratio))
        soft, cotangents = self.objective.annealed(fraction).gradient(evaluation.yields)
        unit = np.maximum(np.abs(soft), 1e-12)[:, None, None, None, None]
        total = [-self.objective.sign * np.asarray(c) / unit for c in cotangents]
        if self.limits is not None:
            _, missed = self.limits.penalty(evaluation.yields)
            weight = PENALTY * (0.1 + 0.9 * fraction)
            total = [a + weight * np.asarray(b) for a, b in zip(total, missed, strict=True)]
        in_edges = evaluation.vjp(Moments(*total))
        parts, first = [], 0
        *edges, widths = self._parts(free)
        for i, (part, n) in enumerate(zip(edges, self.problem.n_bins, strict=True)):
            parts.append(gaps.pull_back(part, in_edges[:, first : first + n - 1], *self.range(i)))
            first += n - 1
        return soft, np.hstack([*parts, self.widths.pull_back(widths, in_edges[:, first:])])


def starts(problem: EdgeProblem, descent: EdgeDescent, count: int, seed: int) -> NDArray[np.float64]:
    """Free numbers to start from.

    Equal shares of signal, of both, of background, of the range; backgrounds that fall by the same factor
    from bin to bin, down to what a bin has to have; and random ones.

    Parameters
    ----------
    problem, descent
        The axes.
    count : int
        How many.
    seed : int
        Of the random ones.
    """
    rng = np.random.default_rng(seed)
    least, rows = _least_background(problem, descent), []
    for start in range(count):
        parts = []
        for i, n in enumerate(problem.n_bins):
            low, high = descent.range(i)
            t, sizes = problem.coarse.position[i], _sizes(problem)
            levels = np.arange(1, n) / n
            if start >= KINDS:
                levels, kind = np.sort(rng.random(n - 1)), start % 3
            else:
                kind = start
            if kind == GEOMETRIC:
                edges = _quantiles(t, sizes[2], 1 - least ** (np.arange(1, n) / max(n - 1, 1)))
            else:
                edges = _quantiles(t, sizes[kind], levels) if kind < 3 else low + (high - low) * levels
            parts.append(gaps.free_of(edges[None], low, high))
        rows.append(np.hstack([*parts, descent.widths.start()[None]]))
    return np.vstack(rows)


def _least_background(problem: EdgeProblem, descent: EdgeDescent) -> float:
    """Part of the background that a bin has at least, by the limits or to be known at all."""
    layout = problem.coarse.layout
    background = layout.process_indices("background")
    if not background:
        return 0.5
    entries, total = (moments[:, background, 0].sum() for moments in problem.coarse.rows[:2])
    part = ENTRIES / max(float(entries), 1.0)
    limits = descent.limits
    if limits is not None and limits.min_background is not None and total > 0:
        part = 1.05 * limits.min_background / float(total)
    return min(max(part, 1e-9), 0.5)


def _sizes(problem: EdgeProblem) -> list[NDArray[np.float64]]:
    rows, layout = problem.coarse.rows[1], problem.coarse.layout
    found = []
    for role in ("signal", "background"):
        size = np.abs(rows[:, layout.process_indices(role), 0]).sum((0, 1, 2))
        found.append(size / max(float(size.sum()), 1e-300))
    return [found[0], found[0] + found[1], found[1]]


def _quantiles(
    t: NDArray[np.float64], size: NDArray[np.float64], levels: NDArray[np.float64]
) -> NDArray[np.float64]:
    order = np.argsort(t, kind="stable")
    running = np.cumsum(size[order])
    if running[-1] <= 0:
        return np.asarray(t.min() + (t.max() - t.min()) * levels)
    at = np.searchsorted(running, levels * running[-1])
    return np.asarray(t[order][np.minimum(at, len(t) - 1)])


def inner_edges(
    problem: EdgeProblem, in_coordinates: Sequence[NDArray[np.float64]]
) -> list[NDArray[np.float64]]:
    """Edges in the unit of the columns, of one start: different ones of those that may stand."""
    found = []
    for axis, edges in zip(problem.axes, in_coordinates, strict=True):
        at = np.searchsorted(axis.boundary, axis.coordinate.inverse(edges), side="left")
        most, steps = len(axis.boundary), np.arange(len(edges))
        # No two at one place: each at least one further than the one before, with room for those after.
        at = np.maximum.accumulate(at - steps) + steps
        at = np.minimum(at, most - len(edges) + steps)
        found.append(np.asarray(axis.boundary[at]))
    return found
