"""Cuts as nested binnings of correctionlib, with what is no plain cut in a formula at the end."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from gradcut.errors import ExportError
from gradcut.export.dialect import Dialect, write
from gradcut.export.json_numbers import exact_text
from gradcut.export.neutral import Bound, PlainCut, column_of, neutral
from gradcut.export.notes import Note
from gradcut.expressions.kinds import column_type
from gradcut.expressions.nodes import Expression, Logical
from gradcut.expressions.structure import columns
from gradcut.expressions.text import describe
from gradcut.results.cuts import Cuts
from gradcut.selection.declare import vector_types

__all__ = ["dialect", "edge", "flag", "formula"]

_VARIABLES = "xyzt"


def edge(value: float) -> float | str:
    """Write an edge: infinite ones are texts."""
    return value if math.isfinite(value) else ("inf" if value > 0 else "-inf")


def dialect(read: tuple[str, ...]) -> Dialect:
    """Return the language of formulas, with at most four variables."""
    if len(read) > len(_VARIABLES):
        raise ExportError(
            f"a formula of correctionlib has at most {len(_VARIABLES)} variables",
            given=", ".join(read),
            hint="a column for part of it",
        )
    named = dict(zip(read, _VARIABLES, strict=False))
    functions = ("abs", "sqrt", "exp", "log", "pow", "sin", "cos", "tan", "atan2")
    return Dialect(
        "correctionlib",
        functions={one: one for one in functions},
        conjunction="*",
        disjunction="+",
        negation="(({0}) == 0)",
        column=lambda name: named[name],
        tight=True,
    )


def formula(expression: Expression, *, condition: bool) -> dict[str, Any]:
    """Return a node that evaluates an expression; of a condition it is 0 or 1."""
    read = columns(expression)
    text = write(expression, dialect(read))
    return {
        "nodetype": "formula",
        "expression": f"({text}) != 0" if condition else text,
        "parser": "TFormula",
        "variables": list(read),
    }


def flag(result: Cuts, types: Mapping[str, str]) -> tuple[Any, list[str], list[Note]]:
    """Return the node that is 1 where an event passes, what it reads, and notes."""
    cuts = neutral(result, types)
    plain = [cut for cut in cuts if isinstance(cut, PlainCut) and column_of(cut) is not None]
    others = [cut for cut in cuts if cut not in plain]
    read = list(dict.fromkeys(name for cut in cuts for name in columns(cut.condition)))
    objects = sorted((vector_types(types) or frozenset()) & set(read))
    if objects:
        raise ExportError(
            "the format 'correctionlib' takes numbers per event, not vectors",
            given=", ".join(objects),
            hint="a column for what is counted",
        )
    node: Any = 1.0
    notes: list[Note] = []
    if others:
        trees = tuple(cut.condition for cut in others)
        node = formula(trees[0] if len(trees) == 1 else Logical("&&", trees), condition=True)
    for cut in reversed(plain):
        node = _binning(cut, node, _is_single(types.get(column_of(cut) or "", "")))
        ends = [one for one in node["edges"] if isinstance(one, float) and exact_text(one) is None]
        if ends:
            notes.append(
                Note(
                    "rounded",
                    f"correctionlib may read {ends[0]!r} with another last bit: events exactly there may be "
                    "on the other side",
                )
            )
    if plain:
        notes.append(Note("convention", "an infinite value of a cut that is a binning fails"))
    shifted = [cut for cut in plain if _is_moved(cut)]
    if shifted:
        texts = ", ".join(f"'{describe(cut.condition)}'" for cut in shifted)
        notes.append(
            Note(
                "information",
                f"bins hold their lower edge: the next double stands in {texts}; no event changes",
            )
        )
    return node, read, notes


def _is_single(name: str) -> bool:
    return bool(name) and column_type(name).element == "float"


def _is_moved(cut: PlainCut) -> bool:
    lower, upper = cut.lower, cut.upper
    return cut.absolute or bool(lower and lower.strict) or bool(upper and not upper.strict)


def _from(bound: Bound) -> float:
    """First double that is inside of a lower end."""
    return math.nextafter(bound.value, math.inf) if bound.strict else bound.value


def _to(bound: Bound) -> float:
    """First double that is beyond an upper end."""
    return bound.value if bound.strict else math.nextafter(bound.value, math.inf)


def _binning(cut: PlainCut, then: Any, single: bool) -> Any:
    low = -math.inf if cut.lower is None else _from(cut.lower)
    high = math.inf if cut.upper is None else _to(cut.upper)
    # Intervals [first, last) of the column that are in the range.
    inside = [(low, high)] if low < high else []
    if cut.absolute:
        inside = []
        if high > max(low, 0.0):
            if low <= 0:
                inside = [(_mirrored(high), high)]
            else:
                inside = [(_mirrored(high), _mirrored(low)), (low, high)]
    inside = [(_settled(first, single), _settled(last, single)) for first, last in inside]
    return binning(column_of(cut) or "", inside, 0.0 if cut.veto else then, then if cut.veto else 0.0)


def _settled(value: float, single: bool) -> float:
    """Return a short number between two neighbouring floats, where a column holds such: no event changes."""
    if not single or not math.isfinite(value):
        return value
    import numpy as np

    with np.errstate(over="ignore", under="ignore"):
        last = np.float32(value)
        last = last if float(last) >= value else np.nextafter(last, np.float32(np.inf))
        before = float(np.nextafter(last, np.float32(-np.inf)))
    for digits in range(1, 17):
        found = float(f"{0.5 * (before + float(last)):.{digits}g}")
        if before < found <= float(last) and exact_text(found) is not None:
            return found
    return value


def _mirrored(value: float) -> float:
    """Of an end that bounds [.., value) or [value, ..) the one that bounds the negative numbers."""
    return -math.inf if value == math.inf else math.nextafter(-value, math.inf)


def binning(name: str, inside: list[tuple[float, float]], then: Any, otherwise: Any) -> dict[str, Any]:
    """Return a binning that is ``then`` in the intervals, and ``otherwise`` outside; 0 for NaN."""
    edges, values = [-math.inf], []
    for first, last in inside:
        if first > edges[-1]:
            edges.append(first)
            values.append(otherwise)
        edges.append(last)
        values.append(then)
    if edges[-1] < math.inf:
        edges.append(math.inf)
        values.append(otherwise)
    return {
        "nodetype": "binning",
        "input": name,
        "edges": [edge(one) for one in edges],
        "content": values,
        "flow": 0.0,
    }
