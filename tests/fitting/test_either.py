"""Cuts whose direction is learned."""

from __future__ import annotations

import json

import numpy as np
import pytest

import gradcut as gc
from gradcut.errors import DeclarationError


def search(n: int = 5000, seed: int = 1) -> gc.Samples:
    """Four features: signal above, below, nowhere, and above only among events with a large first one."""
    rng = np.random.default_rng(seed)
    samples = gc.Samples(weight="w", event="event")
    for role, total in (("signal", 60.0), ("background", 2000.0)):
        is_signal = role == "signal"
        x = rng.normal(1.5 * is_signal, 1, n)
        # Over all events the signal's median lies below; where x is large, above.
        trap = np.where(x > 1.5, rng.normal(1.0 if is_signal else -1.0, 1, n), 0.0)
        trap = np.where(x > 1.5, trap, rng.normal(-1.5 if is_signal else 0.0, 0.3, n))
        events = {
            "x": x,
            "y": rng.normal(-1.0 * is_signal, 1, n),
            "noise": rng.normal(size=n),
            "trap": trap,
            "w": np.full(n, total / n),
            "event": np.arange(n) + 10**6 * is_signal,
        }
        samples.add(role, events, role=role)
    return samples


EITHER = gc.Selection(*(gc.Cut(name, "either") for name in ("x", "y", "noise")))


def test_directions_are_found_and_one_end_is_open() -> None:
    objective = gc.objectives.AsimovSignificance()
    fit = gc.fit_cuts(EITHER, search(), objective=objective, folds=2, seed=1)
    given = gc.fit_cuts(gc.Selection("x > ?", "y < ?"), search(), objective=objective, folds=2, seed=1)
    assert np.isfinite(fit.values["x:low"])
    assert fit.values["x:high"] == np.inf
    assert np.isfinite(fit.values["y:high"])
    assert fit.values["y:low"] == -np.inf
    for values in (fit.values, *(fold.values for fold in fit.folds)):
        assert all(np.isinf(values[f"{name}:low"]) or np.isinf(values[f"{name}:high"]) for name in "xy")
    assert fit.scores.unused > 0.93 * given.scores.unused
    assert "x:low" in str(fit)


def test_direction_is_turned_around_where_other_cuts_make_it_better() -> None:
    selection = gc.Selection("x > ?", gc.Cut("trap", "either"))
    fit = gc.fit_cuts(selection, search(seed=2), folds=2, seed=1)
    assert fit.values["trap:high"] == np.inf
    assert np.isfinite(fit.values["trap:low"])


def test_scan_and_target_go_in_the_directions_of_the_signal() -> None:
    samples = search(seed=3)
    scan = gc.scan_cuts(EITHER, samples, efficiencies=[0.5, 0.8], seed=1)
    given = gc.scan_cuts(
        gc.Selection("x > ?", "y < ?", "noise > ?"), samples, efficiencies=[0.5, 0.8], seed=1
    )
    for point, other in zip(scan.points, given.points, strict=True):
        assert point.values["x:high"] == np.inf
        assert point.values["y:low"] == -np.inf
        assert point.used.background < 1.05 * other.used.background
        assert point.used.signal == pytest.approx(point.target, abs=1.01 / 5000)
    fit = gc.fit_cuts(EITHER, samples, objective=gc.objectives.EfficiencyLoss(0.5), folds=2, seed=1)
    assert fit.values["x:high"] == np.inf
    assert fit.values["y:low"] == -np.inf


def test_declaration_travels_and_is_checked() -> None:
    again = gc.Selection.from_json(json.loads(json.dumps(EITHER.to_json())))
    assert again == EITHER
    assert again.either == (("x:low", "x:high"), ("y:low", "y:high"), ("noise:low", "noise:high"))
    assert again.kernel_spec().either == ((0, 1), (2, 3), (4, 5))
    with pytest.raises(DeclarationError, match="two thresholds of its own"):
        gc.Selection("x > ?", either=[("x", "y")])
