"""Edges moved one at a time: never worse, at a point where no single move helps, within limits."""

from __future__ import annotations

import numpy as np
import pytest

from binning import toy_cells
from gradcut import objectives
from gradcut.binning.limits import BinLimits
from gradcut.binning.moves import improve_edges, repair
from gradcut.errors import UnattainableError

Z = objectives.AsimovSignificance(mc_stat=False)
TIED = objectives.CorrelatedSignificance(0.05)


@pytest.mark.parametrize("objective", [Z, TIED], ids=["adds", "does not add"])
@pytest.mark.parametrize("limits", [None, BinLimits(min_background=8.0)], ids=str)
def test_no_single_edge_can_be_improved(objective, limits):
    cells = toy_cells.cells(45, 1, channels=2, entries=6.0)
    start = np.array([0.2, 0.3, 0.35])
    edges = improve_edges(cells, objective, start, limits)
    best = toy_cells.merit(cells, objective, limits, edges)
    at = cells.boundary[np.abs(cells.boundary[:, None] - start).argmin(0)]
    assert best > toy_cells.merit(cells, objective, None, at)
    for k in range(3):
        low, high = np.concatenate([[-1], edges, [2]])[[k, k + 2]]
        for place in cells.boundary:
            if low < place < high:
                moved = np.concatenate([edges[:k], [place], edges[k + 1 :]])
                assert toy_cells.merit(cells, objective, limits, moved) <= best * (1 + 1e-12)


def test_many_places_are_tried_coarsely_first():
    cells = toy_cells.cells(1500, 2, entries=2.0)
    edges = improve_edges(cells, TIED, np.array([0.5, 0.6]), BinLimits(min_background=2.0))
    near = [toy_cells.merit(cells, TIED, None, e) for e in (np.array([0.5, 0.6]), edges)]
    assert near[1] > near[0]
    assert np.isin(edges, cells.boundary).all()


@pytest.mark.parametrize("seed", range(4))
def test_repaired_bins_keep_to_the_limits(seed):
    cells = toy_cells.cells(400, seed, entries=4.0, negative=0.1)
    limits = BinLimits(min_background=30.0, min_entries=25.0)
    start = np.array([0.05, 0.1, 0.9, 0.95, 0.99])
    edges = repair(cells, start, limits)
    assert toy_cells.merit(cells, Z, None, edges) > -np.inf
    assert toy_cells.merit(cells, Z, limits, edges) > -np.inf
    assert len(edges) == 5
    assert np.all(np.diff(edges) > 0)


def test_repair_moves_as_few_entries_as_can_be():
    cells = toy_cells.cells(25, 5, entries=6.0)
    limits, start = BinLimits(min_background=15.0), cells.boundary[[3, 20, 22]]
    entries = np.concatenate([[0], np.cumsum(np.abs(cells.sums[0]).sum((0, 1, 2)))])

    def passed(edges):
        return entries[np.searchsorted(cells.boundary, edges) + 1]

    from itertools import combinations

    possible = [
        np.abs(passed(np.array(one)) - passed(start)).sum()
        for one in combinations(cells.boundary, 3)
        if toy_cells.merit(cells, Z, limits, one) > -np.inf
    ]
    assert min(possible) > 0
    moved = np.abs(passed(repair(cells, start, limits)) - passed(start)).sum()
    assert moved == pytest.approx(min(possible))


def test_edges_that_keep_to_the_limits_stay():
    cells = toy_cells.cells(100, 6)
    start = cells.boundary[[30, 60]]
    assert repair(cells, start, BinLimits(min_background=1.0)) == pytest.approx(start)
    assert repair(cells, start, None) == pytest.approx(start)


def test_edges_in_one_place_are_spread():
    cells = toy_cells.cells(10, 7)
    assert repair(cells, np.full(4, 2.0), None) == pytest.approx(cells.boundary[-4:])
    assert repair(cells, np.full(4, -2.0), None) == pytest.approx(cells.boundary[:4])
    with pytest.raises(UnattainableError, match="not so many different values"):
        repair(cells, np.linspace(0, 1, 10), None)


def test_what_cannot_be_repaired_is_said():
    cells = toy_cells.cells(50, 8)
    with pytest.raises(UnattainableError, match="no edges were found") as error:
        repair(cells, np.array([0.3, 0.6]), BinLimits(min_background=1e5))
    assert "minimum background 100000 in bin" in str(error.value)
    assert "short) and 2 more" in str(error.value)
