"""A result as a JSON file, and back, strictly."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from typing import Any

from gradcut.errors import SchemaError
from gradcut.results.cut_result import CutResult
from gradcut.results.pictures import CutPicture
from gradcut.results.rows import FoldRow, ProcessRow, Scores, ThresholdRow
from gradcut.results.saved_filters import check_filters, conditions, filters
from gradcut.results.schema import check
from gradcut.selection import Selection

__all__ = ["SCHEMA_VERSION", "load", "save", "schema"]

#: Version of the format; a file of another one is refused.
SCHEMA_VERSION = 1
_FORMAT = "gradcut-cut-result"
#: A list of numbers as ``json.dumps`` indents it; no text of JSON holds a line break.
_NUMBERS = re.compile(r'\[\n\s+(?:(?:-?\d[^\s,]*|"-?inf"|"nan"),?\s+)+\]')
_INFINITIES = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}


def schema() -> dict[str, Any]:
    """Return the published JSON Schema of the format."""
    file = resources.files("gradcut.results").joinpath("cut_result.schema.json")
    loaded: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return loaded


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
    }
    document = {
        "format": _FORMAT,
        "schema_version": SCHEMA_VERSION,
        "content": _without_infinities(content),
        "metadata": dict(result.metadata),
    }
    text = _on_one_line(json.dumps(document, indent=1, allow_nan=False))
    target = Path(path)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text + "\n", encoding="utf-8")
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def load(path: str | os.PathLike[str]) -> CutResult:
    """Read a result; see :meth:`gradcut.CutResult.load`."""
    where = str(path)
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"), parse_constant=_refuse)
    except FileNotFoundError as error:
        raise SchemaError("there is no such file", where=where) from error
    except (OSError, ValueError, RecursionError) as error:
        raise SchemaError("this is not JSON, or it is damaged", given=str(error), where=where) from error
    if not isinstance(document, dict) or document.get("format") != _FORMAT:
        raise SchemaError("this is not a result of gradcut.fit_cuts", where=where)
    version = document.get("schema_version")
    if type(version) is not int or version != SCHEMA_VERSION:
        newer = isinstance(version, int) and version > SCHEMA_VERSION
        raise SchemaError(
            "the result has another version",
            given=repr(version),
            allowed=str(SCHEMA_VERSION),
            where=where,
            hint="update gradcut" if newer else "read it with the gradcut that wrote it",
        )
    check(document, schema(), where=where)
    content = document["content"]
    selection = Selection.from_json(content["selection"])
    values = _numbers(content["values"])
    for name, given in (
        ("values", values),
        *((f"fold {i}", f["values"]) for i, f in enumerate(content["folds"])),
    ):
        if set(given) != set(selection.parameters):
            raise SchemaError(
                "the values are not those of the selection",
                given=", ".join(given),
                allowed=", ".join(selection.parameters),
                where=f"{where}, {name}",
            )
    folds = [_numbers(fold["values"]) for fold in content["folds"]]
    check_filters(content, selection, [values, *folds], where)
    return CutResult(
        selection=selection,
        values=values,
        scores=Scores(**_numbers(content["scores"])),
        thresholds=tuple(ThresholdRow(**_numbers(row)) for row in content["thresholds"]),
        processes=tuple(ProcessRow(**_numbers(row)) for row in content["processes"]),
        folds=tuple(
            FoldRow(_numbers(row["values"]), _numbers(row)["used"], row["variant"])
            for row in content["folds"]
        ),
        column_types=content["column_types"],
        status=content["status"],
        message=content["message"],
        warnings=tuple(content["warnings"]),
        history=tuple(_numbers(record) for record in content["history"]),
        pictures=tuple(CutPicture.from_json(_with_infinities(one)) for one in content["pictures"]),
        provenance=content["provenance"],
        metadata=document["metadata"],
    )


def _refuse(constant: str) -> Callable[[], object]:
    raise ValueError(f"{constant} is no number of JSON")


#: Keys whose values are text: a process may be called "inf".
_TEXT = {"name", "cut", "channel", "process", "role", "direction", "variant", "task", "kind", "parameter"}


def _numbers(plain: Mapping[str, Any]) -> dict[str, Any]:
    """Turn the words for infinities back into numbers."""
    return {key: value if key in _TEXT else _with_infinities(value) for key, value in plain.items()}


def _with_infinities(value: Any) -> Any:
    if isinstance(value, dict):
        return _numbers(value)
    if isinstance(value, list):
        return [_with_infinities(item) for item in value]
    return _INFINITIES.get(value, value) if isinstance(value, str) else value


def _on_one_line(text: str) -> str:
    """Write lists of numbers without a line for each."""
    return _NUMBERS.sub(lambda found: " ".join(found.group().split()), text)


def _without_infinities(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: _without_infinities(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_infinities(item) for item in value]
    return value
