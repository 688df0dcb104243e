"""The public significance function."""

from __future__ import annotations

import numpy as np
import pytest

from gradcut.errors import DeclarationError
from gradcut.stats import asimov_significance


def test_counting_experiment_with_uncertain_background_has_the_published_significance() -> None:
    # BASELINES: one cut of the thesis, s and b chosen so that numpy's log is a second opinion.
    s, b, sigma = 15.0, 45.0, 0.5
    v, n = sigma**2, s + b
    z2 = 2 * (n * np.log(n * (b + v) / (b**2 + n * v)) - b**2 / v * np.log(1 + v * s / (b * (b + v))))
    assert asimov_significance(s, b, sigma).combined == pytest.approx(np.sqrt(z2), rel=1e-9)


def test_bins_combine_in_quadrature_and_broadcast() -> None:
    result = asimov_significance([5.0, 11.0], 50.0)
    assert result.z.shape == (2,)
    assert result.combined == pytest.approx(np.hypot(*result.z))
    assert asimov_significance(np.ones((2, 3)), np.ones(3)).d_b.shape == (2, 3)


def test_derivative_equals_finite_differences() -> None:
    at, h = np.array([8.0, 30.0, 4.0]), 1e-5
    result = asimov_significance(*at)
    for i, derivative in enumerate((result.d_s, result.d_b, result.d_sigma_b)):
        step = np.eye(3)[i] * h
        difference = asimov_significance(*(at + step)).z - asimov_significance(*(at - step)).z
        assert derivative == pytest.approx(difference / (2 * h), rel=1e-8)


def test_negative_background_names_the_bins() -> None:
    with pytest.raises(
        DeclarationError, match=r"(?s)where: bins 1, 3.*given: s = 1, b = -2, sigma_b = 0"
    ) as error:
        asimov_significance([1, 1, 1, 1], [3, -2, 5, -1])
    assert "what to do: merge bins" in str(error.value)


@pytest.mark.parametrize("s", [[1.0, 2.0, 3.0], "ten"])
def test_asimov_shapes_that_do_not_fit_are_named(s) -> None:
    with pytest.raises(DeclarationError, match=r"(?s)broadcast against each other"):
        asimov_significance(s, [1.0, 2.0])


def test_asimov_infinite_yields_are_refused() -> None:
    with pytest.raises(DeclarationError, match=r"(?s)s = inf.*finite numbers"):
        asimov_significance(np.inf, 1.0)
