"""The words and tables of the demonstration."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from gradcut.demo.search import BACKGROUND_UNCERTAINTY
from gradcut.tables import table

if TYPE_CHECKING:
    from gradcut.demo.check import Checked
    from gradcut.demo.counted import Counted
    from gradcut.demo.run import Demonstration
    from gradcut.results import CutResult

__all__ = ["WIDTH", "filters", "next_steps", "opening", "verdict", "written", "yields"]

#: Columns of the terminal that the output fits.
WIDTH = 100


def wrapped(text: str) -> str:
    """Fill lines."""
    return textwrap.fill(" ".join(text.split()), WIDTH)


def opening(folder: Path) -> str:
    """Say what will happen."""
    return wrapped(
        f"""A search for sleptons (180 GeV, decaying to a lepton and a neutralino of 160 GeV) in 140/fb of
        proton collisions at 13 TeV, against WW and top pairs: simulated events that ship with gradcut. Seven
        cuts are left open. They are learned by following the gradient of the discovery significance, with
        {BACKGROUND_UNCERTAINTY:.0%} background uncertainty, MC statistics, cross-section uncertainties and
        three detector variations in it; each half of the events is judged by cuts that the other half
        learned. Then the cuts go back to RDataFrame as filters, and every number is counted twice: by
        RDataFrame and by numpy. Files go to {folder}/."""
    )


def filters(fit: CutResult) -> str:
    """List what RDataFrame gets."""
    lines = [f"node = node.Filter({_quoted(code)}, {_quoted(name)})" for code, name in fit.filters]
    return "\n".join(lines)


def _quoted(text: str) -> str:
    return f'"{text}"'


def yields(numpy: Counted, root: Counted | None) -> str:
    """Show entries and yields of every process and variation, by both ways."""
    head = ["process", "variation", "shift", "entries", "yield"]
    if root is not None:
        head = [*head[:3], "entries, RDataFrame", "numpy", "yield, RDataFrame", "numpy"]
    rows = []
    for (process, variation), sums in numpy.after.items():
        nominal = numpy.after[process, "nominal"]
        both = [sums] if root is None else [root.after[process, variation], sums]
        shift = f"{sums.sum_w / nominal.sum_w - 1:+.2%}" if nominal.sum_w else "-"
        is_nominal = variation == "nominal"
        rows.append(
            [
                process if is_nominal else "",
                variation,
                "" if is_nominal else shift,
                *(str(one.entries) for one in both),
                *(f"{one.sum_w:.6f}" for one in both),
            ]
        )
    return "\n".join(table(head, rows, left=2))


def verdict(checked: Checked, fit: CutResult) -> str:
    """Say what the significances are and whether all numbers agree."""
    z, wrong = checked.significances, checked.disagreements
    ways = [f"{z[key]:.9f} {name}" for key, name in _WAYS.items() if key in z]
    unused = "" if fit.scores.unused is None else f"; on events that chose nothing {fit.scores.unused:.4f}"
    lines = [
        f"Z with these yields: {', '.join(ways)}",
        f"Z without cuts {z['without_cuts']:.4f}, with the learned cuts {z['fit']:.4f}{unused}",
    ]
    if wrong:
        lines.append(f"THESE DO NOT AGREE: {', '.join(wrong)}")
    elif "rdataframe" in z:
        lines.append("All agree: entries exactly, sums of weights and Z to nine digits.")
    return "\n".join(lines)


_WAYS = {"rdataframe": "by RDataFrame", "numpy": "by numpy", "fit": "by the fit"}


def written(found: Demonstration) -> str:
    """List the files and what was left out."""
    lines = [f"cuts      {path}" for path in found.files["cuts"]]
    lines += [f"numbers   {path}" for path in found.files["numbers"]]
    pictures = found.files["pictures"]
    if pictures:
        lines.append(f"pictures  {pictures[0]} and {len(pictures) - 1} more in {pictures[0].parent}/")
    for skim in found.checked.skims.values():
        lines.append(f"skim      {skim.path}: {skim.entries} events")
    lines += [
        textwrap.fill(f"left out: {what}", WIDTH, subsequent_indent="          ") for what in found.skipped
    ]
    return "\n".join(lines)


def next_steps(path: Path) -> str:
    """Say what to do with the cuts, in three lines."""
    return "\n".join(
        [
            f'Python  fit = gradcut.CutResult.load("{path}"); good = fit.apply(df); fit.cutflow(df)',
            f'C++     #include <gradcut/RDF.hxx>   auto good = GradCut::LoadCuts("{path}").Apply(df);',
            "Yours   copy macros/gc101_learnCuts.py and declare your files, weights and cuts in it",
        ]
    )
