"""Asimov significance against the formula as printed, in 150 digits."""

from __future__ import annotations

import itertools

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradcut import _kernels

positive = st.floats(1e-6, 1e7)


def z_as_printed(s: mpmath.mpf, b: mpmath.mpf, sigma: mpmath.mpf) -> mpmath.mpf:
    """Equation of ATL-PHYS-PUB-2020-025 (thesis eq. 7.1 without uncertainty), term by term."""
    v = sigma**2
    n = s + b
    first = n * mpmath.log(n * (b + v) / (b**2 + n * v)) if n > 0 else mpmath.mpf(0)
    if v == 0:
        first = n * mpmath.log(1 + s / b) if n > 0 else mpmath.mpf(0)
        second = s
    else:
        second = b**2 / v * mpmath.log(1 + v * s / (b * (b + v)))
    return mpmath.sign(s) * mpmath.sqrt(max(2 * (first - second), 0))


def expected(s: float, b: float, sigma: float) -> list[float]:
    with mpmath.workdps(150):
        at = [mpmath.mpf(x) for x in (s, b, sigma)]
        values = [z_as_printed(*at)]
        for i in range(3):
            h = max(abs(at[i]), mpmath.mpf(1e-6)) * mpmath.mpf("1e-18")
            up, down = list(at), list(at)
            up[i] += h
            # At sigma = 0 the significance is even in sigma: the derivative is zero.
            down[i] -= h
            values.append((z_as_printed(*up) - z_as_printed(*down)) / (2 * h))
        return [float(x) for x in values]


def evaluate(s: float, b: float, sigma: float, dtype: type = np.float64) -> list[float]:
    return [
        float(x[0])
        for x in _kernels.asimov_significance(*(np.array([x], dtype=dtype) for x in (s, b, sigma)))
    ]


GRID = list(
    itertools.product(
        [1e-6, 0.01, 0.3, 1, 5, 40, 1e3], [1e-3, 0.5, 1, 50, 1e4], [0, 1e-8, 1e-3, 0.1, 1, 7, 300]
    )
)


@pytest.mark.parametrize("sign", [1, -1])
def test_value_and_derivatives_equal_the_printed_formula(sign: int) -> None:
    checked = 0
    for s, b, sigma in GRID:
        if sign < 0 and s >= b:
            continue
        want, got = expected(sign * s, b, sigma), evaluate(sign * s, b, sigma)
        assert got[0] == pytest.approx(want[0], rel=1e-12)
        for i in (1, 2, 3):
            assert got[i] == pytest.approx(want[i], rel=1e-9, abs=1e-13 * abs(want[0]) / max(b, 1))
        checked += 1
    assert checked > 100


@settings(max_examples=300, deadline=None, derandomize=True)
@given(s=positive, b=positive, sigma=st.one_of(st.just(0.0), positive))
def test_any_yields_equal_the_printed_formula(s: float, b: float, sigma: float) -> None:
    with mpmath.workdps(150):
        want = float(z_as_printed(mpmath.mpf(s), mpmath.mpf(b), mpmath.mpf(sigma)))
    assert evaluate(s, b, sigma)[0] == pytest.approx(want, rel=1e-12)


@pytest.mark.parametrize("s", [1e-300, 1e-200, 1e-100, 1e-12])
@pytest.mark.parametrize("sigma", [0.0, 3.0])
def test_small_signal_gives_s_over_root_of_the_variance(s: float, sigma: float) -> None:
    z, ds, _, _ = evaluate(s, 50.0, sigma)
    slope = 1 / np.sqrt(50 + sigma**2)
    assert z == pytest.approx(s * slope, rel=1e-12)
    assert ds == pytest.approx(slope, rel=1e-12)


def test_no_signal_gives_zero_with_a_finite_gradient() -> None:
    z, ds, db, dsigma = evaluate(0.0, 50.0, 5.0)
    assert (z, db, dsigma) == (0, 0, 0)
    assert ds == pytest.approx(1 / np.sqrt(75))


def test_vanishing_uncertainty_is_the_known_background_in_value_and_gradient() -> None:
    known = evaluate(5.0, 50.0, 0.0)
    assert known[0] == pytest.approx(np.sqrt(2 * (55 * np.log(1.1) - 5)), rel=1e-13)
    for sigma in (1e-160, 1e-30, 1e-12, 1e-7):
        np.testing.assert_allclose(evaluate(5.0, 50.0, sigma)[:3], known[:3], rtol=1e-12)


@pytest.mark.parametrize("b", [1e-300, 1e-200, 1e-30, 1e-9])
@pytest.mark.parametrize("sigma", [0.0, 1.0])
def test_tiny_background_stays_finite(b: float, sigma: float) -> None:
    got = evaluate(3.0, b, sigma)
    assert np.all(np.isfinite(got))
    with mpmath.workdps(700):
        want = float(z_as_printed(mpmath.mpf(3), mpmath.mpf(b), mpmath.mpf(sigma)))
    assert got[0] == pytest.approx(want, rel=1e-10)


def test_no_background_gives_the_limits() -> None:
    assert evaluate(3.0, 0.0, 0.0)[0] == np.inf
    assert evaluate(3.0, 0.0, 1.0)[0] == 0
    assert evaluate(0.0, 0.0, 0.0) == [0, 0, 0, 0]


def test_deficit_of_everything_expected_has_a_finite_negative_significance() -> None:
    assert evaluate(-4.0, 4.0, 0.0)[0] == pytest.approx(-np.sqrt(8))


@pytest.mark.parametrize(
    "yields", [(1, -1, 0), (-3, 2, 0), (1, 1, -1), (np.nan, 1, 1), (1, np.nan, 1), (1, 1, np.nan)]
)
def test_outside_the_domain_everything_is_nan(yields: tuple[float, float, float]) -> None:
    assert np.all(np.isnan(evaluate(*map(float, yields))))


def test_single_precision_is_the_rounded_double() -> None:
    for s, b, sigma in ((5, 50, 5), (1e-3, 1e4, 0), (1e-7, 1, 0.5)):
        single = evaluate(s, b, sigma, np.float32)
        s32, b32, sigma32 = (float(np.float32(x)) for x in (s, b, sigma))
        np.testing.assert_allclose(single, evaluate(s32, b32, sigma32), rtol=1e-7)
