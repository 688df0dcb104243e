"""Expressions in the languages of other programs, which differ in names, and in what they can say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gradcut.errors import ExportError
from gradcut.expressions.nodes import (
    Binary,
    Call,
    Column,
    Comparison,
    Expression,
    Logical,
    Number,
    Reduce,
    Unary,
)
from gradcut.expressions.text import describe

__all__ = ["Dialect", "number", "write"]

_OR, _AND, _COMPARISON, _SUM, _PRODUCT, _UNARY, _PRIMARY = range(1, 8)


def number(value: float) -> str:
    """Return the shortest text that reads back to the same double."""
    return repr(float(value)).removesuffix(".0")


@dataclass(frozen=True)
class Dialect:
    """A language of conditions in which ``< <= > >= == !=`` and ``+ - *`` are those of C.

    Parameters
    ----------
    name : str
        The format, for messages.
    functions : dict of str to str
        Functions of the grammar to those of the language; others are refused.
    reducers : dict of str to str
        Reducers to patterns that take the argument.
    conjunction, disjunction, negation : str
        How conditions are joined and turned around.
    extreme : callable, optional
        Text of ``min`` and ``max`` of two texts, given the function's name.
    quotient : callable, optional
        Text of a quotient by something that may be zero; default the operator.
    remainder : str, optional
        Pattern of a remainder with the sign of the first.
    column : callable
        Text of a column.
    tight : bool
        Whether comparisons stand in parentheses inside of ``conjunction``, as ``&`` needs it.
    """

    name: str
    functions: Mapping[str, str] = field(default_factory=dict)
    reducers: Mapping[str, str] = field(default_factory=dict)
    conjunction: str = "&&"
    disjunction: str = "||"
    negation: str = "!({0})"
    extreme: Callable[[str, str, str], str] | None = None
    quotient: Callable[[str, str], str] | None = None
    remainder: str | None = None
    column: Callable[[str], str] = str
    tight: bool = False


def write(expression: Expression, dialect: Dialect, *, where: str | None = None) -> str:
    """Write an expression; windows become two comparisons.

    Raises
    ------
    ExportError
        If the language cannot say it.
    """
    return _Writer(dialect, expression, where).at(expression, 0)


class _Writer:
    def __init__(self, dialect: Dialect, whole: Expression, where: str | None) -> None:
        self._dialect = dialect
        self._whole = whole
        self._where = where

    def at(self, node: Expression, weakest: int) -> str:
        text, precedence = self._pieces(node)
        return f"({text})" if precedence < weakest else text

    def _pieces(self, node: Expression) -> tuple[str, int]:
        if isinstance(node, Number):
            text = number(node.value)
            return text, _UNARY if text.startswith("-") else _PRIMARY
        if isinstance(node, Column):
            return self._dialect.column(node.name), _PRIMARY
        if isinstance(node, Unary):
            if node.op == "!":
                return self._dialect.negation.format(self.at(node.operand, 0)), _UNARY
            return f"-{self.at(node.operand, _PRIMARY)}", _UNARY
        if isinstance(node, Binary):
            return self._binary(node)
        if isinstance(node, Comparison):
            return self._comparison(node)
        if isinstance(node, Logical):
            own = _AND if node.op == "&&" else _OR
            word = self._dialect.conjunction if node.op == "&&" else self._dialect.disjunction
            weakest = _PRIMARY if self._dialect.tight else own + 1
            return f" {word} ".join([self.at(part, weakest) for part in node.operands]), own
        if isinstance(node, Call):
            return self._call(node)
        if isinstance(node, Reduce) and node.reducer in self._dialect.reducers:
            text = self._dialect.reducers[node.reducer].format(self.at(node.argument, 0))
            return text, _PRIMARY if text.endswith(")") else _COMPARISON
        raise self._unknown(node)

    def _binary(self, node: Binary) -> tuple[str, int]:
        divides = node.op in ("/", "%") and not (isinstance(node.right, Number) and node.right.value != 0)
        if node.op == "%":
            if self._dialect.remainder is None:
                raise self._unknown(node)
            return self._dialect.remainder.format(self.at(node.left, 0), self.at(node.right, 0)), _PRIMARY
        if divides and self._dialect.quotient is not None:
            return self._dialect.quotient(self.at(node.left, _UNARY), self.at(node.right, _PRIMARY)), _PRIMARY
        own = _SUM if node.op in "+-" else _PRODUCT
        return f"{self.at(node.left, own)} {node.op} {self.at(node.right, own + 1)}", own

    def _comparison(self, node: Comparison) -> tuple[str, int]:
        parts = [self.at(part, _SUM) for part in node.operands]
        pairs = [f"{parts[i]} {operator} {parts[i + 1]}" for i, operator in enumerate(node.operators)]
        if len(pairs) == 1:
            return pairs[0], _COMPARISON
        if self._dialect.tight:
            pairs = [f"({pair})" for pair in pairs]
        return f" {self._dialect.conjunction} ".join(pairs), _AND

    def _call(self, node: Call) -> tuple[str, int]:
        if node.function in ("min", "max") and self._dialect.extreme is not None:
            text = self.at(node.arguments[0], _UNARY)
            for argument in node.arguments[1:]:
                text = self._dialect.extreme(node.function, text, self.at(argument, _UNARY))
            return text, _PRIMARY
        if node.function not in self._dialect.functions:
            raise self._unknown(node)
        arguments = ", ".join([self.at(argument, 0) for argument in node.arguments])
        return f"{self._dialect.functions[node.function]}({arguments})", _PRIMARY

    def _unknown(self, node: Expression) -> ExportError:
        return ExportError(
            f"the format '{self._dialect.name}' cannot say this",
            given=describe(node),
            where=self._where or describe(self._whole),
            hint="a column for it, or format='cpp', which says everything",
        )
