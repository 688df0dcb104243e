"""Fits of sidebands: against the likelihood in both parameters, and against toys."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
import pytest

from gradcut.objectives.exponential import STEEPEST, ExponentialFit, _log_sinhc

#: Bins of unequal widths around a window from 115 to 135.
SIDEBANDS = np.array([[100.0, 102.0], [102, 108], [108, 115], [135, 150], [150, 160], [160, 180]])
WINDOW = (115.0, 135.0)
FIT = ExponentialFit(SIDEBANDS, WINDOW)


def integral(slope: Any, low: Any, high: Any) -> Any:
    return (np.exp(-slope * (low - 100)) - np.exp(-slope * (high - 100))) / slope


def expected(slope: float, total: float) -> Any:
    found = integral(slope, *SIDEBANDS.T)
    return total * found / found.sum()


@pytest.mark.parametrize("u", [-30.0, -2, -0.06, -0.049, -1e-9, 0, 1e-5, 0.03, 0.0499, 0.0501, 0.7, 5, 400])
def test_logarithm_of_sinhc_and_its_derivatives_have_all_digits(u: float) -> None:
    mpmath.mp.dps = 60
    x = mpmath.mpf(u)
    if u:
        want = [
            mpmath.log(mpmath.sinh(x) / x),
            mpmath.coth(x) - 1 / x,
            1 / x**2 - mpmath.csch(x) ** 2,
        ]
    else:
        want = [mpmath.mpf(0), mpmath.mpf(0), mpmath.mpf(1) / 3]
    for got, one in zip(_log_sinhc(np.array([u])), want, strict=True):
        assert got[0] == pytest.approx(float(one), rel=2e-11, abs=1e-16)


@pytest.mark.parametrize("slope", [0.08, 0.02, 1e-7, -0.03])
def test_expected_yields_give_the_slope_and_the_background_back(slope: float) -> None:
    n = expected(slope, 3000.0)
    found = FIT.fit(n, np.zeros(()), np.zeros(()))
    assert found.slope == pytest.approx(slope, rel=1e-6, abs=1e-12)
    want = 3000 * integral(slope, *WINDOW) / integral(slope, *SIDEBANDS.T).sum()
    assert found.background == pytest.approx(want, rel=1e-6)


def likelihood(n: Any, log_norm: Any, slope: Any) -> Any:
    """Negative logarithm, with integrals that mpmath takes."""
    total = mpmath.mpf(0)
    for count, (low, high) in zip(n, SIDEBANDS, strict=True):
        mean = mpmath.exp(log_norm) * mpmath.quad(lambda x: mpmath.exp(-slope * (x - 100)), [low, high])
        total += mean - float(count) * mpmath.log(mean)
    return total


def test_background_and_variance_are_those_of_the_likelihood_in_two_parameters() -> None:
    mpmath.mp.dps = 25
    rng = np.random.default_rng(1)
    n = rng.poisson(expected(0.03, 400.0), (2, 6)).astype(np.float64)
    found = FIT.fit(n, np.zeros(2), np.zeros(2))

    def means(theta: Any, ends: Any = SIDEBANDS.T) -> Any:
        return np.exp(theta[0]) * integral(theta[1], *ends)

    for i in range(2):
        log_norm = math.log(n[i].sum() / integral(found.slope[i], *SIDEBANDS.T).sum())
        theta = np.array([log_norm, found.slope[i]])
        least = likelihood(n[i], *theta)
        for step in [(1e-6, 0.0), (-1e-6, 0.0), (0.0, 1e-7), (0.0, -1e-7), (1e-6, 1e-7), (-1e-6, 1e-7)]:
            assert likelihood(n[i], *(theta + step)) > least
        assert found.background[i] == pytest.approx(means(theta, WINDOW), rel=1e-9)
        by, of_window = (
            np.array([(means(theta + s, at) - means(theta - s, at)) / 2e-6 for s in np.eye(2) * 1e-6])
            for at in (SIDEBANDS.T, WINDOW)
        )
        information = (by[:, None] * by[None] / means(theta)).sum(-1)
        want = of_window @ np.linalg.solve(information, of_window)
        assert found.variance[i] == pytest.approx(want, rel=1e-5)


def test_variance_is_the_spread_of_fits_to_toys() -> None:
    rng = np.random.default_rng(2)
    truth = expected(0.025, 800.0)
    at_truth = FIT.fit(truth, np.zeros(()), np.zeros(()))
    toys = FIT.fit(rng.poisson(truth, (6000, 6)).astype(np.float64), np.zeros(6000), np.zeros(6000))
    assert toys.background.mean() == pytest.approx(at_truth.background, rel=0.01)
    assert toys.background.var() == pytest.approx(at_truth.variance, rel=0.08)
    # Events of weight 2 have the variance of their number, four times over; half of that is data's.
    weighted = FIT.fit(2 * truth, np.asarray(4 * truth.sum()), np.zeros(()))
    assert weighted.variance == pytest.approx(2 * at_truth.variance + 4 * at_truth.variance)


def test_nothing_on_one_side_is_as_steep_as_it_can_be_and_finite() -> None:
    n = np.zeros((4, 6))
    n[0, 0], n[1, -1], n[3] = 50.0, 50.0, (-1.0, -5.0, 1.0, 1.0, 0.0, 0.0)
    found = FIT.fit(n, np.zeros(4), np.zeros(4))
    for one in found:
        assert np.isfinite(one).all()
    assert found.slope[:2] == pytest.approx([STEEPEST / 80, -STEEPEST / 80])
    assert found.background[2] == 0
    assert found.background[3] < 0
    by_n, by_variance = FIT.pull_back(n, np.zeros(4), np.zeros(4), np.ones(4), np.ones(4))
    assert np.isfinite(by_n).all()
    assert np.isfinite(by_variance).all()
    beside = FIT.fit(np.zeros(6), np.zeros(()), np.asarray(0.01))
    assert beside.slope == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("extra", [0.0, 5.0])
def test_derivatives_equal_finite_differences(extra: float) -> None:
    rng = np.random.default_rng(3)
    n, variance, flat = rng.uniform(1, 40, (5, 6)), rng.uniform(0, 30, 5), np.full(5, extra)
    n[4, 2] = -0.7
    a, b = rng.normal(0, 1, (2, 5))

    def value(n: Any, variance: Any) -> Any:
        found = FIT.fit(n, variance, flat)
        return a * found.background + b * found.variance

    by_n, by_variance = FIT.pull_back(n, variance, flat, a, b)
    for m in range(6):
        step = 1e-5 * np.eye(6)[m]
        want = (value(n + step, variance) - value(n - step, variance)) / 2e-5
        assert by_n[:, m] == pytest.approx(want, rel=1e-5, abs=1e-6)
    want = (value(n, variance + 1e-4) - value(n, variance - 1e-4)) / 2e-4
    assert by_variance == pytest.approx(want, rel=1e-6)
