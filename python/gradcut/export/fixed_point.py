"""Cuts in fixed point: a header for ap_fixed with rounding and saturation, and their efficiency."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from gradcut.errors import ExportError
from gradcut.export.dialect import number
from gradcut.export.kinds import cuts_of, notes_of, types_of
from gradcut.export.neutral import Bound, PlainCut, column_of, neutral, refused
from gradcut.export.notes import Content, Note
from gradcut.expressions.text import describe

__all__ = ["content"]


def content(
    result: Any,
    *,
    steps: Mapping[str, float],
    bits: Mapping[str, int] | int = 16,
    columns: Mapping[str, Any] | None = None,
    column_types: Mapping[str, str] | None = None,
    function: str = "gradcut_pass",
    partial: bool = False,
) -> Content:
    """Return a header with integer thresholds in units of the steps of the hardware.

    An input is ``ap_fixed<bits, bits, AP_RND, AP_SAT>`` of its number of steps: floor(x / step + 0.5), in the
    range that it has. Thresholds are integers of the same kind, moved to the tighter side.
    """
    types = types_of(result, column_types)
    arguments: dict[str, str] = {}
    lines: list[str] = []
    notes = list(notes_of(result))
    kept: list[tuple[PlainCut, float, int | None, int | None]] = []
    for cut in neutral(result, types):
        name = column_of(cut) if isinstance(cut, PlainCut) else None
        if not isinstance(cut, PlainCut) or name is None:
            notes.append(refused(cut, "fixed", "it is no range of one column", partial))
            continue
        if name not in steps or not steps[name] > 0:
            raise ExportError("no step of this column", given=name, hint=f"steps={{'{name}': 0.5}}")
        width = bits if isinstance(bits, int) else bits.get(name, 16)
        low, high = _ends(cut, steps[name])
        limit = 1 << (width - 1)
        for end in (low, high):
            if end is not None and not -limit < end < limit - 1:
                raise ExportError(
                    "a threshold that the number of bits cannot hold",
                    given=f"{describe(cut.condition)}: {end} steps of {steps[name]:g}",
                    allowed=f"{-limit + 1} .. {limit - 2}",
                    where=cut.label,
                )
        argument = arguments.setdefault(name, re.sub(r"\W", "_", name))
        code = _code(f"ap_fixed<{width + 1}, {width + 1}>", argument, cut, low, high)
        lines += [f"   // {' '.join(cut.label.split())}", f"   if (!({code}))", "      return false;"]
        kept.append((cut, steps[name], low, high))
        shown = ", ".join(number(end * steps[name]) for end in (low, high) if end is not None)
        notes.append(
            Note("rounded", f"'{describe(cut.condition)}' is at {shown}, in steps of {steps[name]:g}")
        )
    widths = {name: bits if isinstance(bits, int) else bits.get(name, 16) for name in arguments}
    takes = ", ".join(
        f"ap_fixed<{widths[name]}, {widths[name]}, AP_RND, AP_SAT> {one}" for name, one in arguments.items()
    )
    text = [
        "/// Cuts learned by gradcut, in steps of: "
        + ", ".join(f"{name} {steps[name]:g}" for name in arguments),
        "#pragma once",
        "",
        "#include <ap_fixed.h>",
        "",
        f"inline bool {function}({takes})",
        "{",
        *lines,
        "   return true;",
        "}",
    ]
    if columns is not None:
        notes.append(_price(result, kept, widths, columns))
    notes.append(Note("information", "missing values have no place in fixed point: send a number that fails"))
    return Content("\n".join(text) + "\n", tuple(notes), "//")


def _ends(cut: PlainCut, step: float) -> tuple[int | None, int | None]:
    """Thresholds in steps; of a range inwards, of a veto outwards: always the tighter cut."""

    def up(bound: Bound | None) -> int | None:
        if bound is None:
            return None
        found = math.ceil(bound.value / step)
        return found + 1 if bound.strict and found * step == bound.value else found

    def down(bound: Bound | None) -> int | None:
        if bound is None:
            return None
        found = math.floor(bound.value / step)
        return found - 1 if bound.strict and found * step == bound.value else found

    if not cut.veto:
        return up(cut.lower), down(cut.upper)
    low, high = cut.lower, cut.upper
    assert low is not None
    assert high is not None
    return math.floor(low.value / step), math.ceil(high.value / step)


def _code(wide: str, argument: str, cut: PlainCut, low: int | None, high: int | None) -> str:
    # Of the most negative number the absolute value needs a bit more.
    value = f"({argument} < 0 ? {wide}(-{argument}) : {wide}({argument}))" if cut.absolute else argument
    ends = [f"{value} >= {low}"] if low is not None else []
    ends += [f"{value} <= {high}"] if high is not None else []
    code = " && ".join(ends) or "true"
    return f"!({code})" if cut.veto else code


def _price(
    result: Any,
    kept: list[tuple[PlainCut, float, int | None, int | None]],
    widths: Mapping[str, int],
    columns: Mapping[str, Any],
) -> Note:
    """What passes the quantised cuts, of quantised numbers."""
    wanted = cuts_of(result).mask(columns)
    passed = np.ones(len(wanted), dtype=bool)
    for cut, step, low, high in kept:
        name = column_of(cut) or ""
        limit = 1 << (widths[name] - 1)
        given = np.asarray(columns[name], dtype=np.float64)
        x = np.clip(np.floor(given / step + 0.5), -limit, limit - 1)
        x = np.abs(x) if cut.absolute else x
        inside = ~np.isnan(given)
        inside &= (x >= (-math.inf if low is None else low)) & (x <= (math.inf if high is None else high))
        passed &= (~inside & ~np.isnan(given)) if cut.veto else inside
    n = max(1, len(wanted))
    return Note(
        "rounded",
        f"of {n} events {wanted.mean():.6g} pass the cuts and {passed.mean():.6g} the quantised ones; "
        f"{int((wanted != passed).sum())} are decided otherwise",
    )
