"""The demonstration, from the declaration to the check of its own numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradcut.demo import needs, search, text, with_numpy
from gradcut.demo.counted import disagreements, significance
from gradcut.demo.pictures import Drawing

if TYPE_CHECKING:
    from gradcut.demo.counted import Counted
    from gradcut.demo.with_rdataframe import Skim
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
    numpy, rdataframe : Counted
        Sums after the cuts by both ways; the second is None without ROOT.
    significances : dict of str to float
        Of the yields of ``"numpy"``, ``"rdataframe"`` and ``"fit"``, and ``"without_cuts"``.
    disagreements : list of str
        What the ways do not agree about; empty when all is well.
    files : dict of str to list of Path
        What was written beside the skims: ``"cuts"``, ``"pictures"``.
    skims : dict of str to Skim
        Per process the file of the events that pass.
    skipped : list of str
        What was left out, and what to install for it.
    """

    fit: CutResult
    cutflow: Cutflow
    numpy: Counted
    rdataframe: Counted | None
    significances: dict[str, float]
    disagreements: list[str]
    files: dict[str, list[Path]]
    skims: dict[str, Skim]
    skipped: list[str]

    def to_json(self) -> dict[str, Any]:
        """Return all numbers as plain data."""
        plain: dict[str, Any] = {
            "status": self.fit.status,
            "message": self.fit.message,
            "cuts": {name: v if math.isfinite(v) else str(v) for name, v in self.fit.values.items()},
            "scores": asdict(self.fit.scores),
            "filters": [{"name": name, "code": code} for code, name in self.fit.filters],
            "cutflow": self.cutflow.to_json(),
            "significances": self.significances,
            "yields": {
                "numpy": self.numpy.to_json(),
                "rdataframe": None if self.rdataframe is None else self.rdataframe.to_json(),
            },
            "disagreements": self.disagreements,
            "files": {kind: [str(path) for path in paths] for kind, paths in self.files.items()},
            "skims": {
                process: {"path": str(skim.path), "entries": skim.entries}
                for process, skim in self.skims.items()
            },
            "skipped": self.skipped,
        }
        return plain


def demonstrate(
    folder: Path,
    *,
    seed: int = 0,
    show: Show = lambda title, body: None,
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
    progress : callable, optional
        As for :func:`gradcut.fit_cuts`.

    Returns
    -------
    Demonstration
        All numbers. Ctrl-C during the fit gives those of the best cuts so far.

    Raises
    ------
    GradcutError
        If torch is missing, or everything that reads ROOT files.
    """
    needs.check_torch()
    no_root = needs.why_no_root()
    skipped = [] if no_root is None else [f"filters in RDataFrame, and skims: {no_root}"]
    show("", text.opening(folder))
    folder.mkdir(parents=True, exist_ok=True)

    import gradcut as gc

    declared = search.samples()
    fit = gc.fit_cuts(
        search.selection(),
        declared,
        objective=search.objective(),
        folds=2,
        seed=seed,
        progress=progress,
    )
    files: dict[str, list[Path]] = {"cuts": [folder / "cuts.json"], "pictures": []}
    fit.save(files["cuts"][0])
    drawing = None
    if needs.has_matplotlib():
        drawing = Drawing(files["cuts"][0], folder / "pictures")
    else:
        skipped.append("pictures: matplotlib is not installed (pip install 'gradcut[plot]')")
    show(
        "Learned cuts" if fit.status == "finished" else "Learned cuts, INTERRUPTED: the best so far", str(fit)
    )

    cutflow = fit.cutflow(declared)
    show("Cutflow, and what ROOT reports" if no_root is None else "Cutflow", str(cutflow))
    show("The cuts as filters", text.filters(fit))
    events = with_numpy.read(uproot=needs.has_uproot())
    numpy = with_numpy.count(events, fit)
    significances = {
        "without_cuts": significance(with_numpy.count(events, None)),
        "fit": fit.scores.used,
        "numpy": significance(numpy),
    }
    rdataframe: Counted | None = None
    skims: dict[str, Skim] = {}
    if no_root is None:
        from gradcut.demo.with_rdataframe import count_and_skim

        rdataframe, skims = count_and_skim(fit, folder / "skims")
        significances["rdataframe"] = significance(rdataframe)
    wrong = [] if rdataframe is None else disagreements(numpy, rdataframe)
    wrong += [
        f"{process} in {skim.path}"
        for process, skim in skims.items()
        if skim.entries != numpy.after[process, "nominal"].entries
    ]
    wrong += [f"Z of {name}" for name in ("numpy", "rdataframe") if not _agrees(significances, name)]
    title = "Yields in every variation" + ("" if rdataframe is None else ", by RDataFrame and by numpy")
    show(title, text.yields(numpy, rdataframe) + "\n\n" + text.verdict(significances, fit, wrong))
    if drawing is not None:
        files["pictures"] = drawing.finish()
    found = Demonstration(fit, cutflow, numpy, rdataframe, significances, wrong, files, skims, skipped)
    show("Written", text.written(found))
    show("What to do next", text.next_steps(files["cuts"][0]))
    return found


def _agrees(significances: dict[str, float], name: str) -> bool:
    return name not in significances or math.isclose(significances[name], significances["fit"], rel_tol=1e-9)
