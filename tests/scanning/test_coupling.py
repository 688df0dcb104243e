"""Smoothness against finite differences and the formula, nesting against a slow isotonic regression."""

from __future__ import annotations

import numpy as np
import pytest

from gradcut.scanning.coupling import RHO, increasing, nested, smoothness, smoothness_gradient

TARGETS = np.array([0.2, 0.3, 0.55, 0.6, 0.8, 0.95])


def test_smoothness_of_equal_steps_is_eq_7_written_out() -> None:
    rng = np.random.default_rng(1)
    z, targets = rng.normal(size=(5, 3)), np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    want = 0.0
    for m in range(3):
        for i in range(1, 4):
            mean = (z[i - 1, m] + z[i + 1, m]) / 2
            want += (z[i, m] - mean) ** 2 / ((z[i + 1, m] - z[i - 1, m]) ** 2 + RHO)
    assert smoothness(z, targets) == pytest.approx(want, rel=1e-12)


def test_smoothness_of_unequal_steps_vanishes_on_straight_lines_only() -> None:
    line = np.outer(TARGETS, [3.0, -1.0]) + np.array([2.0, 5.0])
    assert smoothness(line, TARGETS) == pytest.approx(0, abs=1e-24)
    assert smoothness_gradient(line, TARGETS) == pytest.approx(0, abs=1e-12)
    bent = line.copy()
    bent[2, 0] += 0.1
    assert smoothness(bent, TARGETS) > 1e-3


def test_gradient_of_smoothness_equals_finite_differences() -> None:
    z = np.random.default_rng(2).normal(size=(2, len(TARGETS), 3))
    got, step = smoothness_gradient(z, TARGETS), 1e-6
    for index in np.ndindex(z.shape):
        up, down = z.copy(), z.copy()
        up[index] += step
        down[index] -= step
        # Each start by itself.
        change = (smoothness(up, TARGETS) - smoothness(down, TARGETS)) / (2 * step)
        assert got[index] == pytest.approx(change[index[0]], rel=1e-6, abs=1e-8)
        assert change[1 - index[0]] == 0


@pytest.mark.parametrize("n", [1, 2])
def test_smoothness_of_one_or_two_working_points_is_nothing(n: int) -> None:
    z = np.random.default_rng(3).normal(size=(n, 4))
    assert smoothness(z, TARGETS[:n]) == 0
    assert not smoothness_gradient(z, TARGETS[:n]).any()


def pool_adjacent_violators(values: list[float]) -> list[float]:
    blocks: list[list[float]] = []
    for value in values:
        blocks.append([value])
        while len(blocks) > 1 and sum(blocks[-2]) / len(blocks[-2]) > sum(blocks[-1]) / len(blocks[-1]):
            last = blocks.pop()
            blocks[-1] += last
    return [sum(block) / len(block) for block in blocks for _ in block]


@pytest.mark.parametrize("n", [1, 2, 3, 10])
def test_increasing_is_isotonic_regression(n: int) -> None:
    rng = np.random.default_rng(n)
    values = rng.normal(size=(40, n, 3)).round(1)
    got = increasing(values)
    assert np.all(np.diff(got, axis=1) >= -1e-12)
    for start, parameter in np.ndindex(40, 3):
        want = pool_adjacent_violators(values[start, :, parameter].tolist())
        assert got[start, :, parameter] == pytest.approx(want, abs=1e-12)


def test_nested_thresholds_never_tighten_and_fixed_ones_stay() -> None:
    z = np.random.default_rng(5).normal(size=(4, 6, 3))
    loosening, free = np.array([1.0, -1.0, 1.0]), np.array([True, True, False])
    got = nested(z, loosening, free)
    assert np.all(np.diff(got[..., 0], axis=1) >= 0)
    assert np.all(np.diff(got[..., 1], axis=1) <= 0)
    assert got[..., 2].tolist() == z[..., 2].tolist()
    assert nested(got, loosening, free) == pytest.approx(got)
