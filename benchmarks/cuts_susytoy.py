"""Cuts at a given signal efficiency: gradcut beside the best background efficiency that any box has.

    python benchmarks/cuts_susytoy.py [--data SHARED/data] [--targets 0.5 0.8 0.9] [--seeds 5] [--samples 5]
        [--first-seed 100] [--evolution] [--out benchmarks/results/cuts_susytoy.json]

Seven correlated features, 8000 events of signal and of background to learn from, the others judge. Three
series: ``folds`` (two folds) and ``split`` (half of the events train, a quarter selects) learn from the
training files with another seed each, ``samples`` from 8000 other events each, cut from the score files, with
two folds. The limit is that of the reference (lowest background efficiency of any one-sided box, found by
differential evolution on 200k + 200k events). ``ratio`` is the background efficiency over the limit at the
signal efficiency that was reached on the judging events (log of the limit interpolated in the efficiency);
``raw`` over that at the target. ``--evolution`` adds scipy's differential evolution, written in numpy, on
the training events of every sample, with the target as a penalty and an exact shift to it at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np

import gradcut as gc
from cuts_peers import Process, bounds_of, evolve

FEATURES = ("met", "jet_pt", "dphi_l1_met", "dphi_l2_met", "mt_l1", "mt_l2", "dr_ll")
SIZE = 8000
EFFICIENCIES = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.93, 0.95)
LIMITS = (0.0811, 0.1445, 0.2191, 0.3028, 0.3991, 0.5019, 0.6120, 0.7483, 0.7974, 0.8376)

Table = dict[str, np.ndarray]


def limit(efficiency: float) -> float:
    return float(np.exp(np.interp(efficiency, EFFICIENCIES, np.log(LIMITS))))


def read(folder: Path, part: str) -> dict[str, Table]:
    import uproot

    found = {}
    for role in ("signal", "background"):
        with uproot.open(f"{folder / 'cuts' / f'susytoy_{part}_{role}'}.root:events") as tree:
            found[role] = dict(tree.arrays(FEATURES, library="np"))
    return found


def sample(everything: dict[str, Table], number: int) -> tuple[dict[str, Table], dict[str, Table]]:
    """Events number * SIZE and following to learn from, and all others to judge with."""
    learn, judge = {}, {}
    for role, table in everything.items():
        inside = np.arange(len(table["met"])) // SIZE == number
        learn[role] = {name: column[inside] for name, column in table.items()}
        judge[role] = {name: column[~inside] for name, column in table.items()}
    return learn, judge


def signs_of(learn: dict[str, Table]) -> tuple[int, ...]:
    """Side of each cut: that on which the signal has the larger median."""
    return tuple(
        1 if np.median(learn["signal"][f]) > np.median(learn["background"][f]) else -1 for f in FEATURES
    )


def by_gradcut(learn: dict[str, Table], target: float, **how: Any) -> tuple[np.ndarray, float, Any]:
    samples = gc.Samples(event="event")
    for number, (role, table) in enumerate(learn.items()):
        events = np.arange(len(table["met"]), dtype=np.int64) + number * 10**7
        samples.add(role, {**table, "event": events}, role=role)
    signs = signs_of(learn)
    selection = gc.Selection(
        *(f"{f} {'>' if s > 0 else '<'} ?" for f, s in zip(FEATURES, signs, strict=True))
    )
    began = time.process_time()
    fit = gc.fit_cuts(selection, samples, objective=gc.objectives.EfficiencyLoss(target), n_threads=1, **how)
    return np.array(list(fit.values.values())), time.process_time() - began, fit


def by_evolution(learn: dict[str, Table], target: float, seed: int) -> tuple[np.ndarray, float]:
    signs = signs_of(learn)
    signal, background = (
        Process([table[f] for f in FEATURES], np.ones(len(table["met"])), role == "signal")
        for role, table in learn.items()
    )

    def loss(cuts: np.ndarray) -> float:
        eps_s, eps_b = (p.sums(cuts, signs)[0] / p.total for p in (signal, background))
        return float(np.log(max(eps_b, 1e-6)) + 10 * max(target - eps_s, 0.0))

    began = time.process_time()
    cuts = evolve(loss, bounds_of([signal, background]), seed)
    return cuts, time.process_time() - began


def judged(
    judge: dict[str, Table], cuts: np.ndarray, signs: tuple[int, ...], target: float
) -> dict[str, float]:
    found = {}
    for role, table in judge.items():
        passed = np.ones(len(table["met"]), dtype=bool)
        for name, cut, sign in zip(FEATURES, cuts, signs, strict=True):
            passed &= table[name] > np.float64(cut) if sign > 0 else table[name] < np.float64(cut)
        found[role] = float(passed.mean())
    ratio = found["background"] / limit(found["signal"])
    return {**found, "ratio": ratio, "raw": found["background"] / limit(target)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    shared = os.environ.get("GRADCUT_SHARED", Path(__file__).parents[2] / "shared")
    parser.add_argument("--data", type=Path, default=Path(shared) / "data")
    parser.add_argument("--targets", type=float, nargs="+", default=[0.5, 0.8, 0.9])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--samples", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=100)
    parser.add_argument("--first-sample", type=int, default=10)
    parser.add_argument("--evolution", action="store_true")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "cuts_susytoy.json")
    args = parser.parse_args()
    train, score = read(args.data, "train"), read(args.data, "score")
    rows: list[dict[str, Any]] = []

    def add(series: str, number: int, target: float, learn: Any, judge: Any, **how: Any) -> None:
        cuts, seconds, fit = by_gradcut(learn, target, **how)
        row = {"series": series, "number": number, "target": target, "cpu": seconds, "message": fit.message}
        used = fit.processes[0].used / fit.processes[0].before
        row |= {"used": used, **judged(judge, cuts, signs_of(learn), target)}
        if args.evolution and series == "samples":
            cuts, seconds = by_evolution(learn, target, number)
            row["evolution"] = {"cpu": seconds, **judged(judge, cuts, signs_of(learn), target)}
        rows.append(row)
        print(json.dumps(row), flush=True)

    for target in args.targets:
        for seed in range(args.first_seed, args.first_seed + args.seeds):
            add("folds", seed, target, train, score, seed=seed, folds=2)
            add("split", seed, target, train, score, seed=seed)
        for number in range(args.first_sample, args.first_sample + args.samples):
            learn, judge = sample(score, number)
            add("samples", number, target, learn, judge, seed=number, folds=2)
    summary = []
    for series in ("folds", "split", "samples"):
        for target in args.targets:
            own = [row for row in rows if row["series"] == series and row["target"] == target]
            if own:
                line: dict[str, Any] = {"series": series, "target": target, "fits": len(own)}
                for what in ("ratio", "raw", "cpu"):
                    line[f"median {what}"] = statistics.median(row[what] for row in own)
                    line[f"largest {what}"] = max(row[what] for row in own)
                line["used efficiencies"] = [min(r["used"] for r in own), max(r["used"] for r in own)]
                if "evolution" in own[0]:
                    for what in ("ratio", "raw", "cpu"):
                        line[f"evolution, median {what}"] = statistics.median(
                            r["evolution"][what] for r in own
                        )
                summary.append(line)
                print(json.dumps(line))
    args.out.write_text(json.dumps({"summary": summary, "fits": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
