"""The demonstration, from the declaration to the check of its own numbers."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradcut.demo import needs, search, text
from gradcut.demo.check import Checked, check
from gradcut.demo.pictures import Drawing
from gradcut.errors import DataError
from gradcut.fitting import fit_cuts

if TYPE_CHECKING:
    from gradcut.fitting import Progress
    from gradcut.results import CutResult
    from gradcut.results.cutflow import Cutflow

__all__ = ["Demonstration", "demonstrate"]

#: Takes the title of a section (empty for none) and its text.
Show = Callable[[str, str], object]


@dataclass(frozen=True)
class Demonstration:
    """All that was found.

    Parameters
    ----------
    fit : CutResult
        The learned cuts.
    cutflow : Cutflow
        What is left after every cut.
    checked : Checked
        Yields by RDataFrame and by numpy, the significances that they give, and whether they agree.
    files : dict of str to list of Path
        What was written beside the skims: ``"cuts"``, ``"numbers"`` (:meth:`to_json`), ``"pictures"``.
    skipped : list of str
        What was left out, and what to install for it.
    """

    fit: CutResult
    cutflow: Cutflow
    checked: Checked
    files: dict[str, list[Path]]
    skipped: list[str]

    def to_json(self) -> dict[str, Any]:
        """Return all numbers as plain data."""
        return {
            "status": self.fit.status,
            "message": self.fit.message,
            "cuts": {name: v if math.isfinite(v) else str(v) for name, v in self.fit.values.items()},
            "scores": asdict(self.fit.scores),
            "filters": [{"name": name, "code": code} for code, name in self.fit.filters],
            "cutflow": self.cutflow.to_json(),
            **self.checked.to_json(),
            "files": {kind: [str(path) for path in paths] for kind, paths in self.files.items()},
            "skipped": self.skipped,
        }


def demonstrate(
    folder: Path,
    *,
    seed: int = 0,
    show: Show = lambda title, body: None,
    doing: Callable[[str], object] = lambda what: None,
    progress: Callable[[Progress], object] | None = None,
) -> Demonstration:
    """Learn cuts of the sample that ships with the package, apply them, and check the numbers.

    Parameters
    ----------
    folder : Path
        Where cuts, pictures and skims go; made where it is missing.
    seed : int, default 0
        Of the fit: its folds and its random starts.
    show : callable, optional
        Called with the title and the text of every section as soon as it is there.
    doing : callable, optional
        Called with what is being done whenever it takes a while.
    progress : callable, optional
        As for :func:`gradcut.fit_cuts`.

    Returns
    -------
    Demonstration
        All numbers. Ctrl-C during the fit gives those of the best cuts so far.

    Raises
    ------
    GradcutError
        If nothing here reads ROOT files, the folder cannot be made, or the pictures cannot be drawn.
    """
    no_root, no_pictures = needs.why_no_root(), needs.why_no_pictures()
    skipped = [] if no_root is None else [f"filters in RDataFrame, and skims: {no_root}"]
    skipped += [] if no_pictures is None else [f"pictures: {no_pictures}"]
    _make(folder)
    show("", text.opening(folder))
    files: dict[str, list[Path]] = {name: [folder / f"{name}.json"] for name in ("cuts", "numbers")}

    doing("reading the files")
    declared = search.samples()
    fit = fit_cuts(
        search.selection(), declared, objective=search.objective(), folds=2, seed=seed, progress=progress
    )
    fit.save(files["cuts"][0])
    drawing = Drawing(files["cuts"][0], folder / "pictures") if no_pictures is None else None
    show(
        "Learned cuts" if fit.status == "finished" else "Learned cuts, INTERRUPTED: the best so far", str(fit)
    )

    doing("counting the cutflow")
    cutflow = fit.cutflow(declared)
    show("Cutflow, and what ROOT reports" if no_root is None else "Cutflow", str(cutflow))
    show("The cuts as filters", text.filters(fit))

    doing("applying the cuts")
    checked = check(fit, folder / "skims", with_root=no_root is None)
    title = "Yields in every variation" + (", by RDataFrame and by numpy" if checked.rdataframe else "")
    body = text.yields(checked.numpy, checked.rdataframe)
    show(title, f"{body}\n\n{text.verdict(checked, fit)}")

    doing("waiting for the pictures")
    files["pictures"] = drawing.finish() if drawing is not None else []
    found = Demonstration(fit, cutflow, checked, files, skipped)
    files["numbers"][0].write_text(json.dumps(found.to_json(), indent=1) + "\n", encoding="utf-8")
    show("Written", text.written(found))
    show("What to do next", text.next_steps(files["cuts"][0]))
    return found


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            "the folder for the results cannot be made",
            given=str(error),
            where=str(folder),
            hint="name another one: --output",
        ) from error
