"""Bins as regions of a cabinetry configuration."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from gradcut.errors import ExportError
from gradcut.export.dialect import Dialect, write
from gradcut.export.kinds import conditions, kinds_of, notes_of, types_of
from gradcut.export.notes import Content, Note
from gradcut.expressions.text import describe

__all__ = ["content"]

#: What uproot evaluates: Python with numpy's functions.
_DIALECT = Dialect(
    "cabinetry",
    functions={one: one for one in ("abs", "sqrt", "exp", "log", "sin", "cos", "tan", "hypot")},
    conjunction="&",
    disjunction="|",
    negation="(({0}) == 0)",
    tight=True,
)


def content(
    result: Any, *, column_types: Mapping[str, str] | None = None, region: str = "Signal_region"
) -> Content:
    """Return ``Regions:`` as YAML, for a configuration that has samples and systematics."""
    from gradcut.binning.learned import LearnedEdges
    from gradcut.results import JointResult

    one = result.inside if isinstance(result, JointResult) else result
    bins = one.divided
    if not isinstance(bins, LearnedEdges) or len(bins.edges) != 1:
        raise ExportError(
            "a region of cabinetry has the edges of one variable",
            given=", ".join(bins.expressions),
            hint="result.channel('...') for one of several channels",
        )
    axis = bins.binning.axes[0]
    # A text of JSON is one of YAML.
    lines = [
        "Regions:",
        f"  - Name: {json.dumps(region)}",
        f"    Variable: {json.dumps(describe(axis.expression))}",
        f"    Binning: {json.dumps([float(edge) for edge in bins.edges[0]])}",
    ]
    notes: list[Note] = []
    if axis.flow == "open":
        text = "events beyond the first and the last edge are in these bins, but not counted by cabinetry"
        notes.append(Note("convention", text))
    if "cuts" in kinds_of(result):
        bound = conditions(result, types_of(result, column_types))
        codes = [f"({write(condition, _DIALECT, where=label)})" for label, condition in bound]
        lines.append(f"    Filter: {json.dumps(' & '.join(codes))}")
        notes += notes_of(result)
    return Content("\n".join(lines) + "\n", tuple(notes), "#")
