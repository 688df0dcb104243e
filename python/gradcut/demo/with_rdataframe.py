"""The cuts as filters of RDataFrame: counts and yields with ``Vary``, and skims, one event loop per file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gradcut.demo.counted import Counted, Sums
from gradcut.demo.search import FILES, VARIATIONS, sample_folder

if TYPE_CHECKING:
    from gradcut.results import CutResult

__all__ = ["Skim", "count_and_skim"]

#: What is added up: a column of ones counts, so that all results are of one type.
_SUMMED = ("one", "w", "w2")


class Skim(NamedTuple):
    """A file with the events that passed, and how many it has."""

    path: Path
    entries: int


def count_and_skim(fit: CutResult, folder: Path) -> tuple[Counted, dict[str, Skim]]:
    """Apply the cuts to every file.

    Parameters
    ----------
    fit : CutResult
        The cuts.
    folder : Path
        Where the skims go: the nominal events that pass, all columns.

    Returns
    -------
    Counted, dict of str to Skim
        Sums of every process and variation, and the skims.
    """
    from gradcut.rdf import load

    root = load()
    folder.mkdir(parents=True, exist_ok=True)
    options = root.RDF.RSnapshotOptions()
    options.fLazy = True
    booked, before, after, skims = {}, {}, {}, {}
    for process, file in FILES.items():
        frame = root.RDataFrame("events", str(sample_folder() / file))
        preselected = _varied(frame).Filter("presel == 1", "preselection")
        weighted = preselected.Define("one", "1.").Define("w", "double(weight)").Define("w2", "w * w")
        selected = fit.apply(weighted)
        sums = [root.RDF.Experimental.VariationsFor(selected.Sum(name)) for name in _SUMMED]
        skim = fit.apply(frame.Filter("presel == 1", "preselection"))
        path = folder / f"{process}.root"
        written = skim.Snapshot("events", str(path), "", options)
        booked[process] = [weighted.Sum(name) for name in _SUMMED], sums, written, path
    for process, (all_events, sums, _, path) in booked.items():
        for variation in VARIATIONS:
            # A count does not change with a weight, so that variation is not among its own.
            known = {str(name) for name in sums[0].GetKeys()}
            entries = sums[0][variation if variation in known else "nominal"]
            after[process, variation] = Sums(round(entries), sums[1][variation], sums[2][variation])
        total = [result.GetValue() for result in all_events]
        before[process] = Sums(round(total[0]), total[1], total[2])
        # The event loop of the sums has written the snapshot, too.
        with root.TFile.Open(str(path)) as saved:
            skims[process] = Skim(path, int(saved.Get("events").GetEntries()))
    return Counted(before, after), skims


def _varied(frame: Any) -> Any:
    """Tell RDataFrame of the variations, as a user of it does."""
    known = sorted(str(name) for name in frame.GetColumnNames())
    node = frame
    for name in ("JES", "SOFT"):
        varied = [c for c in known if f"{c}_{name}_up" in known and c != "presel"]
        pairs = ", ".join(f"{{{c}_{name}_up, {c}_{name}_down}}" for c in varied)
        node = node.Vary(varied, f"ROOT::RVec<ROOT::RVecF>{{{pairs}}}", ["up", "down"], name)
        flags = f"ROOT::RVecI{{presel_{name}_up, presel_{name}_down}}"
        node = node.Vary("presel", flags, ["up", "down"], name)
    weights = "ROOT::RVecF{weight_LEPSF_up, weight_LEPSF_down}"
    return node.Vary("weight", weights, ["up", "down"], "LEPSF")
