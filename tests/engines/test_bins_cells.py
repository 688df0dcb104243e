"""Bins on cells beside bins on the events in them: hard ones exactly, soft ones as cells get finer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from gradcut.binning.bins_spec import BinsSpec
from gradcut.binning.cells import Cells
from gradcut.binning.edge_descent import EdgeDescent, starts
from gradcut.binning.edge_problem import EdgeProblem
from gradcut.binning.filling import Events
from gradcut.binning.mixture_problem import MixtureProblem
from gradcut.binning.placed_events import PlacedEvents
from gradcut.engines import CellsEngine, CpuBinsEngine, Engine
from gradcut.yields import Moments

OBJECTIVE = gc.objectives.AsimovSignificance()
#: Of soft yields, over those of the process, and of gradients, over the largest: at the sharpest steps.
PRECISION, GRADIENT_PRECISION = 3e-4, 3e-2


def samples(n: int = 20_000, *, vary: bool = True) -> gc.Samples:
    rng = np.random.default_rng(3)
    made = gc.Samples(weight="w", event="event")
    shapes = {"s": (4, (4, 2), 30), "b": (2, (1.5, 4), 1000), "c": (4, (2.5, 3), 100)}
    for name, (part, shape, expected) in shapes.items():
        size = n // part
        bdt = rng.beta(*shape, size).astype(np.float32)
        bdt[:3] = [0.0, 1.0, np.nan]
        columns = {
            "bdt": bdt,
            "bdt_up": bdt ** np.float32(0.95),
            "bdt_down": bdt ** np.float32(1.05),
            "mass": rng.normal(shape[0] / 3, 1, size),
            "n_jet": rng.poisson(shape[0], size),
            "w": rng.normal(1, 0.3, size) * expected / size,
            "event": np.arange(size),
        }
        made.add(name, columns, role="signal" if name == "s" else "background")
    if vary:
        made.vary("scale", suffix=("_up", "_down"))
    return made


@pytest.fixture(scope="module")
def toy() -> gc.Samples:
    return samples()


def tables_of(binning: Any, toy: gc.Samples) -> Any:
    return toy.collect({axis.name: axis.expression for axis in binning.axes})


def with_cells(problem: EdgeProblem, n: int) -> Cells:
    groups = np.minimum(np.arange(problem.fine.n_cells) * n // problem.fine.n_cells, n - 1)
    return problem.fine.merged(groups, int(groups[-1]) + 1)


def deviations(cells: Engine, events: Engine, points: np.ndarray, n_edges: int) -> tuple[float, float, float]:
    """Largest deviation of yields, of the objective and of its gradient."""
    a, b = cells.evaluate(points), events.evaluate(points)
    assert a.yields.layout.shape == b.yields.layout.shape
    assert a.yields.layout.bin_shape == b.yields.layout.bin_shape
    x, y = (e.yields.moments.sum_w for e in (a, b))
    worst = float(np.abs((x - y) / y.sum(-1, keepdims=True)).max())
    (u, du), (v, dv) = OBJECTIVE.gradient(a.yields), OBJECTIVE.gradient(b.yields)
    p, q = a.vjp(Moments(*du))[:, :n_edges], b.vjp(Moments(*dv))[:, :n_edges]
    return worst, float(np.abs(u / v - 1).max()), float(np.abs(p - q).max() / np.abs(q).max())


def inner(problem: EdgeProblem, shares: Sequence[float]) -> list[np.ndarray]:
    return [axis.boundary[(np.array(shares) * len(axis.boundary)).astype(int)] for axis in problem.axes]


@pytest.mark.parametrize("coordinates", ["linear", "logit", "quantile"])
@pytest.mark.parametrize(("column", "shares"), [("bdt", [0.1, 0.5, 0.8]), ("n_jet", [0.1, 0.2, 0.4])])
def test_hard_bins_whose_edges_are_boundaries_are_those_of_the_events(
    column: str, shares: list[float], coordinates: Any, toy: gc.Samples
) -> None:
    binning = gc.Binning(column, 4, coordinates=coordinates)
    tables = tables_of(binning, toy)
    problem = EdgeProblem.of(binning, tables)
    (edges,) = inner(problem, shares)
    spec = binning.spec
    events = CpuBinsEngine(spec, tables).hard_yields([*edges, 1.0])
    places = problem.axes[0].coordinate.forward(edges)
    cells = CellsEngine(spec, problem.fine).hard_yields([*places, 1.0])
    np.testing.assert_array_equal(cells.moments.entries, events.moments.entries)
    assert np.all(events.moments.entries > 0)
    for x, y in zip(cells.moments, events.moments, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-5)


@pytest.mark.parametrize("coordinates", ["linear", "logit", "quantile"])
def test_soft_yields_of_cells_come_to_those_of_events(coordinates: Any, toy: gc.Samples) -> None:
    binning = gc.Binning("bdt", 6, range=(0, 1), coordinates=coordinates)
    tables = tables_of(binning, toy)
    problem = EdgeProblem.of(binning, tables)
    descent = EdgeDescent(problem, OBJECTIVE, None, 10)
    placed = PlacedEvents.of_axes(Events(tables, binning.spec), problem.axes, ())
    events = placed.engine(descent.spec, "float64", 1)
    free = starts(problem, descent, 4, 1)
    for width, sharpness in ((0.5, 1.0), (0.04, 10.0)):
        points = descent.points(free, width)
        found = [
            deviations(CellsEngine(descent.spec, cells, precision="float64"), events, points, 5)
            for cells in (with_cells(problem, 32), with_cells(problem, 512), problem.coarse)
        ]
        yields, values, gradients = np.array(found).T
        assert yields[0] > yields[1] > yields[2]
        assert yields[0] > 10 * yields[2]
        assert yields[2] < PRECISION
        assert values[2] < PRECISION
        assert gradients[2] < GRADIENT_PRECISION * sharpness / 10


def test_bins_with_given_edges_divide_events_as_they_divide_cells(toy: gc.Samples) -> None:
    binning = gc.Binning("bdt", 4) * gc.Binning("n_jet", edges=[-0.5, 1.5, 3.5, 30.5])
    tables = tables_of(binning, toy)
    problem = EdgeProblem.of(binning, tables)
    descent = EdgeDescent(problem, OBJECTIVE, None, 10)
    placed = PlacedEvents.of_axes(Events(tables, binning.spec), problem.axes, problem.given)
    points = descent.points(starts(problem, descent, 3, 1), 0.1)
    events = placed.engine(descent.spec, "float64", 1)
    assert events.layout.bin_shape == (4, 3)
    cells = CellsEngine(descent.spec, problem.coarse, precision="float64")
    assert deviations(cells, events, points, 3)[0] < PRECISION


def test_products_on_a_grid_of_cells_are_near_those_of_events(toy: gc.Samples) -> None:
    binning = gc.Binning("bdt", 3) * gc.Binning("mass", 3, coordinates="quantile")
    tables = tables_of(binning, toy)
    problem = EdgeProblem.of(binning, tables)
    descent = EdgeDescent(problem, OBJECTIVE, None, 10)
    placed = PlacedEvents.of_axes(Events(tables, binning.spec), problem.axes, ())
    points = descent.points(starts(problem, descent, 3, 1), 0.1)
    cells = CellsEngine(descent.spec, problem.coarse, precision="float64")
    found = deviations(cells, placed.engine(descent.spec, "float64", 1), points, 4)
    assert found[0] < 10 * PRECISION
    assert found[1] < 10 * PRECISION


def test_events_outside_of_a_closed_histogram_are_in_no_bin(toy: gc.Samples) -> None:
    binning = gc.Binning("bdt", 3, range=(0.2, 0.7), flow="explicit")
    tables = tables_of(binning, toy)
    problem = EdgeProblem.of(binning, tables)
    descent = EdgeDescent(problem, OBJECTIVE, None, 10)
    placed = PlacedEvents.of_axes(Events(tables, binning.spec), problem.axes, ())
    yields = placed.engine(descent.spec, "float64", 1).hard_yields(
        descent.points(starts(problem, descent, 1, 1), 0.1)
    )
    bdt = tables["all", "s"].features()[0]
    assert yields.of("s").entries[0].sum() == np.count_nonzero((bdt >= 0.2) & (bdt < 0.7))


def test_soft_yields_of_mixtures_on_cells_come_to_those_of_events() -> None:
    binning = gc.MixtureBinning(["bdt", "mass"], 4)
    tables = samples(vary=False).collect(dict(zip(binning.names, binning.expressions, strict=True)))
    problem = MixtureProblem.of(binning, tables, 0)
    rng = np.random.default_rng(1)
    spec = BinsSpec("mixture", "logistic", binning.names, n_components=4)
    points = np.array(
        [[0, 0, 0, 0, *rng.normal(size=8), *np.tile([1, 0.2, 1], 4), temperature] for temperature in (1, 0.1)]
    )
    events = PlacedEvents.of_mixture(problem).engine(spec, "float64", 1)
    found = deviations(CellsEngine(spec, problem.cells, precision="float64"), events, points, 24)
    assert found[0] < 20 * PRECISION
    assert found[1] < 20 * PRECISION


@pytest.mark.parametrize(
    ("binning", "precision"),
    [
        (gc.Binning("bdt", 4), 1e-3),
        (gc.Binning("bdt", 3) * gc.Binning("n_jet", edges=[-0.5, 2.5, 30.5]), 3e-3),
        (gc.MixtureBinning(["bdt", "mass"], 3), 3e-2),
    ],
    ids=["axis", "given", "mixture"],
)
def test_bins_learned_on_events_are_as_good_as_those_on_cells(binning: Any, precision: float) -> None:
    toy = samples(vary=False)
    limits = gc.BinLimits(min_background=1.0)
    cells, events = (
        gc.fit_binning(
            binning, toy, limits=limits, aggregate=aggregate, starts=4, max_steps=40, n_threads=1, seed=1
        )
        for aggregate in (True, False)
    )
    assert events.scores.used == pytest.approx(cells.scores.used, rel=precision)
    assert events.scores.soft == pytest.approx(cells.scores.soft, rel=precision)
    assert events.scores.unused == pytest.approx(cells.scores.unused, rel=2 * precision)


def test_threads_give_the_same_bits(toy: gc.Samples, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradcut.engines.bins.cpu.TASK", 512)
    spec = BinsSpec("axes", "logistic", ("bdt",), (2,), local_width=True)
    tables = toy.collect(["bdt"])
    points = [[0.3, 0.6, 0.1], [0.5, 0.7, 0.2]]
    found = []
    for n_threads in (1, 3):
        evaluation = CpuBinsEngine(spec, tables, n_threads=n_threads).evaluate(points)
        c = Moments(*(np.random.default_rng(2).normal(size=m.shape) for m in evaluation.yields.moments))
        found.append([*evaluation.yields.moments, evaluation.vjp(c)])
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)
