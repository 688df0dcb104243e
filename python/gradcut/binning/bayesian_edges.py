"""Edges by trial: of one axis and of products, in order by construction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gradcut.binning.bayesian import Search, Trial
from gradcut.binning.edge_descent import inner_edges
from gradcut.binning.grid import coarser
from gradcut.binning.intervals import ROUNDING, Intervals
from gradcut.binning.learned import LearnedWith, StoppedEarly
from gradcut.binning.moves import repair
from gradcut.binning.over_given import limits_of
from gradcut.errors import UnattainableError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.edge_learner import EdgeLearner
    from gradcut.binning.edge_problem import EdgeProblem

__all__ = ["EdgeTrials", "measure"]

#: What edges divide where the coordinate is that of quantiles: shares of signal times the root of its purity,
#: of signal, and of background. Of the best bins backgrounds differ by orders of magnitude, parts of the
#: first far less.
SHARES = (0.8, 0.1, 0.1)
#: Cells that purity is looked at in.
GROUPS = 64
#: So many of the best trials are brought to where no single edge can be improved.
POLISHED = 3


class EdgeTrials:
    """Edges as points of a unit cube.

    Each axis takes one number per edge: an edge takes its part of what the edges before it have left, such
    that edges of uniform numbers are distributed as sorted uniform numbers. What is divided is ``SHARES`` for
    the coordinate of quantiles, else the coordinate between the first and the last events.

    Parameters
    ----------
    learner : EdgeLearner
        Objective and limits.
    problem : EdgeProblem
        The events.
    """

    def __init__(self, learner: EdgeLearner, problem: EdgeProblem) -> None:
        self.learner, self.problem = learner, problem
        self.limits = limits_of(learner.settings.limits, len(problem.given))
        nothing = [np.zeros(0) for _ in problem.axes]
        self._shares = [self._share(i, nothing) for i in range(len(problem.axes))]

    @property
    def equal(self) -> NDArray[np.float64]:
        """The point of equal parts, shape (1, numbers)."""
        parts = []
        for n_bins in self.problem.n_bins:
            left = np.arange(n_bins - 1, 0, -1)
            parts.append(1 - (left / (left + 1)) ** left)
        return np.concatenate(parts)[None]

    def edges(self, point: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """Inner edges of all axes."""
        numbers = np.split(point, np.cumsum([n - 1 for n in self.problem.n_bins])[:-1])
        placed = []
        for axis, own, share, position in zip(
            self.problem.axes, numbers, self._shares, self.problem.coarse.position, strict=True
        ):
            left = np.arange(len(own), 0, -1)
            # The largest of n uniform numbers is below x with probability x^n.
            level = 1 - np.cumprod((1 - own) ** (1 / left))
            if share is None:
                placed.append(position.min() + (position.max() - position.min()) * level)
            else:
                at = np.minimum(np.searchsorted(share, level), len(axis.boundary) - 1)
                placed.append(axis.coordinate.forward(axis.boundary[at]))
        return inner_edges(self.problem, placed)

    def evaluate(self, point: NDArray[np.float64]) -> Trial:
        """Try one point."""
        edges = self.edges(point)
        excess = self._excess(edges)
        value = float("nan")
        try:
            edges = self.within_limits(edges)
            value = self.learner.value(self.problem, edges)
        except UnattainableError:
            pass  # these bins have no value, and what they miss says where others may be
        return Trial(value, excess, self._named(edges))

    def learned(self, name: str) -> LearnedWith:
        """Search; then move single edges of the best trials."""
        learner = self.learner
        search = Search(
            name,
            self.equal,
            self.evaluate,
            learner.objective.sign,
            learner.settings,
            learner.journal,
            learner.progress,
        )
        try:
            if self.equal.size:
                search.run()
        except KeyboardInterrupt:
            raise StoppedEarly(self._finished(search)) from None
        return self._finished(search)

    def _finished(self, search: Search) -> LearnedWith:
        learner = self.learner
        points = self.equal
        if self.equal.size and search.trials.step:
            points = search.trials.points[search.trials.order(search.sign)[:POLISHED]]
        found: list[list[NDArray[np.float64]]] = []
        refused: UnattainableError | None = None
        for point in points:
            try:
                edges = self.within_limits(self.edges(point))
                found.append(learner.polished(self.problem, edges))
            except UnattainableError as error:
                refused = error
        if not found and refused is not None:
            raise refused
        values = np.array([learner.value(self.problem, edges) for edges in found])
        best = found[int(np.argmax(search.sign * values))]
        return learner.made(self.problem, best, None, tuple(values.tolist()))

    def _share(self, axis: int, nothing: Sequence[NDArray[np.float64]]) -> NDArray[np.float64] | None:
        """What there is below every place of an edge, where edges move in quantiles."""
        if self.problem.axes[axis].coordinate.name != "quantile":
            return None
        cells = self.problem.along(axis, nothing)
        roles = [cells.layout.process_indices(role) for role in ("signal", "background")]
        size = [np.abs(cells.sums[1][:, chosen, 0]).sum((0, 1)) for chosen in roles]
        running = np.cumsum(measure(*size))
        return np.asarray(running[:-1] / running[-1])

    def _excess(self, edges: Sequence[NDArray[np.float64]]) -> float:
        """By how much the tightest limit is met, along the axis where that is least."""
        if not self.limits:
            return 0.0
        least = np.inf
        for i, axis in enumerate(self.problem.axes):
            cells = self.problem.along(i, edges)
            intervals = Intervals(cells, None, self.limits, (axis.low, axis.high))
            full = np.concatenate([[0], intervals.nearest(edges[i]), [intervals.n_cells]])
            least = min(least, float(intervals.excess(full[:-1], full[1:]).min()))
        return least

    def within_limits(self, edges: list[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
        """Edges of one of the axes moved as little as brings all bins to the limits.

        Raises
        ------
        UnattainableError
            If the edges of no axis alone can do that.
        """
        if self._excess(edges) >= -ROUNDING:
            return edges
        refused: UnattainableError | None = None
        for i, axis in enumerate(self.problem.axes):
            cells = self.problem.along(i, edges)
            try:
                moved = repair(cells, edges[i], self.limits, ends=(axis.low, axis.high))
            except UnattainableError as error:
                refused = error
                continue
            found = [*edges[:i], moved, *edges[i + 1 :]]
            if self._excess(found) >= -ROUNDING:
                return found
        raise refused or UnattainableError(
            "no edges of one axis alone bring the bins to the limits",
            allowed=str(self.limits),
            hint="fewer bins, or lower limits",
        )

    def _named(self, edges: Sequence[NDArray[np.float64]]) -> dict[str, float]:
        return {
            f"{axis.binning.name}:{i + 1}": float(edge)
            for axis, inner in zip(self.problem.axes, edges, strict=True)
            for i, edge in enumerate(inner)
        }


def measure(signal: NDArray[np.float64], background: NDArray[np.float64]) -> NDArray[np.float64]:
    """What is divided by edges, per cell."""

    def part(size: NDArray[np.float64]) -> NDArray[np.float64]:
        return size / max(float(size.sum()), 1e-300)

    both = part(signal) + part(background)
    groups = coarser([signal, background], GROUPS)
    s, b, total = (np.bincount(groups, size) for size in (signal, background, both))
    pure = s * np.sqrt(np.divide(s, s + b, out=np.zeros(len(s)), where=s + b > 0))
    # Within a group by what there is of both.
    density = np.divide(part(pure), total, out=np.zeros(len(s)), where=total > 0)
    parts = (density[groups] * both, part(signal), part(background))
    return np.asarray(sum(weight * one for weight, one in zip(SHARES, parts, strict=True)))
