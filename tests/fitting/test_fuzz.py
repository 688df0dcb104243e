"""Fits of random selections on random events: each ends in a result that numpy confirms, or in a message."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradcut as gc
from fitting.toy_samples import samples
from gradcut.errors import DataError, UnattainableError
from gradcut.objectives import AsimovSignificance, EfficiencyLoss

FORMS = (
    *("{} > ?", "{} >= ?", "{} < ?", "? < {} < ?", "!(? < {} < ?)", "{} > ?t", "{} <= ?t"),
    *("{} > 0.1", "? <= {} < ?u", ""),
)


def column(rng: np.random.Generator, kind: int, shift: float, n: int) -> np.ndarray:
    made: np.ndarray = (
        rng.normal(shift, 1, n).astype(np.float32),
        rng.normal(shift / 2, 1, n) * 1e3,
        rng.poisson(3 + shift, n).astype(np.int32),
        np.exp(rng.normal(shift, 1.5, n)).astype(np.float32),
        rng.uniform(0, 1, n).astype(np.float32),
        np.round(rng.normal(shift, 1, n), 1).astype(np.float32),
    )[kind]
    return made


def table(
    rng: np.random.Generator, how: dict[str, Any], shift: float, n: int, weight: float
) -> dict[str, np.ndarray]:
    made: dict[str, np.ndarray] = {}
    for name, (kind, missing, infinite) in how["columns"].items():
        made[name] = column(rng, kind, shift, n)
        if made[name].dtype.kind == "f":
            made[name][rng.random(n) < (0.1 if missing else 0)] = missing
            made[name][rng.random(n) < (0.02 if infinite else 0)] = rng.choice([-np.inf, np.inf])
    made["w"] = rng.exponential(weight, n) * np.where(rng.random(n) < how["negative"], -1, 1)
    made["event"] = np.arange(n) + rng.integers(10**6)
    return made


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", range(150))
def test_fit_ends_well_or_says_why_not(seed: int) -> None:
    rng = np.random.default_rng(seed)
    kinds = {
        f: (rng.integers(6), rng.choice([0.0, 0.0, np.nan, -999.0]), rng.random() < 0.15) for f in "abcd"
    }
    how = {"columns": kinds, "negative": 0.15 * (rng.random() < 0.3)}
    n = int(rng.choice([20, 60, 300, 3000]))
    tables = [table(rng, how, 1.0, n, 0.01), table(rng, how, 0.0, 2 * n, 0.1)]
    if rng.random() < 0.4:
        tables.append(table(rng, how, -0.3, int(rng.choice([3, 200])), 0.3))
    requirements = [form.format(f) for f in "abcd" if (form := str(rng.choice(FORMS)))]
    selection = gc.Selection(
        *requirements, "a > ?z", missing=str(rng.choice(["fail", "pass"])), sentinels=[-999]
    )  # type: ignore[arg-type]
    target = float(rng.uniform(0.05, 0.95))
    objective = (
        AsimovSignificance(0.1),
        EfficiencyLoss(target),
        EfficiencyLoss(target, background="linear", gamma=0.1),
    )[rng.integers(3)]
    divided: dict[str, Any] = ({"folds": 2}, {"folds": 3}, {}, {"split": gc.Split(0.7, 0, 0.3)})[
        rng.integers(4)
    ]
    fixed = {}
    if rng.random() < 0.3 and len(selection.parameters) > 2:
        fixed = {str(rng.choice(selection.parameters)): float(rng.normal())}
    settings: dict[str, Any] = {
        "n_threads": 1,
        "starts": 3,
        "max_steps": 18,
        "fix": fixed,
        "seed": seed,
        **divided,
    }
    try:
        fit = gc.fit_cuts(selection, samples(*tables), objective=objective, **settings)
    except (DataError, UnattainableError):  # a declaration that is wrong, or anything else, is a fault
        return
    assert "missed" not in fit.message
    assert all(fit.values[name] == value for name, value in fixed.items())
    if "folds" in divided:
        for given, row in zip(tables, fit.processes, strict=True):
            for passed, quoted in ((fit.mask(given), row.used), (fit.mask(given, folds=True), row.unused)):
                assert quoted == pytest.approx(given["w"][passed].sum(), abs=1e-9 * np.abs(given["w"]).sum())
