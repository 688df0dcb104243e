"""Fits of random trees of cuts: each ends in a result that numpy confirms, or in a message."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradcut as gc
from fitting.test_fuzz import table
from gradcut.errors import DataError, DeclarationError, UnattainableError
from gradcut.jagged import Jagged
from gradcut.objectives import AsimovSignificance, EfficiencyLoss, SignalEfficiency

FORMS = (
    "{0} > ? || {1} < ?",
    "({0} > ? && {1} > ?) || {2} > ?",
    "!({0} > ? && {1} < ?)",
    "{0} > ?p + ?q * {1}",
    "({2} > 0.2 && {0} > ?) || ({2} <= 0.2 && {0} > ?)",
    "count(jet_x > ? && abs(jet_y) < ?) >= 2",
    "count(jet_x > ? || jet_y > 1) < 3",
    "any(jet_x > ?r + ?s * jet_y)",
    "all(jet_x < ?)",
    "count(jet_y > ?) == 1",
    "{0} > ?",
    "? < {1} < ?",
)


def with_jets(rng: np.random.Generator, events: dict[str, Any], shift: float) -> dict[str, Any]:
    offsets = np.cumsum([0, *rng.poisson(2 + shift / 2, len(events["w"]))]).astype(np.int64)
    x = rng.normal(shift, 1, offsets[-1]).astype(np.float32)
    x[rng.random(len(x)) < 0.03] = np.nan
    return events | {"jet_x": Jagged(x, offsets), "jet_y": Jagged(rng.normal(size=offsets[-1]), offsets)}


def special(rng: np.random.Generator) -> list[Any]:
    """Cuts that are not written in the grammar."""
    shape, monotone = str(rng.choice(["linear", "smooth", "steps"])), rng.choice([None, "rising", "falling"])
    knots = [-1.0, 0.3, 1.5] if shape != "steps" else [0.0, 0.8]
    contraction = float(rng.choice([0.0, 0.0, 0.3]))
    found: list[Any] = [
        gc.VaryingCut("b", ">", "d", knots, shape=shape, monotone=monotone, contraction=contraction),  # type: ignore[arg-type]
        gc.Cut("c", "either"),
    ]
    return [one for one in found if rng.random() < 0.35]


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", range(150))
def test_fit_of_a_tree_ends_well_or_says_why_not(seed: int) -> None:
    rng = np.random.default_rng(seed)
    kinds = {f: (rng.integers(6), rng.choice([0.0, 0.0, np.nan, -999.0]), rng.random() < 0.1) for f in "abcd"}
    how = {"columns": kinds, "negative": 0.15 * (rng.random() < 0.3)}
    n = int(rng.choice([60, 300, 2000]))
    tables = [
        with_jets(rng, table(rng, how, shift, size, weight), shift)
        for shift, size, weight in ((1.0, n, 0.01), (0.0, 2 * n, 0.1))
    ]
    samples = gc.Samples(weight="w", event="event", sentinels=[-999])
    for events, name, role in zip(tables, ("s", "b"), ("signal", "background"), strict=True):
        samples.add(name, events, role=role)
    texts = [
        str(form).format(*rng.permutation(list("abcd")))
        for form in rng.choice(FORMS, size=rng.integers(1, 4), replace=False)
    ]
    selection = gc.Selection(
        *texts,
        *special(rng),
        missing=str(rng.choice(["fail", "pass"])),
        sentinels=[-999],  # type: ignore[arg-type]
    )
    objective = (
        AsimovSignificance(0.1),
        EfficiencyLoss(float(rng.uniform(0.05, 0.9))),
        SignalEfficiency().within(max_background_efficiency=float(rng.uniform(0.05, 0.5))),
    )[rng.integers(3)]
    try:
        fit = gc.fit_cuts(
            selection, samples, objective=objective, folds=2, seed=seed, starts=3, max_steps=18, n_threads=1
        )
    except (UnattainableError, DataError, DeclarationError):
        return
    for row, events in zip(fit.processes, tables, strict=True):
        expected = float(events["w"][fit.mask(events)].sum())
        assert row.used == pytest.approx(expected, rel=1e-9, abs=1e-9)
        unused = float(events["w"][fit.mask(events, folds=True)].sum())
        assert row.unused == pytest.approx(unused, rel=1e-9, abs=1e-9)
    for chain in fit.selection.chains:
        values = np.array([fit.values[name] for name in chain.parameters])
        if chain.monotone and np.isfinite(values).all():
            assert np.all((1 if chain.monotone == "rising" else -1) * np.diff(values) >= -1e-9)
    for low, high in fit.selection.either:
        assert np.isinf(fit.values[low]) or np.isinf(fit.values[high])
    assert gc.Selection.from_json(fit.selection.to_json()) == fit.selection
