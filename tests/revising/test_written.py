"""Numbers that a person would write: against exact fractions."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from gradcut.revising.written import written


def test_an_example_that_can_be_read() -> None:
    numbers = [one.number for one in written(347.81)]
    assert numbers[:13] == [0, 0, 500, 400, 300, 350, 340, 350, 350, 348, 348, 348.0, 347.8]


@pytest.mark.parametrize("seed", range(5))
def test_each_is_the_nearest_multiple_of_an_ever_finer_step(seed: int) -> None:
    rng = np.random.default_rng(seed)
    value = float(rng.choice([-1, 1]) * 10 ** rng.uniform(-9, 9))
    found = list(written(value))
    steps = [one.step for one in found]
    assert steps == sorted(steps, reverse=True)
    assert steps[0] > 2 * abs(value) >= steps[0] / 10
    assert found[0].number == 0
    for number, step in found:
        exact_step = Fraction(f"{step:.15g}")
        assert step == float(exact_step)
        digits = Fraction(repr(number))
        assert (digits / exact_step).denominator == 1
        assert abs(digits - Fraction(value)) <= exact_step / 2
        leading = str(exact_step.numerator * 10**20 // exact_step.denominator).strip("0")
        assert leading in ("1", "2", "5")
    assert abs(found[-1].number - value) <= 1e-7 * abs(value)


@pytest.mark.parametrize("value", [0.1, -2.5, 350.0, 5e-7, 1e6])
def test_a_plain_number_is_among_them_exactly(value: float) -> None:
    assert value in [one.number for one in written(value)]


def test_zero_is_plain_and_has_no_sign() -> None:
    assert [one.number for one in written(0.0)] == [0.0]
    assert math.copysign(1, next(written(-3.0)).number) == 1
