"""Small checks of what a user declares: expressions and numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gradcut.checks import is_number
from gradcut.errors import DeclarationError, located
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
    "feature_expressions",
    "identity_columns",
    "names_of",
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
        try:
            tree = parse(given)
        except DeclarationError as error:
            raise located(error, f"{what}, {where}") from error
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
    if is_number(given):
        return Number(given)  # type: ignore[arg-type]
    return as_expression(given, where=where, what=what)


def check_number(given: object, what: str, *, where: str, positive: bool = True) -> float:
    """Return a finite number.

    Raises
    ------
    DeclarationError
        If it is not a number, not finite, or not positive (not negative, where ``positive`` is off).
    """
    value = float(given) if is_number(given) else math.nan  # type: ignore[arg-type]
    low_enough = value > 0 if positive else value >= 0
    if not math.isfinite(value) or not low_enough:
        raise DeclarationError(
            f"'{what}' is a {'positive' if positive else 'non-negative'} number",
            where=where,
            given=repr(given)[:80],
        )
    return value


def identity_columns(given: str | Sequence[str] | None, *, where: str) -> tuple[str, ...]:
    """Return the columns that identify an event."""
    listed = [] if given is None else [given] if isinstance(given, str) else given
    columns = tuple(listed) if isinstance(listed, Iterable) else (listed,)
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
    if isinstance(given, str) or not isinstance(given, (Mapping, Iterable)):
        raise DeclarationError(
            "features are a sequence, or a mapping with their names",
            given=repr(given)[:80],
            allowed="['met', 'abs(dphi)'], {'angle': 'abs(dphi)'}",
        )
    if isinstance(given, Mapping):
        named = {
            name: as_expression(tree, where=f"feature '{name}'", what="feature")
            for name, tree in given.items()
        }
        return tuple(named), tuple(named.values())
    trees = tuple(as_expression(tree, where="features", what="feature") for tree in given)
    names = tuple(text_of(tree) for tree in trees)
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise DeclarationError(
            "a feature is there twice",
            given=", ".join(twice),
            hint="give each a name of its own: {'one': ..., 'other': ...}",
        )
    return names, trees


def names_of(given: object, what: str, *, where: str) -> frozenset[str]:
    """Return one name or several as a set.

    Raises
    ------
    DeclarationError
        If something is no text.
    """
    sequence = [given] if isinstance(given, str) else given
    names: list[Any] = list(sequence) if isinstance(sequence, Iterable) else [None]
    if not all(isinstance(name, str) for name in names):
        raise DeclarationError(
            f"'{what}' is a name or a sequence of names", where=where, given=repr(given)[:80]
        )
    return frozenset(names)


def text_of(expression: Expression) -> str:
    """Return an expression as text; C++ as it stands."""
    return expression.code if isinstance(expression, Cpp) else to_text(expression)
