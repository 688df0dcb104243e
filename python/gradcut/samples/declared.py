"""Small checks of what a user declares: expressions and numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

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
    to_text,
)

__all__ = [
    "as_expression",
    "check_number",
    "check_sentinels",
    "feature_expressions",
    "identity_columns",
    "numeric_expression",
    "requirement",
    "text_of",
]

#: Identity columns that ``gradcut.rdf.define_uniform`` takes.
_MAX_IDENTITY = 4

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


def identity_columns(given: str | Sequence[str] | None, *, where: str) -> tuple[str, ...]:
    """Return the columns that identify an event."""
    columns = (given,) if isinstance(given, str) else tuple(given or ())
    if len(columns) > _MAX_IDENTITY or not all(isinstance(name, str) and name for name in columns):
        raise DeclarationError(
            "'event' names the columns that identify an event",
            where=where,
            given=repr(given)[:80],
            allowed=f"one to {_MAX_IDENTITY} integer columns, such as ('run', 'lumi', 'event')",
        )
    return columns


def requirement(given: str | Expression | None, *, where: str) -> tuple[Expression, ...]:
    """Return a requirement as a tuple, empty where there is none."""
    return () if given is None else (as_expression(given, where=where, what="requirement"),)


def feature_expressions(
    given: Mapping[str, str | Expression] | Sequence[str | Expression],
) -> tuple[tuple[str, ...], tuple[Expression, ...]]:
    """Return the names and trees of features; without names, the text is the name."""
    if isinstance(given, str):
        raise DeclarationError("features are a sequence", given=repr(given), allowed=f"[{given!r}]")
    if isinstance(given, Mapping):
        named = {
            name: as_expression(tree, where=f"feature '{name}'", what="feature")
            for name, tree in given.items()
        }
        return tuple(named), tuple(named.values())
    trees = tuple(as_expression(tree, where="features", what="feature") for tree in given)
    return tuple(text_of(tree) for tree in trees), trees


def text_of(expression: Expression) -> str:
    """Return an expression as text; C++ as it stands."""
    return expression.code if isinstance(expression, Cpp) else to_text(expression)
