"""The result of a fit as a JSON file, and back, strictly."""

from __future__ import annotations

import os
from dataclasses import asdict

from gradcut.regions.json_form import selection_from_json
from gradcut.results.cut_result import CutResult
from gradcut.results.document import check_names, numbers, read, values_of, with_infinities, write
from gradcut.results.pictures import CutPicture
from gradcut.results.revisions import Revision
from gradcut.results.rows import FoldRow, ProcessRow, Scores, ThresholdRow
from gradcut.results.saved_filters import check_filters, conditions, filters

__all__ = ["load", "save"]

_FORMAT = "gradcut-cut-result"


def save(result: CutResult, path: str | os.PathLike[str]) -> None:
    """Write a result; see :meth:`gradcut.CutResult.save`."""
    content = {
        "selection": result.selection.to_json(),
        "values": dict(result.values),
        "filters": filters(result.selection, result.values),
        "scores": asdict(result.scores),
        "thresholds": [asdict(row) for row in result.thresholds],
        "processes": [asdict(row) for row in result.processes],
        "folds": [
            {**asdict(row), "conditions": conditions(result.selection, row.values)} for row in result.folds
        ],
        "column_types": dict(result.column_types),
        "status": result.status,
        "message": result.message,
        "warnings": list(result.warnings),
        "history": [dict(record) for record in result.history],
        "pictures": [asdict(picture) for picture in result.pictures],
        "provenance": dict(result.provenance),
        "revisions": [asdict(revision) for revision in result.revisions],
    }
    write(path, _FORMAT, content, result.metadata)


def load(path: str | os.PathLike[str]) -> CutResult:
    """Read a result; see :meth:`gradcut.CutResult.load`."""
    where = str(path)
    document = read(path, _FORMAT, "fit_cuts", "cut_result")
    content = document["content"]
    selection = selection_from_json(content["selection"])
    values = values_of(content["values"])
    for name, given in (
        ("values", values),
        *((f"fold {i}", f["values"]) for i, f in enumerate(content["folds"])),
    ):
        check_names(given, selection.parameters, f"{where}, {name}")
    folds = [values_of(fold["values"]) for fold in content["folds"]]
    check_filters(content, selection, [values, *folds], where)
    return CutResult(
        selection=selection,
        values=values,
        scores=Scores(**numbers(content["scores"])),
        thresholds=tuple(ThresholdRow(**numbers(row)) for row in content["thresholds"]),
        processes=tuple(ProcessRow(**numbers(row)) for row in content["processes"]),
        folds=tuple(
            FoldRow(values_of(row["values"]), numbers(row)["used"], row["variant"])
            for row in content["folds"]
        ),
        column_types=content["column_types"],
        status=content["status"],
        message=content["message"],
        warnings=tuple(content["warnings"]),
        history=tuple(numbers(record) for record in content["history"]),
        pictures=tuple(CutPicture.from_json(with_infinities(one)) for one in content["pictures"]),
        provenance=content["provenance"],
        metadata=document["metadata"],
        revisions=tuple(Revision.from_json(one) for one in content.get("revisions", ())),
    )
