"""The slepton search at many signal efficiencies, and which of them is worth most.

    python3 macros/gc103_sleptonScan.py [folder for the pictures]

The search of the CABIN paper on the sample that ships with gradcut: seven cuts are learned at ten signal
efficiencies together, RDataFrame applies every working point in one event loop, and the significance is
computed along the scan, at a 20% background uncertainty with that of the simulation. ``fit_cuts`` learns cuts
for the significance itself, for comparison. All numbers are of events that the cuts did not see.
What it is about is asserted at the end.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import ROOT

import gradcut as gc
from gradcut.demo import sample_folder

TARGETS = (0.015, 0.03, 0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.75, 0.9)
UNCERTAINTY = 0.2
LABELS = {
    "met": r"$E_\mathrm{T}^\mathrm{miss}$ [GeV]",
    "jet_pt": r"$p_\mathrm{T}^\mathrm{jet}$ [GeV]",
    "mt_l1": r"$m_\mathrm{T}(\ell_1)$ [GeV]",
    "mt_l2": r"$m_\mathrm{T}(\ell_2)$ [GeV]",
    "dphi_l1_met": r"$\Delta\phi(\ell_1, E_\mathrm{T}^\mathrm{miss})$",
    "dphi_l2_met": r"$\Delta\phi(\ell_2, E_\mathrm{T}^\mathrm{miss})$",
    "dr_ll": r"$\Delta R(\ell\ell)$",
}


def counted(cuts: list[Any], frames: dict[str, Any]) -> dict[str, np.ndarray]:
    """Yield and sum of squared weights without cuts and after each set, one event loop per process."""
    booked = {}
    for process, frame in frames.items():
        node = frame.Filter("presel == 1").Define("squared_weight", "weight * weight")
        rows = [(node.Sum("weight"), node.Sum("squared_weight"))]
        for at, one in enumerate(cuts):
            node = one.define(node, f"selected_{at}", folds=True)
            good = node.Filter(f"selected_{at}")
            rows.append((good.Sum("weight"), good.Sum("squared_weight")))
        booked[process] = rows
    return {
        process: np.array([[float(sums.GetValue()) for sums in row] for row in rows])
        for process, rows in booked.items()
    }


def significances(counts: dict[str, np.ndarray], floors: dict[str, float]) -> np.ndarray:
    """Asimov significance of each set of cuts; an exhausted process is not a certain one."""
    backgrounds = [process for process in counts if process != "signal"]
    s, b = counts["signal"][:, 0], sum(counts[process][:, 0] for process in backgrounds)
    variance = sum(np.maximum(counts[process][:, 1], floors[process] ** 2) for process in backgrounds)
    return gc.stats.asimov_significance(s, b, np.sqrt((UNCERTAINTY * b) ** 2 + variance)).z


def drawn(values: np.ndarray, fit: float, path: Path) -> None:
    """Draw the significance along the scan."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 5.0), layout="constrained")
    axes = figure.subplots()
    axes.plot(TARGETS, values, "o-", color="#7a21dd", label="scan_cuts")
    axes.axhline(fit, color="0.25", linestyle="--", label="fit_cuts for the significance")
    axes.set_xscale("log")
    axes.set_xlim(0.01, 1)
    ticks = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1)
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_ylim(0, 1.25 * max(values.max(), fit))
    axes.set_xlabel("wanted signal efficiency", loc="right")
    axes.set_ylabel("significance on unused events", loc="top")
    axes.legend(loc="upper right", frameon=False)
    figure.savefig(path, dpi=150)


def main(folder: Path) -> None:
    """Declare, scan, apply, compare."""
    frames = {
        name: ROOT.RDataFrame("events", str(sample_folder() / f"{name}.root"))
        for name in ("signal", "ww", "ttbar")
    }
    samples = gc.Samples(weight="weight", event="event", require="presel == 1")
    for name, frame in frames.items():
        samples.add(name, frame, role="signal" if name == "signal" else "background")
    selection = gc.Selection(
        "met > ?",
        "jet_pt > ?",
        "dphi_l1_met < ?",
        "dphi_l2_met > ?",
        "mt_l1 < ?",
        "mt_l2 > ?",
        "dr_ll < ?",
    )
    scan = gc.scan_cuts(selection, samples, efficiencies=TARGETS, nested=True, folds=2, seed=1)
    print(scan)
    objective = gc.objectives.AsimovSignificance(UNCERTAINTY)
    fit = gc.fit_cuts(selection, samples, objective=objective, folds=2, seed=1)

    counts = counted([*scan, fit], frames)
    values = significances(counts, {row.process: row.floor for row in fit.processes})
    uncut, along, of_fit = values[0], values[1:-1], values[-1]
    for target, z in zip(TARGETS, along, strict=True):
        print(f"{target:g} of the signal: Z = {z:.3f} on unused events")
    print(f"without cuts: Z = {uncut:.3f}")
    print(
        f"fit_cuts: Z = {of_fit:.3f} at {fit.processes[0].unused / fit.processes[0].before:.2f} of the signal"
    )
    scan.plot(folder, labels=LABELS)
    drawn(along, float(of_fit), folder / "significance.png")
    scan.save(folder / "scan.json")
    print(f"cuts and pictures in {folder}")

    # RDataFrame counts what the results say.
    assert abs(of_fit / fit.scores.unused - 1) < 1e-5
    total, *kept = counts["signal"][:-1, 0]
    assert np.abs(np.array(kept) / total / scan.roc()[0] - 1).max() < 1e-5
    assert np.all(np.diff(scan.thresholds()["met"]) <= 0)  # nested
    # The best working point is worth about what cuts for the significance are: many times no cuts.
    assert along.max() > 0.9 * of_fit
    assert along.max() > 4 * uncut


if __name__ == "__main__":
    where = Path(sys.argv[1] if len(sys.argv) > 1 else "gc103")
    where.mkdir(parents=True, exist_ok=True)
    main(where)
