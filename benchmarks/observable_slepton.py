"""Observables of a search trained on what it is for, beside classifiers and cuts, on unused events.

    python benchmarks/observable_slepton.py [--data SHARED/data] [--seeds 41 42 43] [--steps 400]
        [--learned classifier sigma_mu cuts] [--out benchmarks/results/observable_slepton.json]

The search of ``profile_slepton.py`` with all its uncertainties, its events in two folds, each judged by the
network, or the cuts, that did not see it. The same network of seven features and five bins everywhere, with
the same limits and hard edges learned for the same objective: a classifier (signal against nominal
background), one that is shown varied events too, and the gradient of the objective itself. Cuts are those of
``profile_slepton.py``. Settings were chosen on splits 1 and 2, and are the same for all. Printed are
medians over the splits of every judge, in units of the classifier's, and in how many splits it is smaller.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
import warnings
from pathlib import Path
from typing import Any

import torch

import gradcut as gc
from profile_slepton import JUDGES, LIMITS, SMOOTHED, Search, cuts

FEATURES = ["met", "jet_pt", "dphi_l1_met", "dphi_l2_met", "mt_l1", "mt_l2", "dr_ll"]
BASELINE = "classifier"
OBJECTIVES: dict[str, gc.objectives.Objective] = {
    "sigma_mu": gc.objectives.SignalStrengthUncertainty(),
    "CLs": gc.objectives.CLs(log=True),
    "limit": gc.objectives.UpperLimit(),
}
LOSSES = {BASELINE: gc.CrossEntropy(), "augmented classifier": gc.CrossEntropy(augment=True)}


def observable(search: Search, name: str, seed: int, options: argparse.Namespace) -> dict[str, float]:
    """What unused events say of a network."""
    events = search.samples(seed)
    fit = gc.fit_observable(
        gc.Observable(FEATURES, 5, network=tuple(options.network), histogram="gaussian"),
        events,
        objective=OBJECTIVES.get(name, OBJECTIVES["sigma_mu"]),
        loss=LOSSES.get(name),
        limits=LIMITS,
        steps=options.steps,
        warm_up_steps=options.warm_up,
        rate=options.rate,
        restarts=options.restarts,
        batch=options.batch,
        weight_decay=options.weight_decay,
        folds=gc.Folds(2, by="fold"),
        seed=seed,
    )
    unused = fit.templates(events, folds=True)
    judged = {n: float(judge.hard(unused)[0]) for n, judge in {**JUDGES, **SMOOTHED}.items()}
    used = fit.scores.used
    return judged | {"used": used}


def main() -> None:
    """Learn, judge, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data")
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(41, 51)))
    parser.add_argument(
        "--learned", nargs="+", default=[BASELINE, "augmented classifier", "sigma_mu", "cuts"]
    )
    parser.add_argument("--network", type=int, nargs="+", default=[32, 32])
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--warm-up", type=int, default=200)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--restarts", type=int, default=1)
    parser.add_argument("--batch", type=int, default=60_000)
    parser.add_argument("--weight-decay", type=float, default=3.0)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    search = Search(options.data, scarce=False, size=1.0)
    rows: list[dict[str, Any]] = []
    for seed in options.seeds:
        for name in options.learned:
            began = time.process_time()
            if name == "cuts":
                judged = cuts(search, OBJECTIVES["sigma_mu"], seed)
            else:
                judged = observable(search, name, seed, options)
            rows.append({"seed": seed, "learned": name, "cpu": time.process_time() - began, **judged})
            print(json.dumps(rows[-1]), flush=True)
            if options.out:
                settings = {**vars(options), "data": "", "out": ""}
                made = {"settings": settings, "summary": summary(rows), "splits": rows}
                options.out.write_text(json.dumps(made, indent=1) + "\n")
    for line in summary(rows):
        print(json.dumps(line))


def summary(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Medians over the splits, and how each compares with the classifier in the same split."""
    base = {row["seed"]: row for row in rows if row["learned"] == BASELINE}
    found = []
    for name in dict.fromkeys(row["learned"] for row in rows):
        mine = [row for row in rows if row["learned"] == name and row["seed"] in base]
        line: dict[str, Any] = {"learned": name, "splits": len(mine)}
        for judge in [key for key in mine[0] if key.split()[-1] in JUDGES] if mine else []:
            ratios = [row[judge] / base[row["seed"]][judge] for row in mine]
            line[judge] = statistics.median(row[judge] for row in mine)
            line[f"{judge}, over {BASELINE}"] = statistics.median(ratios)
            line[f"{judge}, smaller than {BASELINE}"] = sum(ratio < 1 for ratio in ratios)
        found.append(line)
    return found


if __name__ == "__main__":
    main()
