"""Thresholds that are linear in several numbers to be learned: ``?a + ?b * npv``."""

from __future__ import annotations

from dataclasses import dataclass

from gradcut.expressions.nodes import Binary, Expression, Hole, Number, Unary
from gradcut.expressions.structure import children, has_holes

__all__ = ["LinearTerm", "is_linear", "linear_parts", "varies"]

ONE = Number(1.0)


@dataclass(frozen=True)
class LinearTerm:
    """A number to be learned and what it is multiplied with."""

    hole: Hole
    factor: Expression

    @property
    def is_constant(self) -> bool:
        """Whether it stands alone."""
        return self.factor == ONE


def linear_parts(
    expression: Expression, factor: Expression = ONE
) -> tuple[tuple[LinearTerm, ...], tuple[Expression, ...]] | None:
    """Take a sum apart.

    Parameters
    ----------
    expression : Expression
        Such as ``?a + ?b * npv - 3``.
    factor : Expression, optional
        What all of it is multiplied with.

    Returns
    -------
    (terms, rest) or None
        The numbers to be learned with their factors, and the addends without one; None where it is not
        linear in the former.
    """
    if isinstance(expression, Hole):
        return (LinearTerm(expression, factor),), ()
    if not has_holes(expression):
        return (), (_times(factor, expression),)
    if isinstance(expression, Unary) and expression.op == "-":
        return linear_parts(expression.operand, _times(factor, Number(-1.0)))
    if not isinstance(expression, Binary):
        return None
    left, right = expression.left, expression.right
    if expression.op in ("+", "-"):
        sign = factor if expression.op == "+" else _times(factor, Number(-1.0))
        found = linear_parts(left, factor), linear_parts(right, sign)
        if found[0] is None or found[1] is None:
            return None
        return found[0][0] + found[1][0], found[0][1] + found[1][1]
    if has_holes(left) and has_holes(right):
        return None
    if expression.op == "*":
        inner, other = (left, right) if has_holes(left) else (right, left)
        return linear_parts(inner, _times(factor, other))
    if expression.op == "/" and not has_holes(right):
        return linear_parts(left, Binary("/", factor, right))
    return None


def is_linear(expression: Expression) -> bool:
    """Say whether an expression is a sum of numbers to be learned, each times something known."""
    return has_holes(expression) and linear_parts(expression) is not None and bool(children(expression))


def varies(expression: Expression) -> bool:
    """Say whether it is such a sum that differs between events by more than what is added to it."""
    found = linear_parts(expression)
    return found is not None and any(not isinstance(term.factor, Number) for term in found[0])


def _times(one: Expression, other: Expression) -> Expression:
    if one == ONE:
        return other
    if other == ONE:
        return one
    if isinstance(one, Number) and isinstance(other, Number):
        return Number(one.value * other.value)
    return Binary("*", one, other)
