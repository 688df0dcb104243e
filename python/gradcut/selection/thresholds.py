"""Values for the parameters: checking, filling in, and snapping to what a column can hold."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from gradcut.checks import is_number
from gradcut.errors import DeclarationError, close_matches
from gradcut.expressions.kinds import ColumnType
from gradcut.expressions.linear import is_linear, linear_parts
from gradcut.expressions.nodes import (
    Binary,
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
from gradcut.expressions.structure import (
    children,
    columns,
    holes,
    is_condition,
    rebuild,
    replace_holes,
    walk,
)

__all__ = ["check_values", "fill", "is_opened", "snap"]


def check_values(values: Mapping[str, float], parameters: Sequence[str]) -> dict[str, float]:
    """Check that there is one number per parameter; infinities open a cut, NaN is none."""
    if not isinstance(values, Mapping):
        raise DeclarationError(
            "the values of the parameters are a mapping",
            given=repr(values)[:80],
            allowed="{" + ", ".join(f"'{name}': ..." for name in parameters) + "}",
        )
    for name in values:
        if name not in parameters:
            raise DeclarationError(f"unknown parameter '{name}'", hint=close_matches(str(name), parameters))
    checked: dict[str, float] = {}
    for name in parameters:
        if name not in values:
            raise DeclarationError(
                f"no value for parameter '{name}'",
                given=", ".join(values) or "no values",
                allowed="one value for each of " + ", ".join(parameters),
            )
        given = values[name]
        if getattr(given, "ndim", None) == 0 and hasattr(given, "item"):
            given = given.item()  # an array or tensor of one number
        if not is_number(given):
            raise DeclarationError(f"the value of parameter '{name}' is not a number", given=repr(given)[:80])
        if math.isnan(given):
            raise DeclarationError(f"the value of parameter '{name}' is NaN")
        checked[name] = float(given)
    return checked


def fill(expression: Expression, values: Mapping[str, float]) -> Expression:
    """Replace the holes by numbers; where one is infinite its side of the comparison opens (or shuts).

    What is left of a comparison that always holds is ``x == x``, so that it still says where a value is
    missing; of one that never does, ``x != x``.
    """
    if isinstance(expression, Comparison):
        for part in expression.operands:
            if is_linear(part):
                filled = _fill_comparison(_joined(expression, part, values), values)
                return filled if not _is_decided(filled) else _with_factors(filled, part)
        if any(isinstance(part, Hole) for part in expression.operands):
            return _fill_comparison(expression, values)
    parts = children(expression)
    return rebuild(expression, tuple([fill(part, values) for part in parts])) if parts else expression


def _joined(comparison: Comparison, threshold: Expression, values: Mapping[str, float]) -> Comparison:
    """Put numbers into a threshold of several parts; where one is infinite, so is the whole."""
    infinite = [values[hole.name or ""] for hole in holes(threshold) if math.isinf(values[hole.name or ""])]
    if any(value != infinite[0] for value in infinite):
        raise DeclarationError(
            "the parts of a threshold are infinite in opposite directions",
            given=", ".join(f"?{hole.name} = {values[hole.name or '']}" for hole in holes(threshold)),
            hint="open all of them to the same side",
        )
    made: Expression
    if infinite:
        made = Hole(next(hole.name for hole in holes(threshold) if math.isinf(values[hole.name or ""])))
    else:
        made = replace_holes(threshold, lambda hole: Number(values[hole.name or ""]))
    return Comparison(
        tuple(made if part is threshold else part for part in comparison.operands), comparison.operators
    )


def is_opened(filled: Expression) -> bool:
    """Say whether nothing is left of a comparison but that its feature has a value (see :func:`fill`)."""
    parts = filled.operands if isinstance(filled, Logical) and filled.op == "&&" else (filled,)
    return all(
        isinstance(part, Comparison) and part.operators == ("==",) and part.operands[0] == part.operands[1]
        for part in parts
    )


def _is_decided(filled: Expression) -> bool:
    """Whether a comparison is one of something with itself."""
    return isinstance(filled, Comparison) and filled.operands[0] == filled.operands[-1]


def _with_factors(filled: Expression, threshold: Expression) -> Expression:
    """Ask for the values that an open threshold would depend on: they decide what is missing, as ever."""
    parts = linear_parts(threshold)
    tests: dict[Expression, None] = {}
    for factor in [] if parts is None else [term.factor for term in parts[0]]:
        # A condition is no number that could be NaN; what it compares is.
        asked = [Column(name) for name in columns(factor)] if is_condition(factor) else [factor]
        tests.update((Comparison((one, one), ("==",)), None) for one in asked if not isinstance(one, Number))
    return Logical("&&", (filled, *tests)) if tests else filled


def _fill_comparison(comparison: Comparison, values: Mapping[str, float]) -> Expression:
    operands: list[Expression | float] = [
        values[part.name or ""] if isinstance(part, Hole) else fill(part, values)
        for part in comparison.operands
    ]
    if not any(isinstance(operand, float) for operand in operands):
        return rebuild(comparison, tuple(part for part in operands if not isinstance(part, float)))
    feature = next(part for part in operands if not isinstance(part, (float, Number)))
    kept: list[Expression] = [feature]
    operators: list[str] = []
    for index, operator in enumerate(comparison.operators):
        before = operands[index + 1] is feature
        threshold = operands[index if before else index + 1]
        if isinstance(threshold, float) and math.isinf(threshold):
            # -inf < x and x < inf always hold, inf < x and x < -inf never do.
            if (threshold < 0) == (operator.startswith("<") == before):
                continue
            return Comparison((feature, feature), ("!=",))
        number = Number(threshold) if isinstance(threshold, float) else threshold
        kept = [number, *kept] if before else [*kept, number]
        operators.append(operator)
    if not operators:
        return Comparison((feature, feature), ("==",))
    return Comparison(tuple(kept), tuple(operators))


def snap(
    expressions: Sequence[Expression], values: Mapping[str, float], types: Mapping[str, ColumnType]
) -> dict[str, float]:
    """Move thresholds to a float for a feature that is one, to a half-integer for an integer.

    The move never changes the decision for any value that the feature can have: ``x > 2.7`` for an integer is
    ``x > 2.5``, and for a float the threshold goes to the neighbouring float on the side that keeps the same
    events. A shared parameter takes the first integer feature, else the first float one.
    """
    snapped = dict(values)
    for wanted, move in (("float", _to_float), ("integer", _to_half)):
        done: set[str] = set()
        for node in (node for expression in expressions for node in walk(expression)):
            if not isinstance(node, Comparison):
                continue
            for index, part in enumerate(node.operands):
                if not isinstance(part, Hole) or part.name is None or part.name in done:
                    continue
                first = index == 0
                feature = node.operands[1] if first else node.operands[index - 1]
                if _values_of(feature, types) != wanted or math.isinf(values[part.name]):
                    continue
                operator = node.operators[0] if first else node.operators[-1]
                above = operator.startswith("<") == first
                # x > c and x <= c stay the same when c goes down to the next representable number.
                down = above != ("=" in operator)
                snapped[part.name] = move(values[part.name], down)
                done.add(part.name)
    return snapped


def _to_half(value: float, down: bool) -> float:
    return math.floor(value) + 0.5 if down else math.ceil(value) - 0.5


def _to_float(value: float, down: bool) -> float:
    import numpy as np

    with np.errstate(over="ignore", under="ignore"):
        nearest = np.float32(value)
        if (float(nearest) > value) if down else (float(nearest) < value):
            nearest = np.nextafter(nearest, np.float32(-np.inf if down else np.inf))
    return float(nearest) if np.isfinite(nearest) else value


def _values_of(feature: Expression, types: Mapping[str, ColumnType]) -> str | None:
    """Return "float" or "integer" where all values of a feature are such, else None."""
    if isinstance(feature, Column):
        element = types[feature.name].element if feature.name in types else "number"
        return {"float": "float", "int": "integer", "unsigned": "integer", "bool": "integer"}.get(element)
    if is_condition(feature) or (isinstance(feature, Reduce) and feature.reducer == "count"):
        return "integer"
    if isinstance(feature, Number):
        return "integer" if feature.value == math.floor(feature.value) else None
    if isinstance(feature, Unary) or (
        isinstance(feature, Call) and feature.function in ("abs", "min", "max")
    ):
        kinds = {_values_of(part, types) for part in children(feature)}
        return kinds.pop() if len(kinds) == 1 else None
    if isinstance(feature, Reduce) and feature.reducer in ("min", "max"):
        return _values_of(feature.argument, types)
    if isinstance(feature, Binary) and feature.op in ("+", "-", "*"):
        kinds = {_values_of(feature.left, types), _values_of(feature.right, types)}
        return "integer" if kinds == {"integer"} else None
    return None
