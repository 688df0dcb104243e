"""Means of mixtures that are declared to be on the simplex, or in ranges: they are, in all of a fit."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from binning.toy_outputs import LIMITS, TABLES, WHOLE, Z, check_gradient, one_fit, samples
from binning.toy_samples import asimov
from gradcut.binning.learned_mixture import LearnedMixture
from gradcut.binning.mixture_means import inside, inside_alike
from gradcut.binning.mixture_parameters import Mixtures
from gradcut.errors import DeclarationError, SchemaError

QUICK: dict[str, Any] = {
    "objective": Z,
    "limits": LIMITS,
    "starts": 4,
    "max_steps": 40,
    "split": WHOLE,
}
SCORES, OUTPUTS = ("p0", "p1"), ("y0", "y1")
#: The third holds few of the events, the last one none.
DECLARED = {
    "simplex": gc.MixtureBinning(SCORES, 4, means="simplex"),
    "ranges": gc.MixtureBinning(OUTPUTS, 4, means=[(-3, 4), (-3, 4)]),
    "narrow": gc.MixtureBinning(OUTPUTS, 4, means=[(0.2, 0.4), (-1.5, -1.0)]),
    "elsewhere": gc.MixtureBinning(OUTPUTS, 3, means=[(20, 21), (-30, -20)]),
}


def check_inside(binning: Any, means: Any) -> None:
    last = 1e-9  # of the way through the units in which a mixture is learned
    if binning.means == "simplex":
        assert (means >= -last).all()
        assert (means.sum(-1) <= 1 + last).all()
        return
    for column, (low, high) in enumerate(binning.means):
        assert (means[..., column] >= low - last).all()
        assert (means[..., column] <= high + last).all()


@pytest.mark.parametrize("name", DECLARED)
def test_means_are_where_they_were_declared_to_be_after_every_stage(name: str) -> None:
    binning = DECLARED[name]
    fit, _, _ = one_fit(binning, samples(), LIMITS)
    family, problem = fit.family, fit.problem
    starts = family.starts(binning.n_bins, Z, LIMITS, 4, 0)
    wild = np.random.default_rng(3).normal(0, 5, family.free_of(starts).shape)
    for regions in (starts, family.of_free(family.free_of(starts)), family.of_free(wild)):
        check_inside(binning, regions.means * problem.scale + problem.centre)
    for point in (np.zeros(family.n_moves(starts)), np.ones(family.n_moves(starts))):
        moved = family.moved(Mixtures(*(array[:1] for array in starts)), point)
        check_inside(binning, moved.means * problem.scale + problem.centre)
    result = gc.fit_binning(binning, samples(), **QUICK)
    check_inside(binning, result.bins.means)  # type: ignore[attr-defined]
    number = {name: result.index(table) for name, table in TABLES.items()}
    n = {k: np.bincount(number[k], TABLES[k]["w"], result.n_bins) for k in TABLES}
    assert n["rest"].min() >= 5.0
    assert result.scores.used == pytest.approx(asimov(n["ggf"] + n["vbf"], n["rest"]))


@pytest.mark.parametrize(("name", "part"), [("simplex", 0.97), ("ranges", 0.97), ("narrow", 0.94)])
def test_they_cost_little_beside_free_ones(name: str, part: float) -> None:
    binning = DECLARED[name]
    free = gc.fit_binning(gc.MixtureBinning(binning.expressions, 4), samples(), **QUICK)
    fit = gc.fit_binning(binning, samples(), **QUICK)
    assert fit.scores.used >= part * free.scores.used


@pytest.mark.parametrize("name", DECLARED)
def test_derivatives_in_free_numbers_are_those_of_finite_differences(name: str) -> None:
    # Means that are close together take large precisions: a little goes far.
    noise, step = (0.02, 1e-5) if name in ("simplex", "ranges") else (1e-5, 2e-7)
    check_gradient(*one_fit(DECLARED[name], samples(), noise=noise), step)


def test_free_numbers_give_back_the_mixtures_that_are_inside() -> None:
    fit, _, state = one_fit(DECLARED["simplex"], samples())
    regions = fit.family.of_free(state.free)
    again = fit.family.of_free(fit.family.free_of(regions))
    for one, other in zip(regions, again, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", DECLARED)
def test_means_of_one_covariance_are_brought_inside_without_changing_a_region(name: str) -> None:
    fit, _, _ = one_fit(DECLARED[name], samples())
    rng, d, k = np.random.default_rng(7), 2, 4
    factor = np.array([[1.3, 0.0], [0.4, 0.7]])
    before = Mixtures(
        rng.normal(0, 2, (1, k)), rng.normal(0, 4, (1, k, d)), np.broadcast_to(factor, (1, k, d, d)).copy()
    )
    after = inside_alike(before, fit.family.domain)  # type: ignore[attr-defined]
    check_inside(DECLARED[name], after.means * fit.problem.scale + fit.problem.centre)
    x = rng.normal(0, 2, (d, 5000))
    assert (before.logits(x).argmax(1) == after.logits(x).argmax(1)).all()
    assert len(np.unique(after.logits(x).argmax(1))) > 2
    put = inside(before, fit.family.domain)  # type: ignore[attr-defined]
    check_inside(DECLARED[name], put.means * fit.problem.scale + fit.problem.centre)
    np.testing.assert_array_equal(put.factors, before.factors)


def test_files_keep_them_and_means_that_are_elsewhere_are_refused(tmp_path: Any) -> None:
    fit = gc.fit_binning(DECLARED["ranges"], samples(), **{**QUICK, "max_steps": 6})
    path = tmp_path / "bins.json"
    fit.save(path)
    again = gc.BinningResult.load(path)
    assert again.binning.means == ((-3.0, 4.0), (-3.0, 4.0))  # type: ignore[union-attr]
    assert (again.index(TABLES["rest"]) == fit.index(TABLES["rest"])).all()
    document = json.loads(path.read_text())
    document["content"]["bins"]["means"][0][1] = 4.5
    path.write_text(json.dumps(document))
    with pytest.raises(SchemaError, match=r"(?s)make no sense.*0\.5 outside"):
        gc.BinningResult.load(path)
    with pytest.raises(DeclarationError, match="not where the declaration has them"):
        LearnedMixture(DECLARED["simplex"], np.zeros(1), np.array([[0.7, 0.4]]), np.eye(2)[None])
    # Files from before there were others have free means.
    del document["content"]["binning"]["means"]
    path.write_text(json.dumps(document))
    assert gc.BinningResult.load(path).binning.means == "free"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"means": "sphere"}, "(?s)unknown means.*'simplex'"),
        ({"means": [(0, 1)]}, "(?s)a range .* per column.*2 pairs"),
        ({"means": [(0, 1), (1, 0)]}, "a range .* per column"),
        ({"means": [(0, 1), (0, np.inf)]}, "a range .* per column"),
        ({"means": [(0, 1), 3]}, "a range .* per column"),
        ({"means": "simplex", "coordinates": "simplex"}, "restricted in the columns themselves"),
        ({"means": [(0, 1), (0, 1)], "coordinates": "log"}, "restricted in the columns themselves"),
    ],
)
def test_means_that_cannot_be_are_said(how: Any, message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        gc.MixtureBinning(["a", "b"], 3, **how)
