"""Values of an expression in numpy: one per event, or one per object with the events they belong to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradcut.errors import DataError, DeclarationError
from gradcut.expressions.names import REDUCERS
from gradcut.expressions.nodes import Expression
from gradcut.expressions.text import to_text

__all__ = ["Values", "apply", "call", "extreme", "fmod", "libm", "reduce", "truth"]

Array = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """``data`` is one number (no shape), one per event, or with ``offsets`` one per object."""

    data: Array
    offsets: NDArray[np.int64] | None = None


def truth(array: Array) -> Array:
    """Use numbers as conditions: true unless zero, so NaN is true, as in C++."""
    return array if array.dtype == np.bool_ else array != 0.0


def numbers(array: Array) -> Array:
    """Use conditions as numbers, 0 or 1."""
    return array if array.dtype == np.float64 else array.astype(np.float64)


def apply(function: Callable[..., Array], operands: Sequence[Values], node: Expression) -> Values:
    """Apply a function element by element; numbers per event are repeated for its objects."""
    found = [operand.offsets for operand in operands if operand.offsets is not None]
    if not found:
        return Values(function(*[operand.data for operand in operands]))
    offsets = found[0]
    for other in found[1:]:
        if other is not offsets and not np.array_equal(other, offsets):
            raise _lengths_differ(offsets, other, node)
    spread: list[Array] = []
    for operand in operands:
        if operand.offsets is None and operand.data.ndim == 1:
            spread.append(np.repeat(operand.data, np.diff(offsets)))
        else:
            spread.append(operand.data)
    return Values(function(*spread), offsets)


def _lengths_differ(first: NDArray[np.int64], second: Any, node: Expression) -> DataError:
    event = int(np.flatnonzero(np.diff(first) != np.diff(second))[0])
    counts = np.diff(first)[event], np.diff(second)[event]
    return DataError(
        "vector columns of different lengths in one event",
        given=f"{counts[0]} and {counts[1]} objects in event {event}",
        where=to_text(node),
        hint="combine vectors of the same collection only",
    )


def libm(name: str, *arguments: Array) -> Array:
    """Apply a function of the C library: numpy's own differ from it, and so from ROOT, in the last bit."""
    from gradcut import _kernels

    spread = [np.ascontiguousarray(a, dtype=np.float64) for a in np.broadcast_arrays(*arguments)]
    shape = np.broadcast_shapes(*[argument.shape for argument in arguments])
    result: Array = _kernels.libm(name, *[a.reshape(-1) for a in spread])
    return result.reshape(shape)


def fmod(left: Array, right: Array) -> Array:
    """Remainder of the truncated division; exact in numpy and in C."""
    result: Array = np.fmod(left, right)
    return result


def extreme(larger: bool, *arguments: Array) -> Array:
    """Minimum or maximum; NaN if one is NaN, the first of equal ones (which tells 0 from -0)."""
    result = arguments[0]
    for other in arguments[1:]:
        better = result < other if larger else other < result
        result = np.where(better | np.isnan(other), np.where(np.isnan(result), result, other), result)
    return result


_FUNCTIONS: Mapping[str, Callable[..., Array]] = {
    "abs": np.fabs,
    "sqrt": np.sqrt,
    "min": lambda *arguments: extreme(False, *arguments),
    "max": lambda *arguments: extreme(True, *arguments),
}


def call(name: str, *arguments: Array) -> Array:
    """Apply a function of the grammar to doubles."""
    return _FUNCTIONS[name](*arguments) if name in _FUNCTIONS else libm(name, *arguments)


def reduce(reducer: str, values: Values) -> Array:
    """Make one number (or truth) per event of the objects' values."""
    offsets = values.offsets
    if offsets is None:
        raise DeclarationError(f"{reducer}() needs a vector column", allowed=", ".join(REDUCERS))
    lengths = np.diff(offsets)
    events = np.repeat(np.arange(len(lengths)), lengths)
    if reducer in ("any", "all", "count"):
        found = np.bincount(events[truth(values.data)], minlength=len(lengths))
        if reducer == "count":
            return found.astype(np.float64)
        return found > 0 if reducer == "any" else found == lengths
    data = numbers(values.data)
    if reducer == "sum":
        # bincount adds one by one in order, from 0; numpy's sums are pairwise.
        return np.bincount(events, weights=data, minlength=len(lengths)).astype(np.float64)
    return _extreme_per_event(reducer == "max", data, offsets, events)


def _extreme_per_event(
    larger: bool, data: Array, offsets: NDArray[np.int64], events: NDArray[np.int64]
) -> Array:
    filled = np.flatnonzero(np.diff(offsets))
    result = np.full(len(offsets) - 1, np.nan)
    if len(filled) == 0:
        return result
    function = np.maximum if larger else np.minimum
    result[filled] = function.reduceat(data, offsets[:-1][filled])
    # Of equal zeros the first counts, as in a loop; numpy promises neither.
    zeros = np.flatnonzero((data == 0.0) & (result[events] == 0.0))[::-1]
    result[events[zeros]] = data[zeros]
    return result
