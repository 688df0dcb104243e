"""Requirements as plain cuts, which most programs can say, and the rest as trees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from gradcut.errors import ExportError
from gradcut.export.kinds import conditions
from gradcut.export.notes import Note
from gradcut.expressions.nodes import Call, Column, Comparison, Expression, Logical, Number, Unary
from gradcut.expressions.text import describe

__all__ = ["Bound", "OtherCut", "PlainCut", "column_of", "neutral", "refused"]

_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


@dataclass(frozen=True)
class Bound:
    """An end of a cut.

    Parameters
    ----------
    value : float
        The threshold.
    strict : bool
        Whether a value exactly there is outside.
    """

    value: float
    strict: bool


@dataclass(frozen=True)
class PlainCut:
    """A number per event that is to be in a range, or outside of one; a missing one fails.

    Parameters
    ----------
    label : str
        Of the requirement.
    condition : Expression
        It as a tree.
    feature : Expression
        The number; of ``abs(x)`` it is x.
    absolute : bool
        Whether its absolute value is cut on.
    lower, upper : Bound or None
        The ends; neither: the number is to be there.
    veto : bool
        Whether the range is rejected.
    """

    label: str
    condition: Expression
    feature: Expression
    absolute: bool
    lower: Bound | None
    upper: Bound | None
    veto: bool = False

    @property
    def name(self) -> str:
        """What is cut on, as text."""
        text = describe(self.feature)
        return f"abs({text})" if self.absolute else text


@dataclass(frozen=True)
class OtherCut:
    """A requirement, or part of one, that is no plain cut."""

    label: str
    condition: Expression


def neutral(result: Any, types: Mapping[str, str]) -> list[PlainCut | OtherCut]:
    """Return all cuts of a result, in order; together they are its requirements."""
    found: list[PlainCut | OtherCut] = []
    for label, condition in conditions(result, types):
        parts = [_plain(label, part) for part in _conjuncts(condition)]
        ranges = {
            part.feature
            for part in parts
            if isinstance(part, PlainCut) and not _asks_only(part) and not part.veto
        }
        # That a value is there follows from a range that it is in.
        found += [
            part
            for part in parts
            if not (isinstance(part, PlainCut) and _asks_only(part) and part.feature in ranges)
        ]
    return found


def column_of(cut: PlainCut) -> str | None:
    """Return the column that is cut on by itself, None for more than one."""
    return cut.feature.name if isinstance(cut.feature, Column) else None


def refused(cut: PlainCut | OtherCut, name: str, reason: str, partial: bool) -> Note:
    """Return the note of a cut that is not in a file, or raise where it may not be left out."""
    text = describe(cut.condition)
    if not partial:
        raise ExportError(
            f"the format '{name}' cannot say this cut: {reason}",
            given=text,
            where=cut.label,
            hint="partial=True leaves it out and says so in the file",
        )
    return Note("missing", f"the cut '{text}' is NOT in this file: {reason}")


def _asks_only(cut: PlainCut) -> bool:
    return cut.lower is None and cut.upper is None


def _conjuncts(condition: Expression) -> tuple[Expression, ...]:
    if isinstance(condition, Logical) and condition.op == "&&":
        return tuple(part for operand in condition.operands for part in _conjuncts(operand))
    return (condition,)


def _plain(label: str, condition: Expression) -> PlainCut | OtherCut:
    inner = condition.operand if isinstance(condition, Unary) and condition.op == "!" else None
    if inner is not None:
        found = _range(label, inner)
        if found is not None and found.lower is not None and found.upper is not None:
            return replace(found, condition=condition, veto=not found.veto)
        return OtherCut(label, condition)
    if isinstance(condition, Logical) and len(condition.operands) == 2:
        found = _outside(label, condition)
        return found if found is not None else OtherCut(label, condition)
    return _range(label, condition) or OtherCut(label, condition)


def _outside(label: str, condition: Logical) -> PlainCut | None:
    """``x < a || x > b``: what is between is rejected."""
    parts = [_range(label, part) for part in condition.operands]
    below = next((p for p in parts if p is not None and p.lower is None and p.upper is not None), None)
    above = next((p for p in parts if p is not None and p.upper is None and p.lower is not None), None)
    if below is None or above is None or below.upper is None or above.lower is None:
        return None
    same = (below.feature, below.absolute) == (above.feature, above.absolute)
    if not same or below.veto or above.veto or not below.upper.value < above.lower.value:
        return None
    low, high = (Bound(end.value, not end.strict) for end in (below.upper, above.lower))
    return PlainCut(label, condition, below.feature, below.absolute, low, high, veto=True)


def _range(label: str, condition: Expression) -> PlainCut | None:
    if not isinstance(condition, Comparison):
        return None
    operands, operators = condition.operands, condition.operators
    if len(operators) == 1 and operators[0] == "==" and operands[0] == operands[1]:
        return _made(label, condition, operands[0], None, None)
    if len(operators) == 2:
        low, feature, high = operands
        if not isinstance(low, Number) or not isinstance(high, Number) or isinstance(feature, Number):
            return None
        first, second = Bound(low.value, "=" not in operators[0]), Bound(high.value, "=" not in operators[1])
        ends = (first, second) if operators[0].startswith("<") else (second, first)
        return _made(label, condition, feature, *ends)
    left, right = operands
    if isinstance(left, Number) == isinstance(right, Number):
        return None
    feature, number = (right, left) if isinstance(left, Number) else (left, right)
    assert isinstance(number, Number)
    operator = operators[0] if number is right else _TURNED[operators[0]]
    at = Bound(number.value, operator in ("<", ">"))
    if operator in ("==", "!="):
        return _made(label, condition, feature, at, at, veto=operator == "!=")
    if operator.startswith(">"):
        return _made(label, condition, feature, at, None)
    return _made(label, condition, feature, None, at)


def _made(
    label: str,
    condition: Expression,
    feature: Expression,
    lower: Bound | None,
    upper: Bound | None,
    veto: bool = False,
) -> PlainCut:
    absolute = isinstance(feature, Call) and feature.function == "abs"
    inner = feature.arguments[0] if isinstance(feature, Call) and absolute else feature
    return PlainCut(label, condition, inner, absolute, lower, upper, veto)
