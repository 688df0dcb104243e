"""Cases whose answer is known, by name."""

from __future__ import annotations

import numpy as np
import pytest

import gradcut as gc
from fitting.toy_samples import columns, samples, uniform
from gradcut.objectives import AsimovSignificance, EfficiencyLoss, maximise
from gradcut.stats import asimov_significance


@pytest.mark.torch
def test_two_gaussians_of_equal_width_without_uncertainty_cut_where_marginal_gain_vanishes() -> None:
    # s - b with s = 100 (1 - F(c - 1)), b = 100 (1 - F(c + 1)): its derivative vanishes at the crossing.
    given = samples(columns(1, 20000, 0.005, x=(1, 1)), columns(2, 20000, 0.005, x=(-1, 1)))

    def difference(yields: gc.Yields) -> object:
        return yields.total("signal").sum_w[:, 0, 0] - yields.total("background").sum_w[:, 0, 0]

    fit = gc.fit_cuts(gc.Selection("x > ?"), given, objective=maximise(difference), seed=1, n_threads=1)
    assert fit.values["x"] == pytest.approx(0.0, abs=0.1)
    assert fit.threshold("x").low < 0 < fit.threshold("x").high
    assert fit.scores.unused == pytest.approx(100 * 0.6827, rel=0.03)


def test_best_cut_of_two_gaussians_equals_a_brute_force_grid_of_the_exact_integrals() -> None:
    from math import erfc, sqrt

    given = samples(columns(1, 20000, 10 / 20000, x=(1, 1)), columns(2, 40000, 100 / 40000, x=(-1, 1)))
    fit = gc.fit_cuts(
        gc.Selection("x > ?"), given, objective=AsimovSignificance(0.1), seed=2, folds=2, n_threads=1
    )
    grid = np.linspace(-2, 4, 601)
    s = np.array([5 * erfc((c - 1) / sqrt(2)) for c in grid])
    b = np.array([50 * erfc((c + 1) / sqrt(2)) for c in grid])
    z = asimov_significance(s, b, 0.1 * b).z
    best = z.max()
    at = z[np.searchsorted(grid, fit.values["x"])]
    assert at > 0.99 * best
    assert fit.scores.unused == pytest.approx(best, rel=0.06)


def test_useless_feature_opens() -> None:
    given = samples(
        columns(1, 4000, 0.01, x=(1, 1), noise=uniform), columns(2, 4000, 0.1, x=(-1, 1), noise=uniform)
    )
    selection = gc.Selection("x > ?", "noise > ?", "? < noise < ?")
    fit = gc.fit_cuts(selection, given, objective=AsimovSignificance(0.1), seed=3, n_threads=1)
    assert not fit.threshold("x").is_open
    assert [fit.values[name] for name in ("noise", "noise #2:low", "noise #2:high")] == [
        -np.inf,
        -np.inf,
        np.inf,
    ]
    assert [row.is_open for row in fit.thresholds] == [False, True, True, True]


def test_window_around_a_peak() -> None:
    given = samples(
        columns(1, 4000, 0.01, m=(91, 2)), columns(2, 8000, 0.05, m=lambda g, n: g.uniform(40, 140, n))
    )
    fit = gc.fit_cuts(gc.Selection("? < m < ?"), given, objective=AsimovSignificance(0.05), n_threads=1)
    low, high = fit.values["m:low"], fit.values["m:high"]
    assert 85 < low < 89.5
    assert 92.5 < high < 97


def test_veto_of_a_background_peak() -> None:
    given = samples(
        columns(1, 4000, 0.01, m=lambda g, n: g.uniform(40, 140, n)), columns(2, 8000, 0.05, m=(91, 3))
    )
    fit = gc.fit_cuts(gc.Selection("!(? < m < ?)"), given, objective=AsimovSignificance(0.3), n_threads=1)
    low, high = fit.values["m:low"], fit.values["m:high"]
    assert 76 < low < 87
    assert 95 < high < 106


def test_integer_gets_a_half_step() -> None:
    def jets(mean: float):  # type: ignore[no-untyped-def]
        return lambda g, n: g.poisson(mean, n)

    tables = [columns(s, 4000, 0.1, n_jet=jets(mean)) for s, mean in ((1, 2.0), (2, 6.0))]
    for table in tables:
        table["n_jet"] = table["n_jet"].astype(np.int32)
    fit = gc.fit_cuts(
        gc.Selection("n_jet < ?"), samples(*tables), objective=AsimovSignificance(0.2), n_threads=1
    )
    assert fit.values["n_jet"] % 1 == 0.5
    assert fit.column_types == {"n_jet": "int32"}
    steps = np.arange(0.5, 10)
    s, b = (np.array([t["w"][t["n_jet"] < c].sum() for c in steps]) for t in tables)
    z = asimov_significance(s, b, np.hypot(0.2 * b, np.sqrt(0.1 * b))).z
    assert z[int(fit.values["n_jet"])] > 0.97 * z.max()


def test_process_with_three_events_is_never_run_to_exhaustion() -> None:
    # The second background has three events of 30 each, and the cut could avoid all of them: without a floor
    # on its variance Z would be 3 at its end.
    def spread(rng: np.random.Generator, n: int) -> np.ndarray:
        return np.array([-1.0, 0.0, 0.5])

    rare = columns(9, 3, 30.0, x=spread)
    given = samples(columns(1, 8000, 20 / 8000, x=(1, 1)), columns(2, 8000, 100 / 8000, x=(-1, 1)), rare)
    fit = gc.fit_cuts(gc.Selection("x > ?"), given, objective=AsimovSignificance(0.1), n_threads=1)
    floor = (1.1479 * 30) ** 2
    s, b = fit.processes[0].used, fit.processes[1].used + fit.processes[2].used
    assert fit.scores.used <= s / np.sqrt(b + floor)
    assert any("'background 1' has fewer than 50 events" in warning for warning in fit.warnings)


def test_weights_of_both_signs_give_a_finite_fit() -> None:
    signal = columns(1, 6000, 0.01, x=(1, 1))
    background = columns(2, 12000, 0.1, x=(-1, 1))
    background["w"] = np.where(np.arange(12000) % 5 == 0, -0.1, 0.1)
    fit = gc.fit_cuts(
        gc.Selection("x > ?"), samples(signal, background), objective=AsimovSignificance(0.1), n_threads=1
    )
    assert fit.scores.unused is not None
    assert fit.scores.unused > 0
    assert fit.processes[1].used > 0


def test_efficiency_target_is_met_with_least_background() -> None:
    features = {"x": (1, 1), "y": (0.5, 1)}
    given = samples(columns(1, 20000, 1.0, **features), columns(2, 20000, 1.0, x=(0, 1), y=(0, 1)))
    selection = gc.Selection("x > ?", "y > ?")
    fit = gc.fit_cuts(selection, given, objective=EfficiencyLoss(0.7), folds=2, n_threads=1)
    signal, background = fit.processes
    assert signal.used / signal.before == pytest.approx(0.7, abs=0.004)
    assert signal.unused is not None
    assert signal.unused / signal.before == pytest.approx(0.7, abs=0.015)
    # Brute force over the exact integrals.
    from math import erf, sqrt

    def tail(z: np.ndarray) -> np.ndarray:
        return np.array([0.5 - 0.5 * erf(v / sqrt(2)) for v in z.ravel()]).reshape(z.shape)

    a, b = np.meshgrid(np.linspace(-3, 2, 251), np.linspace(-3, 2, 251))
    eps_s, eps_b = tail(a - 1) * tail(b - 0.5), tail(a) * tail(b)
    best = eps_b[np.abs(eps_s - 0.7) < 0.005].min()
    assert background.used / background.before < 1.06 * best


def test_missing_values_fail_and_are_counted() -> None:
    signal, background = columns(1, 4000, 0.01, x=(1, 1)), columns(2, 4000, 0.1, x=(-1, 1))
    signal["x"][::4], background["x"][::8] = np.nan, -999
    selection = gc.Selection("x > ?", sentinels=[-999])
    fit = gc.fit_cuts(selection, samples(signal, background), objective=AsimovSignificance(0.1), n_threads=1)
    assert fit.threshold("x").missing == 1000 + 500
    assert not fit.mask({"x": np.array([np.nan, -999.0, 50.0])})[:2].any()
    assert fit.processes[0].used < 0.76 * fit.processes[0].before
