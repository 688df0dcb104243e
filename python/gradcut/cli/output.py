"""What commands print: text for people, one JSON document for machines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

__all__ = ["echo_json", "listed", "plain_of"]


def echo_json(content: Any) -> None:
    """Print one document; infinities are words, which JSON has no numbers for."""
    from gradcut.results.document import without_infinities

    click.echo(json.dumps(without_infinities(content), indent=1, default=str))


def listed(files: Mapping[str, list[Path]]) -> str:
    """Return the files that were written, a line each."""
    return "\n".join(f"  {kind:<10} {path}" for kind, paths in files.items() for path in paths)


def plain_of(path: Path) -> dict[str, Any]:
    """Return a saved result as plain data: format, content, metadata."""
    file = path / "result.json" if path.is_dir() else path
    document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return document
