"""Expressions over numpy arrays, bit for bit as RDataFrame evaluates them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

from gradcut.errors import DataError, DeclarationError, close_matches
from gradcut.expressions import arrays
from gradcut.expressions.arrays import Values
from gradcut.expressions.kinds import ColumnType, check_vectors, is_vector
from gradcut.expressions.nodes import (
    Binary,
    Call,
    Column,
    Comparison,
    Cpp,
    Expression,
    Logical,
    Number,
    Reduce,
    Unary,
)
from gradcut.expressions.structure import columns as columns_of
from gradcut.expressions.structure import has_cpp, holes, is_condition
from gradcut.expressions.text import to_text
from gradcut.jagged import Jagged

__all__ = ["evaluate"]

# Events in one block: the temporaries of a block stay in the cache.
_BLOCK = 1 << 15

_COMPARE = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}
_ARITHMETIC: dict[str, Callable[..., NDArray[Any]]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "%": arrays.fmod,
}


@overload
def evaluate(
    expression: Expression, columns: Mapping[str, NDArray[Any] | Jagged], *, objects: Literal[False] = False
) -> NDArray[Any]: ...
@overload
def evaluate(
    expression: Expression, columns: Mapping[str, NDArray[Any] | Jagged], *, objects: bool
) -> NDArray[Any] | Jagged: ...
def evaluate(
    expression: Expression, columns: Mapping[str, NDArray[Any] | Jagged], *, objects: bool = False
) -> NDArray[Any] | Jagged:
    """Evaluate an expression for all events.

    Parameters
    ----------
    expression : Expression
        A tree without holes.
    columns : mapping of str to ndarray of shape (n_events,) or Jagged
        At least the columns that the expression reads. Any type of number; all are converted to double.
    objects : bool, default False
        Whether the value may be one per object.

    Returns
    -------
    ndarray of shape (n_events,), or Jagged
        Booleans for a condition, else float64; a Jagged where there is one value per object.

    Raises
    ------
    DeclarationError
        If a column is unknown, a vector is not reduced, holes are left, or part of it is C++.
    DataError
        If arrays have another length, shape or type, or vectors of one event differ in length.

    Notes
    -----
    Infinities and NaN follow IEEE 754 without warnings. Both sides of ``&&`` and ``||`` are evaluated.
    """
    _check_evaluable(expression)
    used = {name: _checked(name, columns, expression) for name in columns_of(expression)}
    n_events = _common_length(used or columns)
    types = {name: ColumnType("number", isinstance(column, Jagged)) for name, column in used.items()}
    check_vectors(expression, types, objects=objects)
    if is_vector(expression, types):
        return _per_object(expression, used, n_events)
    result = np.empty(n_events, dtype=np.bool_ if is_condition(expression) else np.float64)
    with np.errstate(all="ignore"):
        for start in range(0, n_events, _BLOCK):
            stop = min(start + _BLOCK, n_events)
            block = {name: _block(column, start, stop) for name, column in used.items()}
            result[start:stop] = _value(expression, block).data
    return result


def _per_object(
    expression: Expression, columns: Mapping[str, NDArray[Any] | Jagged], n_events: int
) -> Jagged:
    parts = []
    with np.errstate(all="ignore"):
        for start in range(0, max(n_events, 1), _BLOCK):
            stop = min(start + _BLOCK, n_events)
            block = {name: _block(column, start, stop) for name, column in columns.items()}
            found = _value(expression, block)
            if found.offsets is not None:  # which is certain: a vector column stands outside of all reducers
                parts.append(Jagged(found.data, found.offsets))
    return Jagged.concatenate(parts)


def _check_evaluable(expression: Expression) -> None:
    if has_cpp(expression):
        raise DeclarationError(
            "gc.Cpp needs ROOT and cannot be evaluated on arrays",
            given=expression.code if isinstance(expression, Cpp) else None,
            hint="use it on RDataFrame samples, write it in the grammar, or Define a column for it",
        )
    left = holes(expression)
    if left:
        raise DeclarationError(
            "an expression with a '?' has no value",
            given=to_text(expression),
            hint="bind values to the parameters first",
        )


def _checked(
    name: str, columns: Mapping[str, NDArray[Any] | Jagged], expression: Expression
) -> NDArray[Any] | Jagged:
    if name not in columns:
        raise DeclarationError(
            f"unknown column '{name}'", given=to_text(expression), hint=close_matches(name, columns)
        )
    column = columns[name]
    if isinstance(column, Jagged):
        return column
    array = np.asarray(column)
    if array.ndim != 1 or array.dtype.kind not in "biuf":
        raise DataError(
            f"column '{name}' is not a one-dimensional array of numbers",
            given=f"{array.dtype}, shape {array.shape}",
            hint="give vector columns as gradcut.Jagged",
        )
    return array


def _common_length(columns: Mapping[str, NDArray[Any] | Jagged]) -> int:
    lengths = {name: len(column) for name, column in columns.items()}
    if not lengths:
        raise DataError("no columns, so the number of events is not known")
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name}: {length}" for name, length in lengths.items())
        raise DataError("columns of different lengths", given=listed)
    return next(iter(lengths.values()))


def _block(column: NDArray[Any] | Jagged, start: int, stop: int) -> Values:
    if isinstance(column, Jagged):
        part = column[start:stop]
        return Values(part.values.astype(np.float64), part.offsets)
    return Values(column[start:stop].astype(np.float64))


def _value(node: Expression, columns: Mapping[str, Values]) -> Values:
    if isinstance(node, Number):
        return Values(np.asarray(node.value, dtype=np.float64))
    if isinstance(node, Column):
        return columns[node.name]
    if isinstance(node, Reduce):
        return Values(arrays.reduce(node.reducer, _value(node.argument, columns)))
    if isinstance(node, Comparison):
        return _comparison(node, columns)
    if isinstance(node, Logical):
        return _logical(node, columns)
    if isinstance(node, Unary):
        operand = _value(node.operand, columns)
        if node.op == "!":
            return Values(~arrays.truth(operand.data), operand.offsets)
        return Values(-arrays.numbers(operand.data), operand.offsets)
    if isinstance(node, Binary):
        operands = [_numbers(_value(part, columns)) for part in (node.left, node.right)]
        return arrays.apply(_ARITHMETIC[node.op], operands, node)
    if isinstance(node, Call):
        name = node.function
        operands = [_numbers(_value(part, columns)) for part in node.arguments]
        return arrays.apply(lambda *data: arrays.call(name, *data), operands, node)
    raise DeclarationError("an expression that cannot be evaluated", given=repr(node)[:80])


def _numbers(values: Values) -> Values:
    return Values(arrays.numbers(values.data), values.offsets)


def _comparison(node: Comparison, columns: Mapping[str, Values]) -> Values:
    operands = [_numbers(_value(part, columns)) for part in node.operands]
    pairs = zip(node.operators, operands[:-1], operands[1:], strict=True)
    results = [arrays.apply(_COMPARE[operator], [left, right], node) for operator, left, right in pairs]
    return results[0] if len(results) == 1 else arrays.apply(np.logical_and, results, node)


def _logical(node: Logical, columns: Mapping[str, Values]) -> Values:
    combine = np.logical_and if node.op == "&&" else np.logical_or
    values = [_value(part, columns) for part in node.operands]
    parts = [Values(arrays.truth(value.data), value.offsets) for value in values]
    result = parts[0]
    for part in parts[1:]:
        result = arrays.apply(combine, [result, part], node)
    return result
