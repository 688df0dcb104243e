"""The result of a scan as a JSON file, and back, strictly."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict
from itertools import pairwise
from typing import Any

from gradcut.errors import SchemaError
from gradcut.results.certificate import Certificate
from gradcut.results.document import check_names, numbers, read, values_of, write
from gradcut.results.rows import FoldRow
from gradcut.results.scan_result import Efficiency, ScanResult, WorkingPoint
from gradcut.selection import Selection

__all__ = ["load", "save"]

_FORMAT = "gradcut-scan-result"


def save(result: ScanResult, path: str | os.PathLike[str]) -> None:
    """Write a scan; see :meth:`gradcut.ScanResult.save`."""
    content = {
        "selection": result.selection.to_json(),
        "points": [
            {
                "target": point.target,
                "values": dict(point.values),
                "used": asdict(point.used),
                "unused": None if point.unused is None else asdict(point.unused),
                "folds": [asdict(row) for row in point.folds],
                "certificate": None if point.certificate is None else asdict(point.certificate),
            }
            for point in result.points
        ],
        "status": result.status,
        "warnings": list(result.warnings),
        "provenance": dict(result.provenance),
    }
    write(path, _FORMAT, content, result.metadata)


def load(path: str | os.PathLike[str]) -> ScanResult:
    """Read a scan; see :meth:`gradcut.ScanResult.load`."""
    document = read(path, _FORMAT, "scan_cuts", "scan_result")
    content = document["content"]
    selection = Selection.from_json(content["selection"])
    _check_points(content, str(path))
    points = []
    for row in content["points"]:
        for given in (row["values"], *(fold["values"] for fold in row["folds"])):
            check_names(given, selection.parameters, f"{path}, working point {row['target']!r}")
        certificate = row["certificate"] or {"loosened": None, "tightened": None}
        for name in (certificate["loosened"], certificate["tightened"]):
            if name is not None and name not in selection.parameters:
                raise SchemaError(
                    "a certificate is of a parameter that the selection does not have",
                    given=repr(name),
                    allowed=", ".join(selection.parameters),
                    where=f"{path}, working point {row['target']!r}",
                )
        points.append(_point(row, selection, content["provenance"]))
    return ScanResult(
        selection=selection,
        points=tuple(points),
        status=content["status"],
        warnings=tuple(content["warnings"]),
        provenance=content["provenance"],
        metadata=document["metadata"],
    )


def _check_points(content: Mapping[str, Any], where: str) -> None:
    targets = [row["target"] for row in content["points"]]
    if not targets or any(one >= other for one, other in pairwise(targets)):
        raise SchemaError(
            "the working points do not rise",
            given=", ".join(map(repr, targets)) or "none",
            allowed="at least one, by rising efficiency",
            where=where,
        )
    partition = content["provenance"]["settings"]["partition"]
    allowed = {0, partition["k"]} if partition["kind"] == "folds" else {0}
    counts = {len(row["folds"]) for row in content["points"]}
    if len(counts) > 1 or not counts <= allowed:
        raise SchemaError(
            "the folds of the working points are not those of the settings",
            given=", ".join(map(str, sorted(counts))),
            allowed=" or ".join(map(str, sorted(allowed))),
            where=where,
        )


def _point(row: Mapping[str, Any], selection: Selection, provenance: Mapping[str, Any]) -> WorkingPoint:
    unused, certificate = row["unused"], row["certificate"]
    return WorkingPoint(
        selection=selection,
        target=row["target"],
        values=values_of(row["values"]),
        used=Efficiency(**numbers(row["used"])),
        unused=None if unused is None else Efficiency(**numbers(unused)),
        folds=tuple(
            FoldRow(values_of(fold["values"]), numbers(fold)["used"], fold["variant"])
            for fold in row["folds"]
        ),
        certificate=None if certificate is None else Certificate(**certificate),
        provenance=provenance,
    )
