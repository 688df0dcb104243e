"""Numbers that a person would write, and how coarse they are."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

__all__ = ["Written", "written"]

#: Digits after which a number is as good as the one that was learned.
DIGITS = 8


class Written(NamedTuple):
    """A number, and the step that it is a multiple of."""

    number: float
    step: float


def written(value: float) -> Iterator[Written]:
    """Nearest multiples of a number to coarse, then to finer steps.

    Steps are 1, 2 and 5 times powers of ten, from one of which the nearest multiple is zero down by eight
    digits. Of 347.81 the numbers are 0 (steps of 2000 and 1000), 500, 400, 300, 350, 340, 350, 350 (of 5),
    348, 348, 348 (of 0.5), 347.8 and so on. Each is the double that its digits say.

    Parameters
    ----------
    value : float
        Finite.
    """
    if value == 0:
        yield Written(0.0, 1.0)
        return
    top = math.floor(math.log10(abs(value))) + 1
    exact = Decimal(value)
    for exponent in range(top, top - DIGITS - 2, -1):
        for factor in (5, 2, 1) if exponent < top else (2, 1):
            step = Decimal(factor).scaleb(exponent)
            number = (exact / step).to_integral_value() * step
            yield Written(float(number) + 0.0, float(step))  # never a negative zero
