"""Learned cuts with bins as a JSON file, and back, strictly."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from gradcut.errors import SchemaError
from gradcut.results import binning_json, observable_json
from gradcut.results.binning_result import BinningResult
from gradcut.results.document import SCHEMA_VERSION, check_names, numbers, read, schema, values_of, write
from gradcut.results.joint_result import JointResult
from gradcut.results.observable_result import ObservableResult
from gradcut.results.rows import FoldRow, ThresholdRow
from gradcut.results.saved_filters import check_filters, conditions, filters
from gradcut.schema import check
from gradcut.selection import Selection

__all__ = ["load", "save"]

_FORMAT = "gradcut-joint-result"
#: What is filled -> its format, the name of its schema, and what reads it.
_KINDS: dict[str, tuple[str, str, Callable[[dict[str, Any], str], BinningResult]]] = {
    "bins": ("gradcut-binning-result", "binning_result", binning_json.from_document),
    "observable": ("gradcut-observable-result", "observable_result", observable_json.from_document),
}


def save(result: JointResult, path: str | os.PathLike[str]) -> None:
    """Write a result; see :meth:`gradcut.JointResult.save`."""
    inside = result.inside
    if isinstance(inside, ObservableResult):
        kind, of_inside = "observable", observable_json.content_of(inside)
    else:
        kind, of_inside = "bins", binning_json.content_of(inside)
    provenance = of_inside.pop("provenance")
    content = {
        "selection": result.selection.to_json(),
        "values": dict(result.values),
        "filters": filters(result.selection, result.values),
        "thresholds": [asdict(row) for row in result.thresholds],
        "folds": [
            {**asdict(row), "conditions": conditions(result.selection, row.values)} for row in result.folds
        ],
        "kind": kind,
        "inside": of_inside,
        "provenance": provenance,
    }
    write(path, _FORMAT, content, result.metadata)


def load(path: str | os.PathLike[str]) -> JointResult:
    """Read a result; see :meth:`gradcut.JointResult.load`."""
    where = str(path)
    document = read(path, _FORMAT, "fit", "joint_result")
    content = document["content"]
    kind, schema_name, reader = _KINDS[content["kind"]]
    own = {
        "format": kind,
        "schema_version": SCHEMA_VERSION,
        "content": {**content["inside"], "provenance": content["provenance"]},
        "metadata": document["metadata"],
    }
    of_inside = schema(schema_name)
    # Settings are those of both halves, and were checked as such.
    of_inside["properties"]["content"]["properties"]["provenance"] = {"type": "object"}
    check(own, of_inside, where=f"{where}, inside")
    selection = Selection.from_json(content["selection"])
    values = values_of(content["values"])
    folds = tuple(
        FoldRow(values_of(row["values"]), numbers(row)["used"], row["variant"]) for row in content["folds"]
    )
    for name, given in (("values", values), *((f"fold {i}", row.values) for i, row in enumerate(folds))):
        check_names(given, selection.parameters, f"{where}, {name}")
    check_filters(content, selection, [values, *(dict(row.values) for row in folds)], where)
    inside = reader(own, where)
    if len(folds) != len(inside.folds):
        raise SchemaError(
            "cuts and bins are of different folds",
            given=f"{len(folds)} and {len(inside.folds)}",
            where=f"{where}, folds",
        )
    return JointResult(
        selection=selection,
        values=values,
        thresholds=tuple(ThresholdRow(**numbers(row)) for row in content["thresholds"]),
        folds=folds,
        inside=inside,
    )
