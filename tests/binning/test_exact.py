"""The best edges of one axis: against all edges there are, and against moves of single edges."""

from __future__ import annotations

import numpy as np
import pytest

from binning import toy_cells
from gradcut import objectives
from gradcut.binning.cells import Cells
from gradcut.binning.exact import exact
from gradcut.binning.limits import BinLimits
from gradcut.errors import DeclarationError, UnattainableError

Z = objectives.AsimovSignificance(mc_stat=False)
OBJECTIVES = {
    "Z": Z,
    "Z with uncertainties": objectives.AsimovSignificance(0.1, mc_stat=True),
    "s/sqrt(b)": objectives.SignalOverRootBackground(mc_stat=False),
    "efficiency": objectives.SignalEfficiency(),
}
LIMITS = {
    "none": None,
    "background": BinLimits(min_background=20.0),
    "all": BinLimits(min_background=15.0, min_entries=12.0, max_relative_uncertainty=0.28, min_width=0.03),
}
CELLS = {
    "plain": toy_cells.cells(10, 1),
    "channels": toy_cells.cells(9, 2, channels=2),
    "negative weights": toy_cells.cells(10, 3, negative=0.25),
    "given edges of another axis": toy_cells.cells(9, 4, fixed=2),
    "few entries": toy_cells.cells(10, 5, entries=1.5, negative=0.1),
}


@pytest.mark.parametrize("limits", LIMITS.values(), ids=LIMITS)
@pytest.mark.parametrize("cells", CELLS.values(), ids=CELLS)
@pytest.mark.parametrize("objective", OBJECTIVES.values(), ids=OBJECTIVES)
def test_exact_is_the_best_of_all_edges_there_are(objective, cells, limits):
    found = exact(cells, objective, 4, limits)
    for n_bins in (1, 2, 3, 4):
        merit, edges = toy_cells.best_edges(cells, objective, limits, n_bins)
        if merit == -np.inf:
            assert np.isnan(found.values[n_bins - 1])
            with pytest.raises(UnattainableError):
                found.edges(n_bins)
            continue
        assert found.values[n_bins - 1] == pytest.approx(merit, rel=1e-9)
        # Other edges may be as good; those returned have to be.
        own = toy_cells.merit(cells, objective, limits, found.edges(n_bins))
        assert own == pytest.approx(merit, rel=1e-9)
        assert len(edges) == len(found.edges(n_bins)) == n_bins - 1


@pytest.mark.parametrize("limits", [None, BinLimits(min_background=3.0, min_entries=10.0)], ids=str)
@pytest.mark.parametrize("negative", [0.0, 0.1])
def test_few_candidates_find_what_all_of_them_find(limits, negative):
    cells = toy_cells.cells(600, 6, entries=8.0, negative=negative)
    full, some = exact(cells, Z, 8, limits), exact(cells, Z, 8, limits, n_candidates=60)
    assert len(full.looked_at) == 599
    assert len(some.looked_at) < 100
    assert some.values == pytest.approx(full.values, rel=1e-9)
    assert np.all(np.diff(full.values) > 0)


def test_no_single_edge_of_many_cells_can_be_improved():
    cells, limits = toy_cells.cells(3000, 7, entries=2.0), BinLimits(min_background=2.0)
    found = exact(cells, Z, 6, limits, n_candidates=80)
    edges = found.edges(6)
    best = toy_cells.merit(cells, Z, limits, edges)
    assert best == pytest.approx(found.values[5], rel=1e-12)
    rng = np.random.default_rng(8)
    for k in range(5):
        at = np.searchsorted(cells.boundary, edges[k])
        near = np.clip(at + np.arange(-12, 13), 0, 2998)
        for place in np.unique(np.concatenate([near, rng.integers(0, 2999, 20)])):
            moved = np.sort(np.append(np.delete(edges, k), cells.boundary[place]))
            if len(np.unique(moved)) == 5:
                assert toy_cells.merit(cells, Z, limits, moved) <= best * (1 + 1e-12)


def test_limits_that_hardly_fit_are_met():
    # 200 cells of background 1 each: 20 bins of 10 fit in one way only.
    cells = toy_cells.cells(200, 9, roles=("signal", "background"))
    rows = cells.rows.copy()
    rows[:, 0, 1] = 1.0
    cells = Cells(toy_cells.layout(rows, ("signal", "background")), cells.position, rows, cells.boundary)
    found = exact(cells, Z, 21, BinLimits(min_background=10.0), n_candidates=30)
    assert found.largest == 20
    assert found.edges(20) == pytest.approx(cells.boundary[9::10])
    with pytest.raises(UnattainableError) as error:
        found.edges(21)
    text = str(error.value)
    assert text.startswith("no 21 bins keep to the limits")
    assert "the closest miss minimum background 10 in bin" in text
    assert "9 (10% short)" in text
    assert "allowed: 20 bins" in text


def test_widths_of_open_bins_end_where_the_axis_does():
    cells = toy_cells.cells(60, 10)
    limits = BinLimits(min_width=0.3)
    free, closed = exact(cells, Z, 5, limits), exact(cells, Z, 5, limits, ends=(0.0, 1.0))
    assert free.largest == 5
    assert closed.largest == 3
    assert np.all(np.diff([0, *closed.edges(3), 1]) >= 0.3)
    with pytest.raises(UnattainableError, match=r"minimum width 0\.3 in bin"):
        closed.edges(4)


def test_even_one_bin_may_be_too_much():
    found = exact(toy_cells.cells(10, 11), Z, 2, BinLimits(min_background=1e6))
    assert found.largest == 0
    with pytest.raises(UnattainableError, match="nothing, not even one bin"):
        found.edges(1)


def test_a_bin_without_background_has_no_significance():
    cells = toy_cells.cells(3, 12, roles=("signal", "background"))
    rows = cells.rows.copy()
    rows[:, 0, 1, 0, 0, 1:] = 0.0
    cells = Cells(toy_cells.layout(rows, ("signal", "background")), cells.position, rows, cells.boundary)
    found = exact(cells, Z, 2)
    assert found.largest == 1
    with pytest.raises(UnattainableError, match="no 2 bins have a value"):
        found.edges(2)


def test_more_bins_than_values():
    cells = toy_cells.cells(3, 13)
    found = exact(cells, Z, 5)
    assert found.largest == 3
    with pytest.raises(UnattainableError, match="not so many different values to divide"):
        found.edges(5)
    with pytest.raises(DeclarationError, match="not looked for"):
        exact(cells, Z, 2).edges(3)


def test_all_events_in_one_point_are_one_bin():
    found = exact(toy_cells.cells(1, 14), Z, 3)
    assert found.largest == 1
    assert len(found.edges(1)) == 0


def test_objectives_that_do_not_add_are_refused():
    cells = toy_cells.cells(10, 15)
    with pytest.raises(DeclarationError, match="the exact method needs an objective that adds over bins"):
        exact(cells, objectives.CorrelatedSignificance(), 3)
    with pytest.raises(DeclarationError, match="a number of bins is at least 1"):
        exact(cells, Z, 0)
