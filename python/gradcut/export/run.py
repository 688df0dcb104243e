"""From a result to a file of another program."""

from __future__ import annotations

import importlib
import logging
import os
from pathlib import Path
from typing import Any

from gradcut.errors import ExportError
from gradcut.export.formats import Format, format_of
from gradcut.export.kinds import kinds_of
from gradcut.export.notes import Content, Exported

__all__ = ["export", "render"]

_LOGGER = logging.getLogger(__name__)


def export(result: Any, path: str | os.PathLike[str], format: str | None = None, **options: Any) -> Exported:
    """Write a result as a file of another program.

    Parameters
    ----------
    result : any result, :class:`ChosenCuts`, stats.Model or Network
        What is exported; with folds, what all events give.
    path : path
        The file; replaced where it exists.
    format : str, optional
        One of :func:`formats`; default what the name of the file ends like.
    **options
        Options of the format.

    Returns
    -------
    Exported
        With notes about all that was rounded, converted, or means something else there. They are in the file
        where its format has comments, else beside it in ``<path>.notes.txt``; those that matter are logged.

    Raises
    ------
    ExportError
        If the format cannot say what the result says: no cut is dropped or changed without being told.
    """
    target = Path(path)
    how = format_of(format, target.name)
    content, exported = _made(result, how, options, target.name)
    files = {target: exported.text}
    files.update({target.with_name(target.name + end): text for end, text in content.beside.items()})
    if content.comment is None and any(note.kind != "information" for note in exported.notes):
        lines = [f"{how.name}: {target.name}", *map(str, exported.notes)]
        files[target.with_name(f"{target.name}.notes.txt")] = "\n".join(lines) + "\n"
    for file, text in files.items():
        file.write_text(text, encoding="utf-8")
    for note in exported.notes:
        if note.kind != "information":
            _LOGGER.warning("%s: %s", target.name, note)
    return Exported(how.name, exported.text, exported.notes, tuple(files), how.validated_by)


def render(result: Any, format: str, **options: Any) -> Exported:
    """Return what :func:`export` would write, without writing it."""
    return _made(result, format_of(format, ""), options, "")[1]


def _made(result: Any, how: Format, options: dict[str, Any], name: str) -> tuple[Content, Exported]:
    for option in options:
        if option not in how.options:
            raise ExportError(
                f"the format '{how.name}' has no option '{option}'",
                allowed=", ".join(how.options) or "no options",
            )
    kinds = kinds_of(result)
    if not set(kinds) & set(how.takes):
        raise ExportError(
            f"the format '{how.name}' is not one for this",
            given=f"{type(result).__name__} ({', '.join(kinds) or 'nothing that can be exported'})",
            allowed=", ".join(how.takes),
        )
    module = importlib.import_module(f"gradcut.export.{how.module}")
    if how.name in ("cpp", "macro") and name:
        options = {"file_name": name, **options}
    content: Content = module.content(result, **options)
    text = content.text
    if content.comment is not None and content.notes:
        # A text of several lines, such as a label with a line break, must not leave the comment.
        lines = [f"{content.comment} {' '.join(str(note).split())}\n" for note in content.notes]
        text = "".join(lines) + text
    return content, Exported(how.name, text, content.notes, (), how.validated_by)
