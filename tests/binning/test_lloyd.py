"""Bins of any shape: against all partitions there are, the exact bins of one axis, and finite differences."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from binning import toy_cells
from gradcut import objectives
from gradcut.binning.blocks import blocks
from gradcut.binning.cells import Cells
from gradcut.binning.exact import exact
from gradcut.binning.limits import BinLimits
from gradcut.binning.lloyd import lloyd
from gradcut.binning.smoothing import smoothed_rows
from gradcut.binning.taking import meet_limits
from gradcut.binning.tangents import Tangents
from gradcut.errors import DeclarationError, UnattainableError
from gradcut.objectives.several_signals import SeveralSignals

Z = objectives.AsimovSignificance(mc_stat=False)
SIMPLE = objectives.SignalOverRootBackground(mc_stat=False)
BOTH = SeveralSignals(Z, "product", others="background")


def plane(n: int, *, seed: int | None = None, entries: float = 4e5) -> Cells:
    """Two signals and a background over an n x n grid: smooth densities, or counts drawn from them."""
    x, y = np.meshgrid(np.linspace(-2, 2, n), np.linspace(-2, 2, n), indexing="ij")
    centres = ((1.0, -0.6), (-0.7, 1.1), (-0.2, -0.2))
    shapes = [np.exp(-0.5 * ((x - a) ** 2 + (y - b) ** 2)).ravel() for a, b in centres]
    counts = np.array([shape / shape.sum() * entries for shape in shapes])
    if seed is not None:
        counts = np.random.default_rng(seed).poisson(counts).astype(float)
    weights = np.array([[40.0], [15.0], [4000.0]]) / entries
    rows = np.array([counts, weights * counts, weights**2 * counts])[:, None, :, None, None]
    roles = ("signal", "signal", "background")
    return Cells(toy_cells.layout(rows, roles), np.array([x.ravel(), y.ravel()]), rows, np.zeros(0))


def value(cells: Cells, objective, labels, n_bins: int) -> float:
    return float(objective.hard(cells.partition(np.asarray(labels)[None], n_bins))[0])


@pytest.mark.parametrize("objective", [Z, BOTH, SIMPLE], ids=["Z", "two signals", "s/sqrt(b)"])
def test_as_good_as_the_best_of_all_partitions(objective):
    cells = plane(3)
    every = np.array([(0, *one) for one in product(range(3), repeat=8) if len({0, *one}) == 3])
    membership = (every[:, None, :] == np.arange(3)[None, :, None]).astype(float)
    best = objective.hard(cells.yields(membership)).max()
    tangents = Tangents(cells, objective, 3)
    labels = tangents.starts(20, np.random.default_rng(1))
    for _ in range(20):
        labels = tangents.assigned(labels)
    assert tangents.merit(labels).max() == pytest.approx(best, rel=1e-9)


def test_no_pass_makes_a_convex_objective_worse():
    tangents = Tangents(plane(20), Z, 6)
    labels = np.random.default_rng(3).integers(0, 6, (8, 400))
    merits = [tangents.merit(labels)]
    for _ in range(10):
        labels = tangents.assigned(labels)
        merits.append(tangents.merit(labels))
    steps = np.diff(merits, axis=0)
    assert steps.min() > -1e-12
    assert steps[0].min() > 0


@pytest.mark.parametrize("n_bins", [2, 5, 9])
def test_in_one_dimension_it_finds_the_exact_bins(n_bins):
    made = toy_cells.cells(400, 4, roles=("signal", "background"))
    x = (np.arange(400) + 0.5) / 400
    counts = np.array([np.exp(2.5 * x), np.exp(-4 * x)]) * 5000
    weights = np.array([[0.001], [0.02]])
    rows = np.array([counts, weights * counts, weights**2 * counts])[:, None, :, None, None]
    cells = replace(
        made, rows=rows, layout=toy_cells.layout(rows, ("signal", "background")), position=x[None]
    )
    best = exact(cells, Z, n_bins, n_candidates=400)
    found = lloyd(cells, Z, n_bins)
    assert 0.9995 * best.values[-1] < found.value <= best.values[-1] * (1 + 1e-12)
    assert np.all(np.diff(found.labels) >= 0)  # the ratio rises with x, and bins are in its order


def test_two_signals_come_close_to_what_all_cells_give():
    truth = plane(50)
    limit = value(truth, BOTH, np.arange(2500), 2500)
    found = [lloyd(plane(50, seed=s, entries=2e4), BOTH, 12, seed=s) for s in (5, 6, 7)]
    scores = [value(truth, BOTH, one.labels, 12) for one in found]
    assert min(scores) > 0.96 * limit
    assert min(scores) > 0.99 * max(scores)
    for one in found:
        assert sorted(set(one.labels.tolist())) == list(range(12))


def test_value_is_that_of_the_bins_and_starts_repeat():
    cells = plane(30, seed=8, entries=3e4)
    first, again, other = (lloyd(cells, BOTH, 5, seed=s) for s in (1, 1, 2))
    assert first.value == pytest.approx(value(cells, BOTH, first.labels, 5), rel=1e-12)
    assert first.labels.tolist() == again.labels.tolist()
    assert first.values[0] == first.value
    assert len(first.values) >= 2
    assert other.value == pytest.approx(first.value, rel=0.01)


def test_limits_are_met():
    cells = plane(40, seed=9, entries=2e4)
    free, limits = lloyd(cells, BOTH, 8), BinLimits(min_background=150.0, min_entries=400.0)
    assert limits.excess(cells.partition(free.labels[None], 8)).min() < 0
    found = lloyd(cells, BOTH, 8, limits)
    yields = cells.partition(found.labels[None], 8)
    assert yields.total("background").sum_w.min() >= 150.0
    assert limits.excess(yields).min() >= -1e-9
    assert 0.9 * free.value < found.value


def test_what_a_bin_takes_costs_little():
    cells, limits = plane(20, seed=10), BinLimits(min_background=100.0)
    tangents = Tangents(cells, Z, 3)
    ratio = cells.sums[1][0, :2, 0].sum(0) / cells.sums[1][0, 2, 0]
    labels = (ratio > np.quantile(ratio, 0.5)).astype(np.int64) + (ratio > np.quantile(ratio, 0.99))
    assert limits.excess(cells.partition(labels[None], 3)).min() < 0
    met = meet_limits(tangents, tangents, labels, limits)
    assert met is not None
    assert limits.excess(cells.partition(met[None], 3)).min() >= -1e-9
    moved = np.flatnonzero(met != labels)
    assert set(met[moved]) == {2}
    # What was taken is what is most like the bin that takes.
    assert ratio[moved].min() > np.quantile(ratio, 0.8)
    assert meet_limits(tangents, tangents, labels, BinLimits(min_background=3900.0)) is None


@pytest.mark.parametrize(("channels", "fixed"), [(1, 1), (2, 1), (1, 2), (2, 3)])
@pytest.mark.parametrize("objective", [Z, objectives.CorrelatedSignificance(0.1)], ids=["adds", "does not"])
def test_worth_is_the_derivative_in_a_part_of_a_cell(objective, channels, fixed):
    cells = toy_cells.cells(12, 11, channels=channels, fixed=fixed, entries=200.0)
    tangents = Tangents(cells, objective, 3)
    labels = np.repeat([[0, 1, 2]], 4, axis=1)
    worth, sums = tangents.worth(labels)[0], tangents.sums(labels)
    for b, c in ((0, 1), (1, 7), (2, 3)):
        values = []
        for part in (1e-5, -1e-5):
            moved = sums.copy()
            moved[0, b] += part * tangents.rows[:, c]
            values.append(float(objective.hard(tangents.yields_of(moved))[0]))
        assert worth[b, c] == pytest.approx((values[0] - values[1]) / 2e-5, rel=1e-5)


def test_blocks_have_background_and_are_finer_where_events_are():
    cells = plane(60, seed=12, entries=3e4)
    group = blocks(cells, 25.0, 4000)
    entries = np.bincount(group, cells.sums[0][0, 2, 0])
    assert entries.min() >= 25
    assert np.median(entries) < 60
    assert len(np.unique(group)) == group.max() + 1 > 400
    for g in range(0, group.max(), 40):
        inside = cells.position[:, group == g]
        low, high = inside.min(1)[:, None], inside.max(1)[:, None]
        box = ((cells.position > low) & (cells.position < high)).all(0)  # faces may be shared
        assert np.all(group[box] == g)
    assert blocks(cells, 25.0, 10).max() < 20
    assert blocks(cells, 1e9, 4000).max() == 0


def test_a_plane_is_smoothed_to_itself():
    cells = plane(12)
    rows, x = cells.rows.copy(), cells.position
    rows[:, 0, 2] = 50.0
    rows[1, 0, 0, 0, 0] = 50 * (1 + 0.1 * x[0] - 0.05 * x[1])
    given = Cells(toy_cells.layout(rows, ("signal", "signal", "background")), x, rows, np.zeros(0))
    smooth = smoothed_rows(given, 15)
    assert smooth.reshape(rows.shape)[1, 0, 0, 0, 0] == pytest.approx(rows[1, 0, 0, 0, 0], rel=1e-3)
    assert smooth.sum(1) == pytest.approx(rows.reshape(9, -1).sum(1))


def test_smoothing_comes_closer_to_the_truth():
    truth, drawn = plane(20, entries=5e3), plane(20, seed=13, entries=5e3)
    smooth = smoothed_rows(drawn, 30).reshape(drawn.rows.shape)
    inside = truth.sums[0][0, 2, 0] > 4
    ratios = [
        rows[1, 0, 0, 0, 0][inside] / truth.rows[1, 0, 0, 0, 0][inside] for rows in (drawn.rows, smooth)
    ]
    assert np.std(ratios[1]) < 0.6 * np.std(ratios[0])
    assert smooth.min() >= 0


def test_impossible_bins_are_refused():
    cells = plane(20, seed=14, entries=2000)
    with pytest.raises(UnattainableError, match="too few background events to divide"):
        lloyd(cells, BOTH, 300, min_entries=50)
    with pytest.raises(UnattainableError, match="no 4 bins were found that keep to the limits") as error:
        lloyd(cells, BOTH, 4, BinLimits(min_background=1500.0))
    assert "minimum background 1500 in bin" in str(error.value)
    with pytest.raises(DeclarationError, match="'n_bins' is at least 1"):
        lloyd(cells, BOTH, 0)


def test_starts_without_a_merit_are_followed_until_they_have_one():
    # Where background weights are negative on one side, some bins of every start have no significance.
    cells = plane(8)
    rows = cells.rows.copy()
    rows[1, :, 2, :, :, cells.position[0] > 1.2] *= -1
    found = lloyd(replace(cells, rows=rows), Z, 3, restarts=6, seed=2)
    assert np.isfinite(found.value)
