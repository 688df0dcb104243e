"""Pictures of a result of any kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gradcut.errors import DeclarationError
from gradcut.extras import need

__all__ = ["pictures"]


def pictures(result: Any, folder: Path, formats: list[str], labels: dict[str, str]) -> list[Path]:
    """Draw a result of any kind that has pictures.

    Raises
    ------
    DeclarationError
        If it has none.
    GradcutError
        If what draws them is not installed.
    """
    from gradcut.results import BinningResult

    if not hasattr(result, "plot"):
        hint = "gradcut plot of the cuts and of the bins, learned one after the other"
        raise DeclarationError(
            "there are no pictures of this kind of result", given=type(result).__name__, hint=hint
        )
    for package in ("matplotlib", "mplhep"):
        need(package, "drawing pictures")
    own = {} if isinstance(result, BinningResult) else {"labels": labels}
    return list(result.plot(folder, formats=formats, **own))
