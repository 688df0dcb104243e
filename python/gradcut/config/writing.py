"""What is written beside a result: cutflow, pictures, exports."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gradcut.config.make_task import Task
from gradcut.config.pictures import pictures
from gradcut.config.reading import Document
from gradcut.errors import GradcutError
from gradcut.results.document import without_infinities

__all__ = ["write_outputs"]


def write_outputs(
    document: Document,
    task: Task,
    result: Any,
    folder: Path,
    files: dict[str, list[Path]],
    skipped: list[str],
    doing: Callable[[str], object],
) -> None:
    """Write what the configuration asks for; what fails is named in ``skipped``, the result stays.

    Parameters
    ----------
    document, task : Document and Task
        The configuration, and what was made of it.
    result : object
        What was learned.
    folder : Path
        Where it goes.
    files, skipped : dict and list
        Take what was written, and what was not with the reason.
    doing : callable
        Called with what is being done.
    """
    wanted = document.analysis.output
    if wanted.cutflow and task.kind in ("cuts", "joint"):
        doing("counting the cutflow")
        cuts = result.cuts if task.kind == "joint" else result
        reader = task.settings.get("reader", "auto")
        regions = getattr(cuts.selection, "selections", None)
        parts = (
            {"cutflow": cuts}
            if regions is None
            else {f"cutflow_{name}": cuts.region(name) for name in regions}
        )
        for name, part in parts.items():
            with _skipping(skipped, name):
                flow = part.cutflow(task.samples, reader=reader)
                text, plain = folder / f"{name}.txt", folder / f"{name}.json"
                text.write_text(f"{flow}\n", encoding="utf-8")
                plain.write_text(
                    json.dumps(without_infinities(flow.to_json()), indent=1) + "\n", encoding="utf-8"
                )
                files.setdefault("cutflow", []).extend((text, plain))
    if wanted.plots:
        doing("drawing pictures")
        with _skipping(skipped, "pictures"):
            files["pictures"] = pictures(
                result, folder / "pictures", list(wanted.plot_formats), dict(wanted.labels)
            )
    for number, export in enumerate(wanted.exports):
        doing(f"writing {export.file}")
        with _skipping(skipped, f"{document.name}, output.exports[{number}]"):
            from gradcut.export import export as write

            target = folder / export.file
            target.parent.mkdir(parents=True, exist_ok=True)
            made = write(result, target, export.format, **export.options)
            files.setdefault("exports", []).extend(made.paths)


class _skipping:  # noqa: N801  (used like contextlib.suppress)
    """Notes an error that is raised inside; one output less is no reason to lose the others."""

    def __init__(self, skipped: list[str], what: str) -> None:
        self._skipped, self._what = skipped, what

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> bool:
        if isinstance(error, (GradcutError, OSError)):
            self._skipped.append(f"{self._what}: {error}")
            return True
        return False
