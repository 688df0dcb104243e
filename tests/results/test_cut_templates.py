"""Samples counted behind learned cuts, against masks event by event."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradcut as gc
from gradcut.errors import DeclarationError


def table(n: int, shift: float, total: float, first: int) -> dict[str, Any]:
    rng = np.random.default_rng(first)
    x = rng.normal(shift, 1, n)
    return {
        "x": x,
        "x_JES_up": x + 0.2,
        "x_JES_down": x - 0.1,
        "y": rng.exponential(1.0 + shift, n),
        "w": np.full(n, total / n),
        "w_SF_up": np.full(n, 1.1 * total / n),
        "w_SF_down": np.full(n, 0.95 * total / n),
        "event": np.arange(first, first + n),
    }


TABLES = {"signal": table(3000, 1.0, 30.0, 0), "ww": table(5000, 0.0, 500.0, 10**6)}


def samples() -> gc.Samples:
    made = gc.Samples(weight="w", event="event")
    for name, one in TABLES.items():
        made.add(name, one, role="signal" if name == "signal" else "background")
    made.vary("JES", suffix=("_JES_up", "_JES_down"))
    made.vary("SF", weight=("w_SF_up", "w_SF_down"))
    return made


@pytest.fixture(scope="module")
def fit() -> gc.CutResult:
    objective = gc.objectives.SignalStrengthUncertainty()
    return gc.fit_cuts(
        gc.Selection("x > ?", "y > ?"), samples(), objective=objective, folds=2, starts=4, max_steps=40
    )


@pytest.mark.parametrize("folds", [False, True])
def test_templates_are_sums_over_masks_in_every_variation(fit: gc.CutResult, folds: bool) -> None:
    yields = fit.templates(samples(), folds=folds)
    for process, columns in TABLES.items():
        for variation, x, w in (
            ("nominal", "x", "w"),
            ("JES:up", "x_JES_up", "w"),
            ("JES:down", "x_JES_down", "w"),
            ("SF:up", "x", "w_SF_up"),
        ):
            kept = fit.mask({**columns, "x": columns[x]}, folds=folds)
            found = yields.of(process, variation=variation)
            assert found.sum_w[0, 0] == pytest.approx(columns[w][kept].sum())
            assert found.variance[0, 0] == pytest.approx((columns[w][kept] ** 2).sum())


def test_unused_objective_is_that_of_the_likelihood_of_the_templates(fit: gc.CutResult) -> None:
    model = gc.stats.Model.from_yields(fit.templates(samples(), folds=True), floor="mc")
    assert gc.stats.sigma_mu(model) == pytest.approx(fit.scores.unused, rel=1e-9)


def test_folds_that_there_are_not_are_said(fit: gc.CutResult) -> None:
    whole = gc.fit_cuts(
        gc.Selection("x > ?"),
        samples(),
        objective=gc.objectives.CLs(),
        split=gc.Split(1.0, 0, 0),
        starts=2,
        max_steps=20,
    )
    with pytest.raises(DeclarationError, match="no cuts for every fold"):
        whole.templates(samples(), folds=True)
