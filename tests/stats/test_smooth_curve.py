"""Curves through noisy points: the amount of smoothing is that of restricted maximum likelihood."""

from __future__ import annotations

import numpy as np
import pytest

from gradcut.stats.smooth_curve import smooth_curve

optimize = pytest.importorskip("scipy.optimize")


def slow_curve(values: np.ndarray, variances: np.ndarray) -> np.ndarray:
    """Best linear prediction with widths that maximise the restricted likelihood, by explicit covariances."""
    n = len(values)
    line = np.column_stack([np.ones(n), np.arange(n)])
    # A double sum of unit steps is a curve whose second differences are independent.
    steps = np.array([[max(i - k - 1, 0) for k in range(n - 2)] for i in range(n)], dtype=float)

    def fitted(logs: np.ndarray) -> tuple[float, np.ndarray]:
        noise, rough = np.exp(logs)
        covariance = noise * np.diag(variances) + rough * steps @ steps.T
        inverse = np.linalg.inv(covariance)
        information = line.T @ inverse @ line
        at = np.linalg.solve(information, line.T @ inverse @ values)
        left = values - line @ at
        value = np.linalg.slogdet(covariance)[1] + np.linalg.slogdet(information)[1] + left @ inverse @ left
        return float(value), line @ at + rough * steps @ steps.T @ inverse @ left

    starts = [
        (np.log(np.var(np.diff(values, 2)) / variances.mean()) + a, b) for a in (-4, 0) for b in (-9, -4)
    ]
    found = [
        optimize.minimize(
            lambda at: fitted(at)[0], start, method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-11}
        )
        for start in starts
    ]
    return fitted(min(found, key=lambda one: one.fun).x)[1]


@pytest.mark.parametrize("seed", [1, 2])
def test_the_curve_is_the_best_prediction_at_the_likeliest_widths(seed: int) -> None:
    rng = np.random.default_rng(seed)
    variances = rng.uniform(0.3, 3, 20)
    values = 2 * np.sin(np.arange(20) / 4) + 0.3 * np.sqrt(variances) * rng.normal(size=20)
    made = smooth_curve(values, variances)
    np.testing.assert_allclose(made, slow_curve(values, variances), atol=2e-4)
    assert np.abs(np.diff(made, 2)).max() < 0.5 * np.abs(np.diff(values, 2)).max()


def test_variances_count_by_their_ratios_and_a_straight_line_stays() -> None:
    rng = np.random.default_rng(3)
    values, variances = rng.normal(size=12), rng.uniform(1, 2, 12)
    np.testing.assert_allclose(
        smooth_curve(values, 1e-6 * variances), smooth_curve(values, variances), atol=1e-9
    )
    line = 1 + 0.1 * np.arange(12)
    np.testing.assert_allclose(smooth_curve(line, variances), line, atol=1e-12)
    # Smoothing is linear once its width is known: shifting and scaling points shifts and scales the curve.
    np.testing.assert_allclose(
        smooth_curve(3 * values + line, variances), 3 * smooth_curve(values, variances) + line, atol=1e-9
    )


def test_noise_without_structure_becomes_nearly_the_weighted_straight_line() -> None:
    rng = np.random.default_rng(4)
    variances = rng.uniform(0.5, 2, 48)
    values = 1 + np.sqrt(variances) * rng.normal(size=48)
    k = np.arange(48)
    line = np.polyval(np.polyfit(k, values, 1, w=1 / np.sqrt(variances)), k)
    made = smooth_curve(values, variances)
    assert np.sqrt(np.mean((made - line) ** 2)) < 0.2 * np.sqrt(np.mean((values - line) ** 2))
