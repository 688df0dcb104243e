"""Missing values: a tree in which NaN and sentinels decide as declared, made by rewriting the tree.

Plain C++ lets an event with NaN fail ``met > 350`` and pass ``!(met < 350)`` or ``met != 3``, and an event
with the sentinel -999 pass ``met < 350``. In a selection a missing value fails its cut, or passes it where
that is declared, whatever the form of the cut. What counts as missing:

* an operand of a comparison, or a number used as a condition, that is NaN;
* a column that equals a declared sentinel;
* inside a reducer, the same object by object: a missing object fails its condition (also with
  ``missing="pass"``, which is about events), a missing number of ``sum``, ``min`` and ``max`` makes the
  event missing. ``min`` and ``max`` of no objects are NaN, so missing.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Sequence
from typing import Literal

from gradcut.expressions.nodes import (
    Call,
    Column,
    Comparison,
    Expression,
    Hole,
    Logical,
    Number,
    Reduce,
    Unary,
)
from gradcut.expressions.structure import children, is_condition, rebuild, walk

__all__ = ["Missing", "guard", "guard_feature", "missing", "sentinels_with_floats"]

Missing = Literal["fail", "pass"]


def guard(
    requirement: Expression,
    *,
    missing: Missing = "fail",
    sentinels: Sequence[float] = (),
    vectors: Collection[str] | None = None,
) -> Expression:
    """Make missing values fail a requirement, or pass it.

    Parameters
    ----------
    requirement : Expression
        A condition; holes may be left.
    missing : {"fail", "pass"}
        What an event with a missing value does.
    sentinels : sequence of float
        Numbers that stand for a missing value, such as -999. In a float column also the float next to it.
    vectors : collection of str, optional
        Names of the vector columns. Matters for numbers per event inside ``sum``, ``min`` and ``max``; by
        default every column in these is taken for a vector.

    Returns
    -------
    Expression
        The requirement with as few guards as possible: none for ``met > 350``.

    Examples
    --------
    >>> from gradcut.expressions import guard, parse, to_text
    >>> to_text(guard(parse("!(80 < mll < 100)"), sentinels=[-999]))
    'mll == mll && mll != -999 && !(80 < mll < 100)'
    """
    marks = sentinels_with_floats(sentinels)
    inner = _guard_objects(requirement, marks, vectors)
    tests = _sentinel_tests(requirement, marks, vectors)
    if missing == "pass":
        alternatives = (*_nan_tests(requirement), *tests)
        return Logical("||", (inner, *alternatives)) if alternatives else inner
    certain = _certain_conjuncts(requirement)
    implied = {operand for conjunct in certain for operand in _compared(conjunct)}
    present: list[Expression] = [
        Comparison((operand, operand), ("==",)) for operand in _watched(requirement) if operand not in implied
    ]
    present += [_negate(test) for test in tests if not any(_excludes(conjunct, test) for conjunct in certain)]
    parts = inner.operands if isinstance(inner, Logical) and inner.op == "&&" else (inner,)
    return Logical("&&", (*present, *parts)) if present else inner


def guard_feature(
    feature: Expression, *, sentinels: Sequence[float] = (), vectors: Collection[str] | None = None
) -> tuple[Expression, Expression | None]:
    """Separate the value of a feature from the question whether it is there.

    Parameters
    ----------
    feature : Expression
        A number per event, such as ``count(jet_pt < 25)``.
    sentinels, vectors
        As for :func:`guard`.

    Returns
    -------
    value : Expression
        The feature with every object guarded: what the guarded requirement compares.
    absent : Expression or None
        The condition that the event is missing although the value may not be NaN; None where NaN tells it.

    Examples
    --------
    >>> from gradcut.expressions import parse, to_text
    >>> value, absent = guard_feature(parse("(met > 200) + njet"))
    >>> to_text(value), to_text(absent)
    ('(met > 200) + njet', 'met != met')
    """
    marks = sentinels_with_floats(sentinels)
    hidden = [test for test in _nan_tests(feature) if test.operands[0] != feature]
    parts = (*hidden, *_sentinel_tests(feature, marks, vectors))
    absent = None if not parts else parts[0] if len(parts) == 1 else Logical("||", parts)
    return _guard_objects(feature, marks, vectors), absent


def missing(
    requirement: Expression, sentinels: Sequence[float] = (), vectors: Collection[str] | None = None
) -> Expression:
    """Return the condition that an event has a missing value in a requirement or feature.

    Parameters
    ----------
    requirement : Expression
        A condition or a feature.
    sentinels : sequence of float
        Numbers that stand for a missing value.
    vectors : collection of str, optional
        As for :func:`guard`.
    """
    found = possibly_missing(requirement, sentinels, vectors)
    return Comparison((Number(0.0), Number(0.0)), ("!=",)) if found is None else found


def possibly_missing(
    requirement: Expression, sentinels: Sequence[float] = (), vectors: Collection[str] | None = None
) -> Expression | None:
    """Return the same as :func:`missing`, but None where nothing can be missing."""
    marks = sentinels_with_floats(sentinels)
    parts = (*_nan_tests(requirement), *_sentinel_tests(requirement, marks, vectors))
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else Logical("||", parts)


def _nan_tests(requirement: Expression) -> tuple[Comparison, ...]:
    return tuple(Comparison((operand, operand), ("!=",)) for operand in _watched(requirement))


def sentinels_with_floats(sentinels: Sequence[float]) -> tuple[float, ...]:
    """Add the float next to each sentinel: -99.9 in a float column is another double, also after a copy."""
    marks: list[float] = []
    for sentinel in sentinels:
        marks.append(float(sentinel))
        try:
            marks.append(struct.unpack("f", struct.pack("f", sentinel))[0])
        except OverflowError:
            continue
    return tuple(dict.fromkeys(marks))


def _watched(requirement: Expression) -> tuple[Expression, ...]:
    """Return the numbers per event that must not be NaN, in order of appearance."""
    found: dict[Expression, None] = {}

    def visit(node: Expression, used_as_condition: bool) -> None:
        if isinstance(node, Comparison):
            for operand in node.operands:
                if _can_be_nan(operand):
                    found.setdefault(operand)
        elif used_as_condition and _can_be_nan(node):
            found.setdefault(node)
        if isinstance(node, Reduce):
            return
        inside = isinstance(node, Logical) or (isinstance(node, Unary) and node.op == "!")
        for part in children(node):
            visit(part, inside)

    # A feature on its own is watched as a number; so is a requirement that is one.
    visit(requirement, True)
    return tuple(found)


def _can_be_nan(node: Expression) -> bool:
    if isinstance(node, Reduce) and node.reducer == "count":
        return False
    return not is_condition(node) and not isinstance(node, (Number, Hole))


def _compared(conjunct: Expression) -> tuple[Expression, ...]:
    """Return what cannot be NaN where a comparison is true."""
    if isinstance(conjunct, Comparison) and "!=" not in conjunct.operators:
        return conjunct.operands
    return ()


def _certain_conjuncts(requirement: Expression) -> tuple[Expression, ...]:
    """Return the conditions that are true wherever the requirement is."""
    if isinstance(requirement, Logical) and requirement.op == "&&":
        return tuple(part for operand in requirement.operands for part in _certain_conjuncts(operand))
    return (requirement,)


def _sentinel_tests(
    requirement: Expression, marks: Sequence[float], vectors: Collection[str] | None
) -> tuple[Expression, ...]:
    """Return the conditions "this column holds a sentinel", per event and for the numbers in reducers."""
    tests: dict[Expression, None] = {}

    def visit(node: Expression, in_reducer: bool) -> None:
        if in_reducer and is_condition(node):
            return  # guarded object by object
        if isinstance(node, Column):
            per_object = in_reducer and (vectors is None or node.name in vectors)
            for mark in marks:
                test: Expression = Comparison((node, Number(mark)), ("==",))
                tests.setdefault(Reduce("any", test) if per_object else test)
        if isinstance(node, Reduce) and not in_reducer:
            if node.reducer not in ("any", "all", "count"):
                visit(node.argument, True)
            return
        for part in children(node):
            visit(part, in_reducer)

    visit(requirement, False)
    return tuple(tests)


def _negate(test: Expression) -> Expression:
    if isinstance(test, Comparison):
        return Comparison(test.operands, ("!=",))
    return Unary("!", test)


def _excludes(conjunct: Expression, test: Expression) -> bool:
    """Whether a comparison of one column with numbers is false for the sentinel, so needs no guard."""
    if not isinstance(conjunct, Comparison) or not isinstance(test, Comparison):
        return False
    column, mark = test.operands
    if not isinstance(mark, Number) or column not in [
        part for node in conjunct.operands for part in walk(node)
    ]:
        return False
    values = [_at(operand, column, mark.value) for operand in conjunct.operands]
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return False
    return not all(_HOLDS[operator](known[i], known[i + 1]) for i, operator in enumerate(conjunct.operators))


def _at(node: Expression, column: Expression, value: float) -> float | None:
    """Return the value of a simple expression where a column has a value, or None."""
    if node == column:
        return value
    if isinstance(node, Number):
        return node.value
    inner = node.arguments[0] if isinstance(node, Call) and node.function == "abs" else None
    if isinstance(node, Unary) and node.op == "-":
        inner = node.operand
    found = None if inner is None else _at(inner, column, value)
    if found is None:
        return None
    return abs(found) if isinstance(node, Call) else -found


_HOLDS = {
    "<": float.__lt__,
    "<=": float.__le__,
    ">": float.__gt__,
    ">=": float.__ge__,
    "==": float.__eq__,
    "!=": float.__ne__,
}


def _guard_objects(node: Expression, marks: Sequence[float], vectors: Collection[str] | None) -> Expression:
    """Guard the conditions inside reducers, object by object."""
    parts = children(node)
    if not parts:
        return node
    if not isinstance(node, Reduce):
        return rebuild(node, tuple([_guard_objects(part, marks, vectors) for part in parts]))
    if node.reducer in ("any", "all", "count"):
        return Reduce(node.reducer, guard(node.argument, sentinels=marks, vectors=vectors))
    return Reduce(node.reducer, _guard_conditions(node.argument, marks, vectors))


def _guard_conditions(
    node: Expression, marks: Sequence[float], vectors: Collection[str] | None
) -> Expression:
    if is_condition(node):
        return guard(node, sentinels=marks, vectors=vectors)
    parts = children(node)
    if not parts:
        return node
    return rebuild(node, tuple([_guard_conditions(part, marks, vectors) for part in parts]))
