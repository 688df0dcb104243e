"""Cuts and bins learned for what a search is for, its systematic uncertainties profiled, on unused events.

    python benchmarks/profile_slepton.py [--data SHARED/data] [--seeds 5] [--what bins cuts]
        [--out benchmarks/results/profile_slepton.json]

Sleptons against WW (10%) and top pairs (15%) with variations of the jet energy scale, the soft term and the
lepton efficiency, and MC statistics as staterror. Learned for each of several objectives: five bins of
ETmiss, or three cuts. Each is judged by all of them on events that it did not learn from: templates in two
folds, each event in the bins, or behind the cuts, that did not see it; one likelihood of all of them, with
every uncertainty. A fit for the significance of counting experiments, which does not know of variations, is
the baseline. Variations of bins are smoothed (``smooth=1.5``) where they are learned on and where they judge;
``raw`` are templates as they are, of which a few bins of few events pretend to know the systematic
uncertainties. Smoothing and ETmiss were chosen on the first two splits. Printed are medians over the splits,
and in how many of them an objective is better than the baseline.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
import warnings
from pathlib import Path
from typing import Any

import gradcut as gc

BASELINE = "Z"
SMOOTH = 1.5
LEARNED: dict[str, gc.objectives.Objective] = {
    BASELINE: gc.objectives.AsimovSignificance(0.15, systematics="ignore"),
    "CLs": gc.objectives.CLs(log=True, smooth=SMOOTH),
    "p0": gc.objectives.DiscoveryP0(log=True, smooth=SMOOTH),
    "sigma_mu": gc.objectives.SignalStrengthUncertainty(smooth=SMOOTH),
    "raw sigma_mu": gc.objectives.SignalStrengthUncertainty(),
}
JUDGES: dict[str, gc.objectives.Objective] = {
    "CLs": gc.objectives.CLs(smooth=SMOOTH),
    "p0": gc.objectives.DiscoveryP0(smooth=SMOOTH),
    "sigma_mu": gc.objectives.SignalStrengthUncertainty(smooth=SMOOTH),
    "limit": gc.objectives.UpperLimit(smooth=SMOOTH),
    "raw sigma_mu": gc.objectives.SignalStrengthUncertainty(),
    "raw CLs": gc.objectives.CLs(),
}
LIMITS = gc.BinLimits(min_background=5, min_entries=100)


def samples(folder: Path, require: str) -> gc.Samples:
    """The search with everything that is uncertain about it."""
    made = gc.Samples(weight="weight", event="event", require=require)
    for name, uncertainty in (("signal", None), ("ww", 0.10), ("ttbar", 0.15)):
        role = "signal" if name == "signal" else "background"
        made.add(name, f"{folder / 'slepton' / name}.root:events", role=role, norm_uncertainty=uncertainty)
    made.vary("JES", suffix=("_JES_up", "_JES_down"))
    made.vary("SOFT", suffix=("_SOFT_up", "_SOFT_down"))
    made.vary("LEPSF", weight=("weight_LEPSF_up", "weight_LEPSF_down"))
    return made


def bins(folder: Path, objective: gc.objectives.Objective, seed: int) -> gc.Yields:
    """Templates of unused events in learned bins."""
    events = samples(folder, "presel == 1")
    fit = gc.fit_binning(
        gc.Binning("met", 5),
        events,
        objective=objective,
        limits=LIMITS,
        folds=gc.Folds(2, seed=seed),
        seed=seed,
    )
    return fit.templates(events, folds=True)


def cuts(folder: Path, objective: gc.objectives.Objective, seed: int) -> gc.Yields:
    """Yields of unused events behind learned cuts."""
    events = samples(folder, "presel == 1")
    selection = gc.Selection("met > ?", "dphi_l1_met < ?", "mt_l1 > ?")
    fit = gc.fit_cuts(selection, events, objective=objective, folds=gc.Folds(2, seed=seed), seed=seed)
    return fit.templates(events, folds=True)


def main() -> None:
    """Learn, judge, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--what", nargs="+", default=["bins", "cuts"], choices=["bins", "cuts"])
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    rows: list[dict[str, Any]] = []
    for what in options.what:
        for seed in range(1, options.seeds + 1):
            for name, objective in LEARNED.items():
                began = time.process_time()
                unused = {"bins": bins, "cuts": cuts}[what](options.data, objective, seed)
                row = {"what": what, "seed": seed, "learned for": name, "cpu": time.process_time() - began}
                row |= {judge: float(one.hard(unused)[0]) for judge, one in JUDGES.items()}
                rows.append(row)
                print(json.dumps(row), flush=True)
    summary = []
    for what in options.what:
        own = [row for row in rows if row["what"] == what]
        base = {row["seed"]: row for row in own if row["learned for"] == BASELINE}
        for name in LEARNED:
            mine = [row for row in own if row["learned for"] == name]
            line: dict[str, Any] = {"what": what, "learned for": name}
            for judge in JUDGES:
                line[judge] = statistics.median(row[judge] for row in mine)
                line[f"{judge}, better than {BASELINE}"] = sum(
                    row[judge] < base[row["seed"]][judge] for row in mine
                )
            line["cpu"] = statistics.median(row["cpu"] for row in mine)
            summary.append(line)
            print(json.dumps(line))
    if options.out:
        options.out.write_text(json.dumps({"summary": summary, "splits": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
