"""Widths of smooth steps that are given or learned: derivatives, yields, and edges that stay as good."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import norm

import gradcut as gc
from binning.toy_samples import BACKGROUND, SIGNAL, samples
from gradcut.binning import positive
from gradcut.binning.edge_descent import EdgeDescent, starts
from gradcut.binning.edge_problem import EdgeProblem
from gradcut.engines.bins.cells import CellsEngine
from gradcut.errors import DeclarationError

Z = gc.objectives.AsimovSignificance(mc_stat=False)
WHOLE = gc.Split(1.0, 0.0, 0.0)
QUICK: dict[str, Any] = {
    "objective": Z,
    "limits": gc.BinLimits(min_background=5.0),
    "starts": 4,
    "max_steps": 40,
    "split": WHOLE,
}


def score(width: Any, bins: int = 4, **how: Any) -> gc.Binning:
    return gc.Binning("score", bins, **{"range": (0, 1), "coordinates": "linear", "width": width, **how})


def descent_of(binning: Any) -> tuple[EdgeDescent, np.ndarray]:
    tables = samples().collect({axis.name: axis.expression for axis in binning.axes})
    problem = EdgeProblem.of(binning, tables)
    first = EdgeDescent(problem, Z, None, 10)
    engine = CellsEngine(first.spec, problem.coarse, precision="float64")
    descent = EdgeDescent(problem, Z, None, 10, engine)
    free = starts(problem, descent, 3, 1)
    return descent, free + np.random.default_rng(3).normal(0, 0.3, free.shape)


@pytest.mark.parametrize("step", ["logistic", "gaussian"])
@pytest.mark.parametrize(
    "shape", [("learned",), (0.1,), ("annealed",), ("learned", "learned"), ("learned", 0.3), (0.1, "learned")]
)
def test_derivatives_in_edges_and_widths_are_those_of_finite_differences(shape: Any, step: Any) -> None:
    binning: Any = score(shape[0], step=step)
    if len(shape) > 1:
        binning = binning * gc.Binning("other", 3, coordinates="linear", width=shape[1], step=step)
    descent, free = descent_of(binning)
    assert free.shape[1] == sum(axis.n_bins + (axis.width == "learned") for axis in binning.axes)
    soft, found = descent._gradient(descent.engine, free, 0.3, 0.5)  # type: ignore[arg-type]
    for at in range(free.shape[1]):
        ends = []
        for change in (1e-5, -1e-5):
            moved = free.copy()
            moved[:, at] += change
            ends.append(descent._gradient(descent.engine, moved, 0.3, 0.5)[0])  # type: ignore[arg-type]
        wanted = -(ends[0] - ends[1]) / 2e-5 / np.abs(soft)
        np.testing.assert_allclose(found[:, at], wanted, rtol=1e-4, atol=1e-6 * np.abs(found).max())


def test_positive_numbers_stay_between_their_bounds_and_come_back() -> None:
    free = np.linspace(-40, 40, 81)
    value = positive.of_free(free, 0.01, 2.0)
    assert ((value >= 0.01) & (value <= 2.0)).all()
    ends = (positive.of_free(free + step, 0.01, 2.0) for step in (1e-6, -1e-6))
    np.testing.assert_allclose(positive.slope(free, 0.01, 2.0), np.subtract(*ends) / 2e-6, atol=1e-8)
    given = np.array([0.02, 0.3, 1.9])
    np.testing.assert_allclose(positive.of_free(positive.free_of(given, 0.01, 2.0), 0.01, 2.0), given)
    assert 0.01 < positive.of_free(positive.free_of(1e-9, 0.01, 2.0), 0.01, 2.0) < 0.0101


@pytest.mark.parametrize("width", ["learned", 0.05])
@pytest.mark.parametrize("step", ["logistic", "gaussian"])
@pytest.mark.parametrize("aggregate", [True, False])
def test_soft_yields_are_those_of_a_binned_kde_of_this_bandwidth(
    width: Any, step: Any, aggregate: bool
) -> None:
    fit = gc.fit_binning(score(width, step=step), samples(), aggregate=aggregate, n_threads=1, **QUICK)
    (h,) = fit.bins.widths  # type: ignore[attr-defined]
    assert h == 0.05 if width == 0.05 else 0.01 <= h < 0.2
    rise = expit if step == "logistic" else norm.cdf
    inner = np.array(fit.edges[1:-1])
    for table, name in ((SIGNAL, "soft_signal"), (BACKGROUND, "soft_background")):
        above = [1.0, *(rise((table["score"] - edge) / h) for edge in inner), 0.0]
        wanted = [((low - high) * table["w"]).sum() for low, high in itertools.pairwise(above)]
        found = [getattr(row, name) for row in fit.rows]
        # Cells are good to a part of the whole process; events are kept in single precision.
        assert found == pytest.approx(wanted, rel=1e-5, abs=4e-4 * table["w"].sum() if aggregate else 1e-4)


@pytest.mark.parametrize("coordinates", ["quantile", "linear", "logit"])
@pytest.mark.parametrize("width", ["learned", 0.04])
def test_edges_are_as_good_as_with_steps_that_are_annealed(coordinates: Any, width: Any) -> None:
    binning = score(width, 5, coordinates=coordinates, step="gaussian")
    fit = gc.fit_binning(binning, samples(), **QUICK)
    best = gc.fit_binning(score("annealed", 5, coordinates=coordinates), samples(), method="exact", **QUICK)
    assert 0.985 * best.scores.used <= fit.scores.used <= best.scores.used * (1 + 2e-4)
    assert all(row.background >= 5.0 for row in fit.rows)


def test_bins_are_counted_hard_whatever_the_width_and_the_bias_is_said() -> None:
    wide = gc.fit_binning(score(0.3), samples(), **QUICK)
    inner = wide.edges[1:-1]
    hard = np.bincount(
        np.searchsorted(inner, BACKGROUND["score"].astype(float), side="right"), BACKGROUND["w"]
    )
    assert [row.background for row in wide.rows] == pytest.approx(hard.tolist())
    assert max(abs(row.background_bias or 0) for row in wide.rows) > 1.0
    assert any("the smooth background of" in warning for warning in wide.warnings)
    assert "given steps of score are 0.3 wide" in wide.message


def test_a_learned_width_goes_to_its_lower_end_for_a_significance() -> None:
    # Steps only mix bins: the sharper they are the better, and smooth bins stay behind the hard ones.
    binning = score("learned", 4, step="gaussian")
    fit = gc.fit_binning(binning, samples(), **{**QUICK, "max_steps": 120})
    (width,) = fit.bins.widths  # type: ignore[attr-defined]
    assert 0.04 / 4 * 0.9 < width < 2 * 0.04 / 4
    assert fit.scores.soft is not None
    assert fit.scores.soft < fit.scores.used
    assert "learned steps of score" in fit.message


@pytest.mark.torch
def test_a_learned_width_grows_where_smooth_bins_promise_what_hard_ones_do_not_have() -> None:
    # A price on what the bins differ by has its optimum where everything is shared out.
    def alike(yields: Any) -> Any:
        b, s = (yields.moments.sum_w[:, 0, at, 0] for at in (1, 0))
        ratio = s / (s + b)
        return -((ratio - ratio.mean(-1, keepdim=True)) ** 2).sum(-1) - 1.0

    how = {**QUICK, "objective": gc.objectives.maximise(alike), "max_steps": 120}
    fit = gc.fit_binning(score("learned", 3, step="gaussian"), samples(), **how)
    (width,) = fit.bins.widths  # type: ignore[attr-defined]
    assert width > 0.5 / 3
    assert fit.scores.soft is not None
    assert fit.scores.soft > fit.scores.used + 1e-4


def test_several_numbers_of_bins_products_and_files_keep_it(tmp_path: Any) -> None:
    product = (
        score("learned", 2) * gc.Binning("other", 2, width=0.3) * gc.Binning("mass", edges=[100, 150, 900])
    )
    fit = gc.fit_binning(product, samples(), **{**QUICK, "max_steps": 10})
    first, second, third = fit.bins.widths  # type: ignore[attr-defined]
    assert 0 < first < 1
    assert (second, third) == (0.3, None)
    path = tmp_path / "bins.json"
    fit.save(path)
    again = gc.BinningResult.load(path)
    assert again.bins.widths == fit.bins.widths  # type: ignore[attr-defined]
    assert repr(again.binning) == repr(fit.binning)
    assert str(again) == str(fit)
    several = gc.fit_binning(
        gc.Binning("score", [2, 3], width="learned"),
        samples(),
        **{**QUICK, "split": None, "folds": 2, "max_steps": 10},
    )
    assert [choice.bins for choice in several.choices] == [(2,), (3,)]
    assert all(len(fold.bins.widths) == 1 for fold in several.folds)  # type: ignore[attr-defined]


def test_a_fit_with_a_learned_width_continues_from_a_checkpoint(tmp_path: Any) -> None:
    made, path, steps = samples(), tmp_path / "state.npz", []

    def stop(now: Any) -> None:
        steps.append(now.width)
        if len(steps) == 12:
            raise KeyboardInterrupt

    fit = gc.fit_binning(score("learned"), made, **QUICK)
    assert (
        gc.fit_binning(score("learned"), made, checkpoint=path, progress=stop, **QUICK).status
        == "interrupted"
    )
    rest = gc.fit_binning(score("learned"), made, checkpoint=path, **QUICK)
    assert rest.bins.to_json() == fit.bins.to_json()
    assert len(set(steps)) > 1
    with pytest.raises(DeclarationError, match="another fit"):
        gc.fit_binning(score(0.05), made, checkpoint=path, **QUICK)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: score(0), "a width is a positive number"),
        (lambda: score("narrow"), "a width is a positive number"),
        (lambda: score(np.inf), "a width is a positive number"),
        (lambda: gc.Binning("m", edges=[0, 1], width=0.1), "edges that are given are not smooth"),
        (lambda: score(0.1) * gc.Binning("other", 2), "all axes of a product are annealed"),
        (lambda: gc.fit_binning(score(0.1), samples(), method="exact", objective=Z), "those of a descent"),
    ],
)
def test_widths_that_cannot_be_are_said(make: Any, message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        make()
