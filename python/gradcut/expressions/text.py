"""A tree as text: canonical, and read back to the same tree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gradcut.errors import DeclarationError
from gradcut.expressions.names import is_plain_hole
from gradcut.expressions.nodes import (
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
)

__all__ = ["describe", "number_text", "to_text"]

# Precedences, weak to strong.
_OR, _AND, _COMPARISON, _SUM, _PRODUCT, _UNARY, _PRIMARY = range(1, 8)
_BINARY = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "%": _PRODUCT}


def number_text(value: float) -> str:
    """Return the shortest text of a double that reads back to the same double."""
    text = repr(float(value))
    mantissa, _, exponent = text.partition("e")
    mantissa = mantissa.removesuffix(".0")
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


def to_text(expression: Expression, *, number: Callable[[float], str] = number_text) -> str:
    """Write an expression in its canonical form.

    Parameters
    ----------
    expression : Expression
        Any tree without :class:`~gradcut.expressions.Cpp`.
    number : callable, optional
        How to write a number; the default writes the shortest text that reads back to the same double.

    Returns
    -------
    str
        Text with ``parse(to_text(expression)) == expression``.

    Raises
    ------
    DeclarationError
        If part of it is C++ from live code, which has no text form.
    """
    return _write(expression, 0, _Style(number, cpp=False))


def describe(expression: Expression, *, number: Callable[[float], str] = number_text) -> str:
    """Write an expression for people: as :func:`to_text`, with C++ from live code shown as it is."""
    return _write(expression, 0, _Style(number, cpp=True))


@dataclass(frozen=True, slots=True)
class _Style:
    number: Callable[[float], str]
    cpp: bool


def _write(node: Expression, weakest: int, style: _Style) -> str:
    text, precedence = _pieces(node, style)
    return f"({text})" if precedence < weakest else text


def _pieces(node: Expression, style: _Style) -> tuple[str, int]:
    if isinstance(node, Number):
        return style.number(node.value), _PRIMARY
    if isinstance(node, Column):
        return node.name, _PRIMARY
    if isinstance(node, Hole):
        name = node.name or ""
        return (f"?{name}" if not name or is_plain_hole(name) else f"?{{{name}}}"), _PRIMARY
    if isinstance(node, (Call, Reduce)):
        function, arguments = (
            (node.function, node.arguments) if isinstance(node, Call) else (node.reducer, (node.argument,))
        )
        return f"{function}({', '.join([_write(a, 0, style) for a in arguments])})", _PRIMARY
    if isinstance(node, Unary):
        return _unary(node, style)
    if isinstance(node, Binary):
        precedence = _BINARY[node.op]
        left = _write(node.left, precedence, style)
        right = _write(node.right, precedence + 1, style)
        return f"{left} {node.op} {right}", precedence
    if isinstance(node, Comparison):
        parts = [_write(operand, _SUM, style) for operand in node.operands]
        text = parts[0]
        for operator, part in zip(node.operators, parts[1:], strict=True):
            text += f" {operator} {part}"
        return text, _COMPARISON
    if isinstance(node, Logical):
        precedence = _AND if node.op == "&&" else _OR
        # The same operator inside stays in parentheses: (a && b) && c is another tree than a && b && c.
        parts = [_write(operand, precedence + 1, style) for operand in node.operands]
        return f" {node.op} ".join(parts), precedence
    if isinstance(node, Cpp):
        if style.cpp:
            return f"({node.code})", _PRIMARY
        raise DeclarationError(
            "gc.Cpp has no text in the grammar",
            given=node.code,
            hint="it needs ROOT; write it in the grammar, or Define a column for it",
        )
    raise DeclarationError("not an expression", given=repr(node)[:80])


def _unary(node: Unary, style: _Style) -> tuple[str, int]:
    operand = _write(node.operand, _PRIMARY, style)
    if node.op == "-" and isinstance(node.operand, Number):
        operand = f"({operand})"  # -5 is a number, -(5) is minus applied to one
    # '!' beside arithmetic or a comparison is refused by the parser: there it stays in parentheses.
    return f"{node.op}{operand}", (_COMPARISON if node.op == "!" else _UNARY)
