"""What an export says besides the text: what was rounded, converted, or could not be said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

__all__ = ["Content", "Exported", "Note", "NoteKind"]

#: ``rounded``: another number; ``converted``: another unit or level; ``convention``: another meaning at the
#: threshold itself, or of missing values; ``missing``: a cut that is not in the file; ``information``: what
#: changes nothing.
NoteKind = Literal["rounded", "converted", "convention", "missing", "information"]


@dataclass(frozen=True)
class Note:
    """One thing to know about an exported file.

    Parameters
    ----------
    kind : {"rounded", "converted", "convention", "missing", "information"}
        What happened.
    text : str
        To what, and how.
    """

    kind: NoteKind
    text: str

    def __str__(self) -> str:
        return self.text if self.kind == "information" else f"{self.kind}: {self.text}"


@dataclass(frozen=True)
class Content:
    """What an exporter makes.

    Parameters
    ----------
    text : str
        The file, without its notes.
    notes : tuple of Note
        What to know.
    comment : str or None
        What begins a comment of the format; None where it has none.
    beside : dict of str to str
        Further files: what is appended to the name of the first, and their text.
    """

    text: str
    notes: tuple[Note, ...] = ()
    comment: str | None = None
    beside: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Exported:
    """What has been written; ``print`` shows the files and the notes.

    Parameters
    ----------
    format : str
        The format.
    text : str
        The first file, notes included where the format has comments.
    notes : tuple of Note
        What was rounded, converted, or is missing.
    paths : tuple of Path
        The files; none where nothing was written.
    validated_by : str or None
        The program that reads such files in the tests of gradcut; None where only a checker of its own does.
    """

    format: str
    text: str
    notes: tuple[Note, ...]
    paths: tuple[Path, ...]
    validated_by: str | None

    def __str__(self) -> str:
        lines = [f"wrote {path}" for path in self.paths] or [self.text.rstrip("\n")]
        return "\n".join([*lines, *(f"  {note}" for note in self.notes)])
