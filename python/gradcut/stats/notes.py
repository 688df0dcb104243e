"""What was done to templates, and what is suspicious about them."""

from __future__ import annotations

from typing import Literal, NamedTuple

__all__ = ["NoteKind", "TemplateNote"]

NoteKind = Literal[
    "pruned", "pruned shape", "pruned normalisation", "mirrored", "same side", "up = down", "floored"
]
_WARNINGS = ("same side", "up = down", "floored")


class TemplateNote(NamedTuple):
    """One thing that is worth knowing about a template.

    Parameters
    ----------
    kind : str
        ``"pruned"`` (left out), ``"pruned shape"`` or ``"pruned normalisation"`` (that part left out),
        ``"mirrored"`` (one side given, the other made of it), ``"same side"`` (up and down both above or both
        below nominal), ``"up = down"`` (equal to each other, not to nominal) or ``"floored"`` (raised to the
        least yield).
    nuisance, channel, process : str
        Where; empty where it concerns all of them.
    detail : str
        How much.
    """

    kind: NoteKind
    nuisance: str
    channel: str
    process: str
    detail: str

    @property
    def is_warning(self) -> bool:
        """Whether it speaks against the template, rather than of what was asked for."""
        return self.kind in _WARNINGS

    def __str__(self) -> str:
        where = [
            f"{what} '{name}'"
            for what, name in (
                ("variation", self.nuisance),
                ("channel", self.channel),
                ("process", self.process),
            )
            if name
        ]
        return f"{self.kind}: {', '.join(where)}: {self.detail}"
