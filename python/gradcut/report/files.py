"""Pictures as files: formats, labels, and what draws."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradcut.errors import DeclarationError, close_matches

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FORMATS", "check_formats", "check_labels", "write"]

#: Kinds of files, by their suffix.
FORMATS = ("png", "pdf", "svg")


def check_formats(formats: Iterable[str]) -> list[str]:
    """Return the kinds of files that are wanted."""
    kinds = [formats] if isinstance(formats, str) else list(formats)
    for kind in kinds:
        if kind not in FORMATS:
            raise DeclarationError("unknown format", given=repr(kind), allowed=", ".join(FORMATS))
    return kinds


def check_labels(known: Sequence[str], labels: Mapping[str, str] | None) -> None:
    """Check that there is a cut for every label."""
    for name in labels or {}:
        if name not in known:
            raise DeclarationError(f"a label for no cut: '{name}'", hint=close_matches(name, known))


def write(draw: Callable[[], Figure], path: str | os.PathLike[str]) -> Path:
    """Draw a figure and write it; the suffix of the path says what kind of file it is."""
    target = Path(path)
    if target.suffix.removeprefix(".") not in FORMATS:
        raise DeclarationError(
            "the suffix says what kind of picture it is",
            given=target.name,
            allowed=", ".join(f".{kind}" for kind in FORMATS),
        )
    _require()
    from gradcut.report.style import styled

    with styled():
        figure = draw()
        # A date in the file would make equal pictures different.
        dates: dict[str, dict[str, Any]] = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}
        kind = target.suffix.removeprefix(".")
        figure.savefig(target, metadata=dates.get(kind))
    return target


def _require() -> None:
    """Check that what draws is installed."""
    try:
        import matplotlib
        import mplhep
    except ImportError as error:
        raise DeclarationError(
            "pictures need matplotlib and mplhep",
            given=str(error),
            hint="python3 -m pip install 'gradcut[plot]'",
        ) from error
    del matplotlib, mplhep
