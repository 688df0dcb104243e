"""Edges learned from events: by gradient, exactly, or by trial."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gradcut.binning.bayesian_edges import EdgeTrials
from gradcut.binning.chains import chains
from gradcut.binning.edge_descent import GEOMETRIC, EdgeDescent, inner_edges, starts
from gradcut.binning.edge_problem import EdgeProblem
from gradcut.binning.exact import ExactBins, exact
from gradcut.binning.filling import Events
from gradcut.binning.intervals import Intervals
from gradcut.binning.learned import LearnedEdges, LearnedWith, StoppedEarly
from gradcut.binning.limits import BinLimits
from gradcut.binning.moves import improve_edges
from gradcut.binning.over_given import limits_of
from gradcut.binning.placed_events import PlacedEvents
from gradcut.binning.step_widths import WIDTHS
from gradcut.engines.bins.cells import CellsEngine
from gradcut.errors import DeclarationError, UnattainableError
from gradcut.fitting.descent import DescentState
from gradcut.fitting.tasks import Progress
from gradcut.yields import Yields

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.axis import Binning, ProductBinning
    from gradcut.binning.cells import Cells
    from gradcut.binning.settings import BinSettings
    from gradcut.fitting.journal import Journal
    from gradcut.objectives import Objective
    from gradcut.samples import EventTables

__all__ = ["EdgeLearner"]

#: About so many places between cells are tried for all starts; for so many of the best ones all of them.
PLACES, FINELY = 2048, 2
#: What bins are brought to where they have no objective and no limits either.
FILLED = BinLimits(min_entries=1.0)
#: Rounds over the axes of a product.
ROUNDS = 8


@dataclass(frozen=True)
class EdgeLearner:
    """Learns edges.

    Parameters
    ----------
    binning : Binning or ProductBinning
        The declaration, of any number of bins.
    objective : Objective
        What is made better.
    settings : BinSettings
        How.
    journal : Journal
        What has been done.
    progress : callable, optional
        Called after every step.
    """

    binning: Binning | ProductBinning
    objective: Objective
    settings: BinSettings
    journal: Journal
    progress: Callable[[Progress], object] | None

    def learn(
        self, name: str, tables: EventTables, choices: Sequence[tuple[int, ...]]
    ) -> dict[tuple[int, ...], LearnedWith]:
        """Learn every number of bins from some events.

        Parameters
        ----------
        name : str
            Of the events.
        tables : EventTables
            The events.
        choices : sequence of tuple of int
            Numbers of bins of the learned axes.

        Raises
        ------
        UnattainableError
            If no number of bins can be had under the limits; those that cannot are left out.
        """
        found: dict[tuple[int, ...], LearnedWith] = {}
        refused: UnattainableError | None = None
        steady = self.objective.steadies and self.settings.method == "gradient"
        whole = EdgeProblem.of(self._with(choices[0]), tables, steady=steady)
        best = self._exact(whole, max(n for (n,) in choices)) if self.settings.method == "exact" else None
        placed: PlacedEvents | None = None
        if self.settings.method == "gradient" and not self.settings.aggregate:
            events = Events(tables, self._with(choices[0]).spec)
            placed = PlacedEvents.of_axes(events, whole.axes, whole.given)
        for counts in choices:
            problem = EdgeProblem(
                tuple(
                    type(axis)(declared, axis.low, axis.high, axis.coordinate, axis.boundary)
                    for axis, declared in zip(whole.axes, self._with(counts).axes, strict=False)
                ),
                whole.given,
                whole.fine,
                whole.coarse,
                whole.counted,
            )
            try:
                self._check(problem)
                if best is not None:
                    found[counts] = self.made(problem, [best.edges(counts[0])], None, ())
                    continue
                task = f"{name}, {'x'.join(map(str, counts))} bins"
                if self.settings.method == "bayesian":
                    found[counts] = EdgeTrials(self, problem).learned(task)
                else:
                    found[counts] = self._descended(task, problem, placed)
            except UnattainableError as error:
                refused = error
        if not found and refused is not None:
            raise refused
        return found

    def _with(self, counts: tuple[int, ...]) -> Binning | ProductBinning:
        from gradcut.binning.axis import Binning

        if isinstance(self.binning, Binning):
            return self.binning.with_bins(counts[0])
        return self.binning.with_bins(counts)

    def _check(self, problem: EdgeProblem) -> None:
        if self.settings.limits is not None:
            self.settings.limits.check(problem.fine.layout, int(np.prod(problem.n_bins)))
        for axis in problem.axes:
            if axis.binning.n_bins > len(axis.boundary) + 1:
                raise UnattainableError(
                    "there are not so many different values to divide",
                    given=f"{axis.binning.n_bins} bins",
                    allowed=f"at most {len(axis.boundary) + 1}",
                    where=f"'{axis.binning.name}'",
                )

    def _exact(self, problem: EdgeProblem, most: int) -> ExactBins:
        if len(problem.axes) != 1:
            raise DeclarationError(
                "exact bins are those of one axis",
                given=" * ".join(axis.binning.name for axis in problem.axes),
                hint="method='gradient'",
            )
        axis = problem.axes[0]
        limits = limits_of(self.settings.limits, len(problem.given))
        most = min(most, len(axis.boundary) + 1)
        return exact(problem.fine, self.objective, most, limits, ends=(axis.low, axis.high))

    def _descended(self, name: str, problem: EdgeProblem, placed: PlacedEvents | None) -> LearnedWith:
        settings = self.settings
        limits = limits_of(settings.limits, len(problem.given))
        descent = EdgeDescent(problem, self.objective, limits, settings.max_steps)
        if placed is not None:
            descent = replace(descent, engine=placed.engine(descent.spec, "float32", settings.n_threads))
        state = self.journal.get(name, DescentState.stored)
        if state is None:
            state = DescentState(starts(problem, descent, settings.starts, settings.seed))
            self.journal.descents[name] = state

        def report(now: DescentState, width: float, best: float) -> None:
            if now.step % 10 == 0 or now.step == settings.max_steps:
                self.journal.history.append({"task": name, "step": now.step, "width": width, "best": best})
            self.journal.save(now=False)
            if self.progress is not None:
                self.progress(Progress(name, now.step, settings.max_steps, width, best))

        try:
            descent.run(state, report)
        except KeyboardInterrupt:
            raise StoppedEarly(self._finished(problem, descent, state)) from None
        self.journal.save()
        return self._finished(problem, descent, state)

    def _finished(self, problem: EdgeProblem, descent: EdgeDescent, state: DescentState) -> LearnedWith:
        """The best hard bins of all starts."""
        settings = self.settings
        # Where limits are tight, what the descent leaves may be better than where it goes.
        tight = starts(problem, descent, settings.starts, settings.seed)[GEOMETRIC : GEOMETRIC + 1]
        in_coordinates = descent.edges(np.vstack([state.free, tight]))
        candidates: list[list[NDArray[np.float64]]] = []
        refused: UnattainableError | None = None
        every = max(problem.fine.n_cells // PLACES, 1)
        for start in range(len(state.free) + len(tight)):
            edges = inner_edges(problem, [axis[start] for axis in in_coordinates])
            try:
                candidates.append(self.polished(problem, edges, every=every))
            except UnattainableError as error:
                refused = error
        if not candidates and refused is not None:
            raise refused
        candidates += self._crossed(problem, candidates)
        values = np.array([self.value(problem, edges) for edges in candidates])
        # Most starts have met: the best of those that differ are moved cell by cell.
        order = np.argsort(-self.objective.sign * values, kind="stable")
        differing = order[np.unique(values[order], return_index=True)[1]]
        for start in sorted(differing, key=order.tolist().index)[:FINELY]:
            candidates[start] = self.polished(problem, candidates[start])
            values[start] = self.value(problem, candidates[start])
        best = int(np.argmax(self.objective.sign * values))
        point = self._smooth(problem, descent, candidates[best], state)
        engine = descent.engine or CellsEngine(descent.spec, problem.coarse, precision="float64")
        soft = engine.evaluate(point).yields
        widths = None if descent.widths.annealed else tuple(point[0, -len(problem.axes) :].tolist())
        of_starts = tuple(self.counted(problem, edges) for edges in candidates)
        return self.made(problem, candidates[best], soft, of_starts, widths)

    def _crossed(
        self, problem: EdgeProblem, candidates: Sequence[list[NDArray[np.float64]]]
    ) -> list[list[NDArray[np.float64]]]:
        """The best bins with edges of any of the starts, where the objective adds over bins of one axis."""
        if len(problem.axes) != 1 or self.objective.ties:
            return []
        axis, limits = problem.axes[0], limits_of(self.settings.limits, len(problem.given))
        intervals = Intervals(problem.fine, self.objective, limits, (axis.low, axis.high))
        inner = np.concatenate([intervals.nearest(edges[0]) for edges in candidates])
        nodes = np.unique(np.concatenate([[0, intervals.n_cells], inner]))
        paths = chains(intervals.merit(nodes[:, None], nodes[None, :]), axis.binning.n_bins)
        return [] if paths[-1] is None else [[intervals.edges(nodes[paths[-1]])]]

    def polished(
        self, problem: EdgeProblem, edges: list[NDArray[np.float64]], *, every: int = 1
    ) -> list[NDArray[np.float64]]:
        """Move single edges of the hard bins until none can be improved, within the limits.

        Of the places between cells only every so many-th is tried. Bins of which there is no objective, as
        those without background, are filled first.
        """
        moved = self._moved(problem, edges, self.settings.limits, every)
        if self.settings.limits is not None or np.isfinite(self.value(problem, moved)):
            return moved
        return self._moved(problem, self._moved(problem, edges, FILLED, every), None, every)

    def _moved(
        self, problem: EdgeProblem, edges: list[NDArray[np.float64]], declared: BinLimits | None, every: int
    ) -> list[NDArray[np.float64]]:
        for _ in range(ROUNDS):
            before = edges
            for i, axis in enumerate(problem.axes):
                cells = problem.along(i, edges)
                limits = limits_of(declared, len(problem.given))
                ends = (axis.low, axis.high)
                moved = improve_edges(cells, self.objective, edges[i], limits, ends=ends, every=every)
                edges = [*edges[:i], moved, *edges[i + 1 :]]
            if len(problem.axes) == 1 or all(
                np.array_equal(a, b) for a, b in zip(before, edges, strict=True)
            ):
                break
        return edges

    def value(self, problem: EdgeProblem, edges: Sequence[NDArray[np.float64]]) -> float:
        """Hard value of inner edges, as learning sees it."""
        return self._value(problem, problem.along(0, edges), edges)

    def counted(self, problem: EdgeProblem, edges: Sequence[NDArray[np.float64]]) -> float:
        """Hard value of inner edges, with variations as they are."""
        cells = problem.counted if len(problem.axes) == 1 else problem.along(0, edges)
        return self._value(problem, cells, edges)

    def _value(self, problem: EdgeProblem, cells: Cells, edges: Sequence[NDArray[np.float64]]) -> float:
        cuts = np.searchsorted(problem.axes[0].boundary, edges[0], side="left") + 1
        firsts = np.concatenate([[0], cuts]).astype(np.int64)
        sums = np.add.reduceat(cells.rows, firsts, axis=5)[:, None]
        return float(self.objective.hard(cells.made(np.swapaxes(sums, 5, 6)))[0])

    def _smooth(
        self,
        problem: EdgeProblem,
        descent: EdgeDescent,
        edges: Sequence[NDArray[np.float64]],
        state: DescentState,
    ) -> NDArray[np.float64]:
        """Parameters of the kernels at the learned edges with the widths that the descent came to.

        Annealed ones are the smallest; learned ones those of the start whose smooth bins were best.
        """
        in_coordinates = [
            axis.coordinate.forward(inner) for axis, inner in zip(problem.axes, edges, strict=True)
        ]
        best = 0
        if descent.widths.learned:
            best = int(np.argmax(self.objective.sign * descent.soft(state.free)))
        learned = descent.free_widths(state.free)[best]
        return descent.points(descent.free_of(in_coordinates, learned), WIDTHS[1])

    def made(
        self,
        problem: EdgeProblem,
        edges: Sequence[NDArray[np.float64]],
        soft: Yields | None,
        of_starts: tuple[float, ...],
        widths: tuple[float, ...] | None = None,
    ) -> LearnedWith:
        """What is known of inner edges, and of widths of steps that were not annealed."""
        full = [
            np.concatenate([[axis.low], inner, [axis.high]])
            for axis, inner in zip(problem.axes, edges, strict=True)
        ]
        given = [np.asarray(axis.edges) for axis in problem.given]
        counts = tuple(len(inner) + 1 for inner in edges)
        every = None if widths is None else (*widths, *([None] * len(given)))
        bins = LearnedEdges(self._with(counts), (*full, *given), every)
        return LearnedWith(bins, self.counted(problem, edges), soft, of_starts)
