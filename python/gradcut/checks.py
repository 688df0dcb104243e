"""Small checks of what users give: numbers of Python and numpy alike, never bools and texts."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable

from gradcut.errors import DeclarationError

__all__ = ["check_sentinels", "is_integer", "is_number"]


def is_number(given: object) -> bool:
    """Whether something is a real number (NaN is one)."""
    return isinstance(given, numbers.Real) and not isinstance(given, bool)


def is_integer(given: object) -> bool:
    """Whether something is an integer."""
    return isinstance(given, numbers.Integral) and not isinstance(given, bool)


def check_sentinels(given: object) -> tuple[float, ...]:
    """Return the numbers that stand for a missing value.

    Raises
    ------
    DeclarationError
        If it is neither a finite number nor a sequence of them.
    """
    values = [given] if is_number(given) else given
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        values = [None]
    found = list(values)
    if not all(is_number(value) and math.isfinite(value) for value in found):
        raise DeclarationError(
            "a sentinel is a finite number; NaN always means missing",
            given=repr(given)[:80],
            allowed="numbers such as [-999, -99.9]",
        )
    return tuple(float(value) for value in found)
