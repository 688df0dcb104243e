"""The nodes of an expression's tree: immutable, hashable, comparable.

A node checks itself when it is made (names, operators, numbers of arguments), so a tree from a file is
held to the same rules as one from a parsed text. What concerns the tree as a whole (where a hole may
stand, how deep a tree may be) is checked by :func:`gradcut.expressions.structure.check_structure`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Union

from gradcut.checks import is_number
from gradcut.errors import DeclarationError
from gradcut.expressions.names import FUNCTIONS, REDUCERS, column_problem, hole_problem

__all__ = [
    "BINARY_OPERATORS",
    "COMPARISON_OPERATORS",
    "LOGICAL_OPERATORS",
    "UNARY_OPERATORS",
    "Binary",
    "Call",
    "Column",
    "Comparison",
    "Cpp",
    "Expression",
    "Hole",
    "Logical",
    "Number",
    "Reduce",
    "Unary",
]

UNARY_OPERATORS = ("-", "!")
BINARY_OPERATORS = ("+", "-", "*", "/", "%")
COMPARISON_OPERATORS = ("<", "<=", ">", ">=", "==", "!=")
LOGICAL_OPERATORS = ("&&", "||")


@dataclass(frozen=True, slots=True)
class Number:
    """A literal; every number is a double and finite."""

    value: float

    def __post_init__(self) -> None:
        if not is_number(self.value):
            raise DeclarationError("not a number", given=repr(self.value))
        try:
            value = float(self.value)
        except OverflowError:
            value = math.inf
        if not math.isfinite(value):
            raise DeclarationError("a number of an expression must be finite", given=repr(self.value))
        object.__setattr__(self, "value", value)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the events."""

    name: str

    def __post_init__(self) -> None:
        problem = column_problem(self.name)
        if problem:
            raise DeclarationError(problem[0], hint=problem[1])


@dataclass(frozen=True, slots=True)
class Hole:
    """A number to be learned, written ``?`` (anonymous) or ``?name``."""

    name: str | None = None

    def __post_init__(self) -> None:
        problem = None if self.name is None else hole_problem(self.name)
        if problem:
            raise DeclarationError(problem[0], hint=problem[1])


@dataclass(frozen=True, slots=True)
class Unary:
    """``-x`` or ``!x``."""

    op: str
    operand: Expression

    def __post_init__(self) -> None:
        _check_operator(self.op, UNARY_OPERATORS)
        _check_nodes((self.operand,))


@dataclass(frozen=True, slots=True)
class Binary:
    """Arithmetic: ``+ - * / %``."""

    op: str
    left: Expression
    right: Expression

    def __post_init__(self) -> None:
        _check_operator(self.op, BINARY_OPERATORS)
        _check_nodes((self.left, self.right))


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison, or a window of two that run the same way (``81 < mll < 101``)."""

    operands: tuple[Expression, ...]
    operators: tuple[str, ...]

    def __post_init__(self) -> None:
        if not isinstance(self.operators, tuple) or not 1 <= len(self.operators) <= 2:
            raise DeclarationError("a comparison has one operator, a window two", given=repr(self.operators))
        for operator in self.operators:
            _check_operator(operator, COMPARISON_OPERATORS)
        _check_nodes(self.operands)
        if len(self.operands) != len(self.operators) + 1:
            raise DeclarationError(
                f"a comparison with {len(self.operators)} operators has {len(self.operators) + 1} operands",
                given=f"{len(self.operands)} operands",
            )
        if len(self.operators) == 2 and {op[0] for op in self.operators} not in ({"<"}, {">"}):
            raise DeclarationError(
                "the comparisons of a window must run the same way",
                given=" ".join(self.operators),
                allowed="a < x < b, a > x > b (each with or without =)",
            )


@dataclass(frozen=True, slots=True)
class Logical:
    """Two or more conditions joined by the same ``&&`` or ``||``."""

    op: str
    operands: tuple[Expression, ...]

    def __post_init__(self) -> None:
        _check_operator(self.op, LOGICAL_OPERATORS)
        _check_nodes(self.operands)
        if len(self.operands) < 2:
            raise DeclarationError(f"'{self.op}' joins at least two conditions")


@dataclass(frozen=True, slots=True)
class Call:
    """A function of numbers."""

    function: str
    arguments: tuple[Expression, ...]

    def __post_init__(self) -> None:
        if not isinstance(self.function, str) or self.function not in FUNCTIONS:
            raise DeclarationError("unknown function", given=repr(self.function))
        _check_nodes(self.arguments)
        least, most = FUNCTIONS[self.function]
        given = len(self.arguments)
        if given < least or (most is not None and given > most):
            number = f"{least}" if most == least else f"at least {least}"
            raise DeclarationError(
                f"{self.function}() takes {number} argument{'s' if number != '1' else ''}, not {given}"
            )


@dataclass(frozen=True, slots=True)
class Reduce:
    """One number per event from a vector-valued argument."""

    reducer: str
    argument: Expression

    def __post_init__(self) -> None:
        if not isinstance(self.reducer, str) or self.reducer not in REDUCERS:
            raise DeclarationError("unknown reducer", given=repr(self.reducer), allowed=", ".join(REDUCERS))
        _check_nodes((self.argument,))


@dataclass(frozen=True, slots=True)
class Cpp:
    """Any other C++ expression of a ROOT event loop, from live code only.

    It stands for a whole requirement or feature, needs ROOT, and cannot be saved, loaded or exported:
    what a loaded file contains must never be executed.

    Parameters
    ----------
    code : str
        A C++ expression over columns, without ``return``.
    """

    code: str

    def __post_init__(self) -> None:
        if not isinstance(self.code, str) or not self.code.strip():
            raise DeclarationError("gc.Cpp takes a C++ expression as text", given=repr(self.code))
        if "return" in self.code.split() or self.code.rstrip().endswith(";"):
            raise DeclarationError(
                "gc.Cpp takes one C++ expression, without 'return' and ';'",
                given=self.code,
                hint="move longer code to a function (gInterpreter.Declare) or to a Define of the sample",
            )


Expression = Union[Number, Column, Hole, Unary, Binary, Comparison, Logical, Call, Reduce, Cpp]  # noqa: UP007
_NODES = (Number, Column, Hole, Unary, Binary, Comparison, Logical, Call, Reduce, Cpp)


def _check_operator(operator: object, allowed: tuple[str, ...]) -> None:
    if not isinstance(operator, str) or operator not in allowed:
        raise DeclarationError("unknown operator", given=repr(operator), allowed=" ".join(allowed))


def _check_nodes(nodes: object) -> None:
    if not isinstance(nodes, tuple) or not all(isinstance(node, _NODES) for node in nodes):
        raise DeclarationError(
            "the parts of an expression are expressions",
            given=repr(nodes)[:80],
            hint="make them with gradcut.expressions.parse",
        )
