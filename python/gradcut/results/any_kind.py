"""Saved results of any kind."""

from __future__ import annotations

import importlib
import json
import os
from pathlib import Path
from typing import Any

from gradcut.errors import SchemaError

__all__ = ["load_result"]

#: Format of a file -> module and class that read it.
_READERS = {
    "gradcut-cut-result": ("results", "CutResult"),
    "gradcut-scan-result": ("results", "ScanResult"),
    "gradcut-binning-result": ("results", "BinningResult"),
    "gradcut-observable-result": ("results", "ObservableResult"),
    "gradcut-joint-result": ("results", "JointResult"),
    "gradcut-flat-point": ("flat", "FlatPoint"),
    "gradcut-menu": ("triggers.menu", "Menu"),
    "gradcut-network": ("networks", "Network"),
}


def load_result(path: str | os.PathLike[str]) -> Any:
    """Read a saved result, whatever its kind.

    Parameters
    ----------
    path : path
        What ``result.save`` wrote, or a folder of ``gradcut learn``.

    Returns
    -------
    CutResult, ScanResult, BinningResult, ObservableResult, JointResult, FlatPoint, Menu or Network
        As the file says.

    Raises
    ------
    SchemaError
        If it is missing, damaged, foreign or of another version.
    """
    file = Path(path)
    if file.is_dir():
        file = file / "result.json"
    where = str(file)
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SchemaError("there is no such file", where=where) from error
    except (OSError, ValueError, RecursionError) as error:
        raise SchemaError("this is not JSON, or it is damaged", given=str(error), where=where) from error
    kind = document.get("format") if isinstance(document, dict) else None
    if not isinstance(kind, str) or kind not in _READERS:
        raise SchemaError(
            "this is not a result of gradcut",
            given=f"format {kind!r}" if kind is not None else "no 'format'",
            allowed=", ".join(_READERS),
            where=where,
        )
    module, name = _READERS[kind]
    return getattr(importlib.import_module(f"gradcut.{module}"), name).load(file)
