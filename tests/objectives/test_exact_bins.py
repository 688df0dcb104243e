"""Objectives that say that they add over bins: the exact method finds the best of all edges there are."""

from __future__ import annotations

import pytest

from binning import toy_cells
from gradcut.binning.cells import Cells
from gradcut.binning.exact import exact
from gradcut.objectives import (
    AsimovSignificance,
    Objective,
    SeveralSignals,
    Sideband,
    SignalOverRootBackground,
)

Z = AsimovSignificance(0.1)
TWO_SIGNALS = ("signal", "background", "signal", "background")
MASS = {"edges": (0, 1, 2, 3, 4), "window": (1, 2)}
CASES: list[tuple[Objective, Cells]] = [
    (Sideband(Z, **MASS), toy_cells.cells(9, 1, fixed=4)),  # type: ignore[arg-type]
    (Sideband(SignalOverRootBackground(), **MASS), toy_cells.cells(8, 2, fixed=6, channels=2)),  # type: ignore[arg-type]
    (SeveralSignals(Z, "quadrature", others="background"), toy_cells.cells(9, 3, roles=TWO_SIGNALS)),
    (
        Sideband(SeveralSignals(Z, "quadrature", others="background"), **MASS),  # type: ignore[arg-type]
        toy_cells.cells(8, 4, fixed=4, roles=TWO_SIGNALS),
    ),
]


@pytest.mark.parametrize(("objective", "cells"), CASES, ids=lambda x: getattr(x, "name", ""))
def test_exact_bins_are_the_best_of_all_edges_there_are(objective: Objective, cells: Cells) -> None:
    found = exact(cells, objective, 3)
    _, edges = toy_cells.best_edges(cells, objective, None, 3)
    assert found.edges(3).tolist() == list(edges)
