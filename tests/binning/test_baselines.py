"""Simple binnings against loops over cells, in the words of their definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from binning import toy_cells
from gradcut.binning.baselines import (
    equal_background,
    equal_signal,
    equidistant,
    transformation_d,
    transformation_f,
)
from gradcut.errors import DataError, DeclarationError


def sums(cells, role):
    processes = [i for i, r in enumerate(cells.layout.roles) if r == role]
    return [float(cells.rows[1][:, processes, 0, :, i].sum()) for i in range(cells.n_cells)]


def cuts_of(cells, edges):
    return [cells.boundary.tolist().index(edge) + 1 for edge in edges]


def test_equal_widths_in_any_coordinate():
    assert equidistant(0, 1, 4) == pytest.approx([0.25, 0.5, 0.75])
    found = equidistant(1, 100, 2, to=np.log10, back=lambda y: 10**y)
    assert found == pytest.approx([10.0])
    assert len(equidistant(0, 1, 1)) == 0
    with pytest.raises(DeclarationError, match="finite ends"):
        equidistant(1, 1, 3)
    with pytest.raises(DeclarationError, match="both ways"):
        equidistant(0, 1, 3, to=np.log)
    with pytest.raises(DeclarationError, match="at least 1"):
        equidistant(0, 1, 0)


@pytest.mark.parametrize("role", ["signal", "background"])
def test_equal_shares(role):
    cells = toy_cells.cells(3000, 1, channels=2)
    edges = (equal_signal if role == "signal" else equal_background)(cells, 6)
    size = np.array(sums(cells, role))
    parts = [part.sum() for part in np.split(size, cuts_of(cells, edges))]
    assert np.abs(np.array(parts) / size.sum() - 1 / 6).max() < size.max() / size.sum()
    assert np.abs(np.cumsum(parts)[:-1] / size.sum() - np.arange(1, 6) / 6).max() < size.max() / size.sum()


def slow_d(cells, z_s, z_b):
    s, b = sums(cells, "signal"), sums(cells, "background")
    total_s, total_b = sum(s), sum(b)
    cuts, n_s, n_b = [], 0.0, 0.0
    for i in reversed(range(cells.n_cells)):
        n_s, n_b = n_s + s[i], n_b + b[i]
        if z_s * n_s / total_s + z_b * n_b / total_b >= 1 - 1e-9 and i > 0:
            cuts.append(i)
            n_s = n_b = 0.0
    if cuts and len(cuts) >= z_s + z_b - 1e-9 and z_s * n_s / total_s + z_b * n_b / total_b < 1 - 1e-9:
        cuts.pop()
    return cuts[::-1]


@pytest.mark.parametrize(("z_s", "z_b"), [(10, 10), (5, 1), (0, 4), (3, 0), (0.3, 0.2)])
def test_transformation_d_is_its_definition(z_s, z_b):
    cells = toy_cells.cells(800, 2, channels=2, fixed=2)
    cuts = cuts_of(cells, transformation_d(cells, z_s, z_b))
    assert cuts == slow_d(cells, z_s, z_b)
    assert len(cuts) == pytest.approx(z_s + z_b - 1, abs=1)


def slow_f(cells, z_s, z_b, largest):
    s, b = sums(cells, "signal"), sums(cells, "background")
    processes = [i for i, r in enumerate(cells.layout.roles) if r == "background"]
    cuts, llr, n_b, v = [], 0.0, 0.0, 0.0
    for i in reversed(range(cells.n_cells)):
        if s[i] > 0 and b[i] > 0:
            llr += s[i] * math.log(1 + s[i] / b[i])
        n_b, v = n_b + b[i], v + cells.rows[2][:, processes, 0, :, i].sum()
        z = math.sqrt(z_s * llr) + math.sqrt(z_b * max(n_b, 0) / sum(b))
        if z >= 1 - 1e-9 and n_b > 0 and math.sqrt(v) / n_b <= largest:
            cuts.append(i)
            llr = n_b = v = 0.0
    return cuts[:-1][::-1]  # what is left joins the last bin


@pytest.mark.parametrize(
    ("z_s", "z_b", "largest"), [(5, 1, 0.1), (0.3, 4, 0.1), (0.05, 8, 0.5), (0, 20, 0.3)]
)
def test_transformation_f_is_its_definition(z_s, z_b, largest):
    cells = toy_cells.cells(400, 3)
    cuts = cuts_of(cells, transformation_f(cells, z_s, z_b, max_relative_uncertainty=largest))
    assert cuts == slow_f(cells, z_s, z_b, largest)
    assert len(cuts) >= 2


def test_negative_weights_are_summed_like_others():
    cells = toy_cells.cells(500, 4, negative=0.2)
    assert cuts_of(cells, transformation_d(cells, 4, 4)) == slow_d(cells, 4, 4)
    assert cuts_of(cells, transformation_f(cells, 0.3, 4)) == slow_f(cells, 0.3, 4, 0.1)


def test_what_cannot_be_divided_is_refused():
    cells = toy_cells.cells(5, 5)
    with pytest.raises(DataError, match="too few different values"):
        equal_signal(cells, 6)
    with pytest.raises(DeclarationError, match="weights of signal and background are numbers from 0 on"):
        transformation_d(cells, -1, 2)
    with pytest.raises(DeclarationError, match="one of the weights"):
        transformation_f(cells, 0, 0)
    alone = toy_cells.cells(5, 6, roles=("signal",))
    with pytest.raises(DataError, match="shares of the background need a positive yield"):
        transformation_d(alone)
