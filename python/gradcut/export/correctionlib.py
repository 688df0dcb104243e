"""correctionlib v2: decisions, thresholds of working points, numbers of bins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gradcut.export.correction_flag import flag
from gradcut.export.correction_nodes import bins_of, correction, curve_of, table_of
from gradcut.export.json_numbers import dumps
from gradcut.export.kinds import cuts_of, kinds_of, notes_of, types_of
from gradcut.export.notes import Content, Note

__all__ = ["content"]


def content(
    result: Any,
    *,
    column_types: Mapping[str, str] | None = None,
    name: str = "gradcut",
    edges: Sequence[float] | None = None,
    units: Mapping[str, str] | None = None,
) -> Content:
    """Return a CorrectionSet as JSON."""
    kinds = kinds_of(result)
    units = units or {}
    made: list[dict[str, Any]] = []
    notes: list[Note] = []
    if "scan" in kinds:
        points = {f"{point.target:g}": point for point in result.points}
        data = {}
        read: dict[str, None] = {}
        for key, point in points.items():
            data[key], inputs, more = flag(point, types_of(point, column_types))
            read.update(dict.fromkeys(inputs))
            notes += [note for note in more if note not in notes]
        pairs = [{"key": key, "value": value} for key, value in data.items()]
        node = {"nodetype": "category", "input": "working_point", "content": pairs}
        made.append(
            correction(f"{name}_pass", "1 where an event passes", ["working_point"], list(read), node, units)
        )
        table, more = table_of(f"{name}_threshold", {key: point.values for key, point in points.items()})
        made.append(table)
        notes += more
    if "cuts" in kinds:
        data, inputs, more = flag(cuts_of(result), types_of(cuts_of(result), column_types))
        made.append(correction(f"{name}_pass", "1 where an event passes", [], inputs, data, units))
        notes += [*notes_of(result), *more]
    if "flat" in kinds:
        one, more = curve_of(result, f"{name}_threshold", edges, units)
        made.append(one)
        notes += more
    if "bins" in kinds:
        one, more = bins_of(result, f"{name}_bin", units)
        made.append(one)
        notes += more
    document = {"schema_version": 2, "description": "made by gradcut", "corrections": made}
    return Content(dumps(document), tuple(notes))
