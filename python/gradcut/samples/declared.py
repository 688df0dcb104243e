"""Small checks of what a user declares: expressions and numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence

from gradcut.errors import DeclarationError
from gradcut.expressions import (
    Binary,
    Call,
    Column,
    Comparison,
    Cpp,
    Expression,
    Hole,
    Logical,
    Number,
    Reduce,
    Unary,
    has_holes,
    parse,
)

__all__ = ["as_expression", "check_number", "check_sentinels", "numeric_expression"]

_NODES = (Number, Column, Hole, Unary, Binary, Comparison, Logical, Call, Reduce, Cpp)


def as_expression(given: object, *, where: str, what: str) -> Expression:
    """Return the tree of a text, or the tree itself.

    Raises
    ------
    DeclarationError
        If it cannot be parsed, or holds a ``?``: samples are given, nothing in them is learned.
    """
    if isinstance(given, str):
        tree = parse(given)
    elif isinstance(given, _NODES):
        tree = given
    else:
        raise DeclarationError(f"the {what} is an expression, as text", where=where, given=repr(given)[:80])
    if has_holes(tree):
        raise DeclarationError(
            f"a '?' in the {what} of a sample",
            where=where,
            given=str(given),
            hint="what is to be learned belongs into the selection",
        )
    return tree


def numeric_expression(given: object, *, where: str, what: str) -> Expression:
    """Return an expression, or a number as one; None stands for one."""
    if given is None:
        return Number(1.0)
    if isinstance(given, (int, float)) and not isinstance(given, bool):
        return Number(float(given))
    return as_expression(given, where=where, what=what)


def check_number(given: object, what: str, *, where: str, positive: bool = True) -> float:
    """Return a finite number.

    Raises
    ------
    DeclarationError
        If it is not a number, not finite, or not positive (not negative, where ``positive`` is off).
    """
    # Numbers of numpy count too; bools and texts do not.
    try:
        value = math.nan if isinstance(given, (bool, str)) else float(given)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        value = math.nan
    low_enough = value > 0 if positive else value >= 0
    if not math.isfinite(value) or not low_enough:
        raise DeclarationError(
            f"'{what}' is a {'positive' if positive else 'non-negative'} number",
            where=where,
            given=repr(given)[:80],
        )
    return value


def check_sentinels(given: Sequence[float] | float) -> tuple[float, ...]:
    """Return the values that mean "missing"."""
    values = (given,) if isinstance(given, (int, float)) else tuple(given)
    if not all(isinstance(value, (int, float)) and math.isfinite(value) for value in values):
        raise DeclarationError(
            "a sentinel is a finite number; NaN always means missing", given=repr(given)[:80]
        )
    return tuple(float(value) for value in values)
