"""A configuration carried out: learned, written, continued."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gradcut.config.make_task import Kind, Task
from gradcut.config.reading import Document
from gradcut.config.writing import write_outputs
from gradcut.errors import DataError, DeclarationError
from gradcut.results.any_kind import load_result
from gradcut.results.document import write

__all__ = ["Learned", "folder_of", "learn", "remembered"]

#: Names in the output folder: how it came about, the checkpoint, the result.
RUN, CHECKPOINT, RESULT = "run.json", "checkpoint.npz", "result.json"


@dataclass(frozen=True)
class Learned:
    """What ``gradcut learn`` did.

    Parameters
    ----------
    kind : str
        What was learned.
    result : object
        The result, as the function that learns returns it.
    folder : Path
        Where everything is.
    files : dict of str to list of Path
        What was written, by kind.
    skipped : list of str
        What could not be written, and why.
    """

    kind: Kind
    result: Any
    folder: Path
    files: dict[str, list[Path]] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)

    @property
    def interrupted(self) -> bool:
        """Whether there is something to continue."""
        return bool(self.result.status == "interrupted")


def folder_of(document: Document, given: Path | None) -> Path:
    """Return the output folder: as given, as configured, or the name of the configuration."""
    if given is not None:
        return given
    own = document.analysis.output.folder
    return Path(document.name).parent / (own if own is not None else f"{Path(document.name).stem}-output")


def learn(
    document: Document,
    task: Task,
    folder: Path,
    *,
    again: bool = False,
    resume: bool = False,
    progress: Callable[[Any], object] | None = None,
    doing: Callable[[str], object] = lambda what: None,
) -> Learned:
    """Learn what a configuration asks for, and write it.

    Parameters
    ----------
    document, task : Document and Task
        The configuration, and what was made of it.
    folder : Path
        Where results go; made where it is missing.
    again : bool, default False
        Whether results that are there are replaced.
    resume : bool, default False
        Whether a checkpoint that is there is continued.
    progress : callable, optional
        As for the function that learns.
    doing : callable, optional
        Called with what is being done whenever it takes a while.

    Raises
    ------
    DeclarationError
        If the folder has another fit in it.
    """
    checkpoint = folder / CHECKPOINT
    if not resume:
        _check_free(folder, again)
    _make(folder)
    if again:
        checkpoint.unlink(missing_ok=True)
        (folder / RESULT).unlink(missing_ok=True)
    _remember(document, folder, task)
    doing("reading the files")
    how: dict[str, Any] = {"checkpoint": checkpoint} if task.has_checkpoints else {}
    result = task.run(progress=progress, **how)
    learned = Learned(task.kind, result, folder)
    result.save(folder / RESULT)
    learned.files["result"] = [folder / RESULT]
    if not learned.interrupted:
        write_outputs(document, task, result, folder, learned.files, learned.skipped, doing)
        checkpoint.unlink(missing_ok=True)
    elif checkpoint.exists():
        learned.files["checkpoint"] = [checkpoint]
    return learned


def _check_free(folder: Path, again: bool) -> None:
    if again or not folder.exists():
        return
    if (folder / CHECKPOINT).exists():
        raise DeclarationError(
            "this folder has a fit that was interrupted",
            where=str(folder),
            hint=f"gradcut resume {folder}, or --again to begin anew, or another --output",
        )
    if (folder / RESULT).exists():
        raise DeclarationError(
            "this folder has a result already",
            where=str(folder / RESULT),
            hint=f"gradcut show {folder}, or --again to replace it, or another --output",
        )


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            "the folder for the results cannot be made", given=str(error), where=str(folder), hint="--output"
        ) from error


def _remember(document: Document, folder: Path, task: Task) -> None:
    """Write down which configuration it is, for :func:`remembered`."""
    content = {
        "configuration": str(Path(document.name).resolve()),
        "sha256": hashlib.sha256(document.text.encode()).hexdigest(),
        "kind": task.kind,
        "efficiencies": list(task.settings.get("efficiencies", ())),
    }
    write(folder / RUN, "gradcut-run", content, {})


def remembered(folder: Path) -> dict[str, Any]:
    """Return what :func:`learn` wrote down of a folder.

    Raises
    ------
    DeclarationError
        If it is no folder of ``gradcut learn``, its fit is finished, or its configuration has changed.
    """
    try:
        content = json.loads((folder / RUN).read_text(encoding="utf-8"))["content"]
        configuration, digest = Path(content["configuration"]), content["sha256"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DeclarationError(
            "there is nothing to continue here",
            where=str(folder),
            given=f"no {RUN}, or a damaged one",
            hint="give the output folder of gradcut learn",
        ) from error
    if (folder / RESULT).exists() and load_result(folder).status == "finished":
        raise DeclarationError("this fit is finished", where=str(folder), hint=f"gradcut show {folder}")
    try:
        now = hashlib.sha256(configuration.read_bytes()).hexdigest()
    except OSError as error:
        raise DeclarationError(
            "the configuration of this fit is gone", where=str(configuration), given=str(error)
        ) from error
    if now != digest:
        raise DeclarationError(
            "the configuration has changed since this fit began",
            where=str(configuration),
            hint="undo that, or begin anew: gradcut learn --again",
        )
    return dict(content)
