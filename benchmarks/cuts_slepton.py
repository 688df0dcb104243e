"""A search with cuts: gradcut beside scipy's differential evolution, judged on events that neither saw.

    python benchmarks/cuts_slepton.py [--data SHARED/data] [--splits 12] [--first-seed 100]
        [--cases all ww scarce halves] [--out benchmarks/results/cuts_slepton.json]

Both maximise the Asimov significance at 20% background uncertainty with MC statistics and its floors, with
seven one-sided cuts, on the same halves of the events. Each half judges the cuts of the other; the yields of
both together give one significance per split. Cases: ``all`` signal against WW and top pairs, ``ww`` against
WW alone, ``scarce`` with every 60th top-pair event at 60 times its weight, ``halves`` as ``all`` but one half
learns and the other judges. Both get arrays in memory; CPU seconds are those of learning, of gradcut with its
cuts from all events, table and pictures. The search by evolution is timed twice where numba is installed: in
numpy, and with a compiled loop over the events.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import gradcut as gc
from cuts_peers import Process, bounds_of, compiled_sums, evolve, significance, significance_of

FEATURES = ("met", "jet_pt", "dphi_l1_met", "dphi_l2_met", "mt_l1", "mt_l2", "dr_ll")
SIGNS = (1, 1, -1, 1, -1, 1, -1)
CASES = ("all", "ww", "scarce", "halves")
UNCERTAINTY = 0.2
#: numba's loop over events, where numba is installed: a second time of the same search.
COMPILED = compiled_sums() if importlib.util.find_spec("numba") else None


def read(folder: Path, case: str) -> tuple[dict[str, Process], dict[str, Process]]:
    """Events of a case, and events of the same processes that no one uses (of scarce ones)."""
    import uproot

    found, spare = {}, {}
    for name in ("signal", "ww") if case == "ww" else ("signal", "ww", "ttbar"):
        with uproot.open(f"{folder / 'slepton' / name}.root:events") as tree:
            table = tree.arrays([*FEATURES, "weight", "presel"], library="np")
        chosen = table["presel"] == 1
        columns = [np.ascontiguousarray(table[f][chosen], dtype=np.float32) for f in FEATURES]
        weights = table["weight"][chosen].astype(np.float64)
        if case == "scarce" and name == "ttbar":
            every = np.arange(len(weights)) % 60 == 0
            spare[name] = Process([c[~every] for c in columns], weights[~every] * 60 / 59, False)
            columns, weights = [c[every] for c in columns], weights[every] * 60
        found[name] = Process(columns, weights, name == "signal")
    return found, spare


def halves(processes: dict[str, Process], seed: int) -> dict[str, np.ndarray]:
    """Half, 0 or 1, of every event of every process."""
    rng = np.random.default_rng(seed)
    return {name: rng.permutation(len(p.weights)) % 2 for name, p in processes.items()}


def judged(
    processes: dict[str, Process], half: dict[str, np.ndarray], cuts: list[np.ndarray]
) -> dict[str, Any]:
    """Significance of the pooled yields of events that the cuts did not see, and entries left of each."""
    if len(cuts) == 1:
        other = [p.part(half[name] == 1).scaled() for name, p in processes.items()]
        entries = {n: p.sums(cuts[0], SIGNS)[2] for n, p in zip(processes, other, strict=True)}
        return {"unused": significance_of(other, cuts[0], SIGNS, UNCERTAINTY), "entries": entries}
    rows, entries = [], {}
    for name, process in processes.items():
        # Cuts number i learned from half 1 - i of the events with this number.
        sums = np.sum([process.part(half[name] == i).sums(cuts[i], SIGNS) for i in range(2)], axis=0)
        rows.append((sums[0], sums[1], process.is_signal, process.mean))
        entries[name] = int(sums[2])
    return {"unused": significance(rows, UNCERTAINTY), "entries": entries}


def by_evolution(
    processes: dict[str, Process], half: dict[str, np.ndarray], n_cuts: int, seed: int
) -> tuple[list[np.ndarray], float, list[float]]:
    began, cuts, used = time.process_time(), [], []
    for i in range(n_cuts):
        inside = [p.part((half[n] == 0) if n_cuts == 1 else (half[n] != i)) for n, p in processes.items()]
        learn = [p.scaled() for p in inside]
        found = evolve(
            lambda x, learn=learn: -significance_of(learn, x, SIGNS, UNCERTAINTY), bounds_of(learn), seed
        )
        cuts.append(found)
        used.append(significance_of(learn, found, SIGNS, UNCERTAINTY))
    return cuts, time.process_time() - began, used


def by_gradcut(
    processes: dict[str, Process], half: dict[str, np.ndarray], n_cuts: int, seed: int
) -> tuple[list[np.ndarray], float, list[float], Any]:
    samples = gc.Samples(weight="weight", event="event")
    for number, (name, p) in enumerate(processes.items()):
        table = dict(zip(FEATURES, p.columns, strict=True))
        table |= {"weight": p.weights, "half": half[name]}
        table["event"] = np.arange(len(p.weights), dtype=np.int64) + number * 10**7
        samples.add(name, table, role="signal" if p.is_signal else "background")
    selection = gc.Selection(
        *(f"{f} {'>' if s > 0 else '<'} ?" for f, s in zip(FEATURES, SIGNS, strict=True))
    )
    how: dict[str, Any] = {"folds": gc.Folds(2, by="half", seed=seed)}
    if n_cuts == 1:
        how = {"split": gc.Split(by="half", train=(0,), select=(), test=(1,), seed=seed)}
    began = time.process_time()
    objective = gc.objectives.AsimovSignificance(UNCERTAINTY)
    fit = gc.fit_cuts(selection, samples, objective=objective, seed=seed, n_threads=1, **how)
    seconds = time.process_time() - began
    if n_cuts == 1:
        return [np.array(list(fit.values.values()))], seconds, [fit.scores.used], fit
    cuts = [np.array(list(fold.values.values())) for fold in fit.folds]
    return cuts, seconds, [fold.used for fold in fit.folds], fit


def one_split(
    processes: dict[str, Process], spare: dict[str, Process], case: str, seed: int
) -> dict[str, Any]:
    half, n_cuts = halves(processes, seed), 1 if case == "halves" else 2
    row: dict[str, Any] = {"case": case, "seed": seed}
    ours, seconds, used, fit = by_gradcut(processes, half, n_cuts, seed)
    theirs, their_seconds, their_used = by_evolution(processes, half, n_cuts, seed)
    compiled = {name: replace(p, compiled=COMPILED) for name, p in processes.items()}
    row["evolution, compiled cpu"] = by_evolution(compiled, half, n_cuts, seed)[1] if COMPILED else None
    for name, cuts, cpu, on_used in (
        ("gradcut", ours, seconds, used),
        ("evolution", theirs, their_seconds, their_used),
    ):
        row[name] = {**judged(processes, half, cuts), "used": on_used, "cpu": cpu}
        if spare:
            everything = {**processes, **spare}
            both = [significance_of(list(everything.values()), c, SIGNS, UNCERTAINTY) for c in cuts]
            row[name]["with events that no one has"] = float(np.mean(both))
    if abs(fit.scores.unused - row["gradcut"]["unused"]) > 1e-6:
        raise RuntimeError("gradcut and the judge of this benchmark disagree about the same cuts")
    row["gradcut"]["ways"] = [fold.variant for fold in fit.folds]
    return row


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {"splits": len(rows)}
    for name in ("gradcut", "evolution"):
        own = [row[name] for row in rows]
        found[name] = {
            "median unused": statistics.median(r["unused"] for r in own),
            "lowest unused": min(r["unused"] for r in own),
            "median used": statistics.median(u for r in own for u in r["used"]),
            "median cpu": statistics.median(r["cpu"] for r in own),
            "fewest unused entries": {p: min(r["entries"][p] for r in own) for p in own[0]["entries"]},
        }
        if "with events that no one has" in own[0]:
            found[name]["median with events that no one has"] = statistics.median(
                r["with events that no one has"] for r in own
            )
    if COMPILED:
        found["evolution"]["median cpu, compiled"] = statistics.median(
            r["evolution, compiled cpu"] for r in rows
        )
    pairs = [(row["gradcut"]["unused"], row["evolution"]["unused"]) for row in rows]
    found["gradcut higher in"] = sum(a > b for a, b in pairs)
    found["median of the differences"] = statistics.median(a - b for a, b in pairs)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    shared = os.environ.get("GRADCUT_SHARED", Path(__file__).parents[2] / "shared")
    parser.add_argument("--data", type=Path, default=Path(shared) / "data")
    parser.add_argument("--splits", type=int, default=12)
    parser.add_argument("--first-seed", type=int, default=100)
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "cuts_slepton.json")
    args = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    report: dict[str, Any] = {"summary": {}, "splits": []}
    for case in args.cases:
        processes, spare = read(args.data, case)
        rows = []
        for seed in range(args.first_seed, args.first_seed + args.splits):
            rows.append(one_split(processes, spare, case, seed))
            print(json.dumps(rows[-1]), flush=True)
        report["summary"][case] = summary(rows)
        report["splits"] += rows
        args.out.write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps(report["summary"], indent=1))


if __name__ == "__main__":
    main()
