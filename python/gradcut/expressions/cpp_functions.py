"""Functions and reducers in C++: the scalar ones of ``<cmath>``, the vector ones of ``ROOT::VecOps``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Code", "as_double", "call", "extreme", "reduce"]

_UNARY, _PRIMARY = 6, 7


@dataclass(frozen=True, slots=True)
class Code:
    """A piece of C++.

    Parameters
    ----------
    text : str
        The piece.
    precedence : int
        How strongly its outermost operator binds.
    element : str
        Type of its value: ``"double"``, ``"float"``, ``"int"``, ``"unsigned"``, ``"truth"`` (0 or 1: a bool,
        or the int of an RVec condition), ``"count"`` (a small int) or ``"number"`` where it is not known.
    vector : bool
        Whether it is an RVec.
    """

    text: str
    precedence: int
    element: str
    vector: bool

    def at_least(self, precedence: int) -> str:
        """Return the text, in parentheses where it binds weaker than asked."""
        return self.text if self.precedence >= precedence else f"({self.text})"

    @property
    def may_be_nan(self) -> bool:
        """Whether the value can be NaN."""
        return self.element not in ("int", "unsigned", "truth", "count")


def as_double(code: Code) -> Code:
    """Convert a piece to double."""
    if code.element == "double":
        return code
    text = f"ROOT::RVecD({code.text})" if code.vector else f"double({code.text})"
    return Code(text, _PRIMARY, "double", code.vector)


def call(function: str, arguments: Sequence[Code], constant: Sequence[bool]) -> Code:
    """Call a function other than ``min`` and ``max``; ``constant`` tells which arguments read no column."""
    if function == "abs":
        return _absolute(arguments[0])
    doubles = list(arguments)
    if all(argument.element != "double" for argument in doubles):
        doubles[0] = as_double(doubles[0])
    vector = any(argument.vector for argument in doubles)
    texts = [argument.text for argument in doubles]
    if function == "pow":
        texts = [
            _unfoldable(code, vector) if fixed else code.text
            for code, fixed in zip(doubles, constant, strict=True)
        ]
    name = function if vector else f"std::{function}"
    return Code(f"{name}({', '.join(texts)})", _PRIMARY, "double", vector)


def _unfoldable(code: Code, vector: bool) -> str:
    read = f"(volatile double &&){code.at_least(_UNARY)}"
    return f"double({read})" if vector else read


def _absolute(argument: Code) -> Code:
    if argument.vector:
        if argument.element != "float":
            argument = as_double(argument)  # there is no abs of unsigned numbers
        return Code(f"abs({argument.text})", _PRIMARY, argument.element, True)
    element = argument.element if argument.element in ("float", "number") else "double"
    return Code(f"std::fabs({argument.text})", _PRIMARY, element, False)


def extreme(function: str, first: Code, second: Code, *, second_is_literal: bool) -> Code:
    """Write ``min`` or ``max`` of two: NaN if one is NaN, the first of equal ones."""
    if first.vector or second.vector:
        first, second = as_double(first), as_double(second)
        a, b = first.at_least(_PRIMARY), second.at_least(_PRIMARY)
        better = f"{a} < {b}" if function == "max" else f"{b} < {a}"
        if not second_is_literal:
            better = f"({better}) || ({b} != {b})"
        return Code(f"Where({better}, {second.text}, {first.text})", _PRIMARY, "double", True)
    both = f"std::{function}<double>({first.text}, {second.text})"
    if second_is_literal or not second.may_be_nan:
        return Code(both, _PRIMARY, "double", False)
    return Code(f"(std::isnan({second.text}) ? NAN : {both})", _PRIMARY, "double", False)


def reduce(reducer: str, argument: Code) -> Code:
    """Reduce a vector to one number per event."""
    text = argument.text
    if reducer in ("any", "all"):
        return Code(f"{reducer.capitalize()}({text})", _PRIMARY, "truth", False)
    if reducer == "count":
        condition = text if argument.element == "truth" else f"{argument.at_least(_PRIMARY)} != 0"
        return Code(f"Sum({condition})", _PRIMARY, "count", False)
    if reducer == "sum":
        argument = as_double(argument)
        return Code(f"Sum({argument.text})", _PRIMARY, "double", False)
    vector = argument.at_least(_PRIMARY)
    undefined = f"{vector}.empty()"
    if argument.may_be_nan:
        undefined += f" || Any({vector} != {vector})"
    best = f"{reducer.capitalize()}({text})"
    if argument.element != "double":
        best = f"double({best})"
    return Code(f"({undefined} ? NAN : {best})", _PRIMARY, "double", False)
