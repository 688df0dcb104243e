"""The same numbers on two roads: what RDataFrame selects, what numpy selects, and what the fit says."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradcut.demo import needs, with_numpy
from gradcut.demo.counted import Counted, disagreements, significance

if TYPE_CHECKING:
    from gradcut.demo.with_rdataframe import Skim
    from gradcut.results import CutResult

__all__ = ["Checked", "check"]


@dataclass(frozen=True)
class Checked:
    """Yields by both ways.

    Parameters
    ----------
    numpy, rdataframe : Counted
        Sums before and after the cuts; the second is None without ROOT.
    skims : dict of str to Skim
        Per process the file of the events that pass.
    significances : dict of str to float
        Of the yields of ``"rdataframe"``, ``"numpy"`` and ``"fit"``, and ``"without_cuts"``.
    disagreements : list of str
        What the ways do not agree about; empty when all is well.
    """

    numpy: Counted
    rdataframe: Counted | None
    skims: dict[str, Skim]
    significances: dict[str, float]
    disagreements: list[str]

    def to_json(self) -> dict[str, Any]:
        """Return all numbers as plain data."""
        return {
            "yields": {
                "numpy": self.numpy.to_json(),
                "rdataframe": None if self.rdataframe is None else self.rdataframe.to_json(),
            },
            "skims": {
                process: {"path": str(skim.path), "entries": skim.entries}
                for process, skim in self.skims.items()
            },
            "significances": self.significances,
            "disagreements": self.disagreements,
        }


def check(fit: CutResult, folder: Path, *, with_root: bool) -> Checked:
    """Count on every road that there is, and compare.

    Parameters
    ----------
    fit : CutResult
        The cuts.
    folder : Path
        Where skims go.
    with_root : bool
        Whether RDataFrame is there.
    """
    events = with_numpy.read(uproot=needs.has_uproot())
    numpy = with_numpy.count(events, fit)
    significances = {
        "without_cuts": significance(with_numpy.count(events, None)),
        "fit": fit.scores.used,
        "numpy": significance(numpy),
    }
    rdataframe: Counted | None = None
    skims: dict[str, Skim] = {}
    wrong: list[str] = []
    if with_root:
        from gradcut.demo.with_rdataframe import count_and_skim

        rdataframe, skims = count_and_skim(fit, folder)
        significances["rdataframe"] = significance(rdataframe)
        wrong += disagreements(numpy, rdataframe)
    for process, skim in skims.items():
        if skim.entries != numpy.after[process, "nominal"].entries:
            wrong.append(f"{process} in {skim.path}")
    for way in ("numpy", "rdataframe"):
        if way in significances and not math.isclose(significances[way], fit.scores.used, rel_tol=1e-9):
            wrong.append(f"Z by {way}")
    return Checked(numpy, rdataframe, skims, significances, wrong)
