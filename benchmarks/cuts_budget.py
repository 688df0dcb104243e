"""Budgets and purities: gradcut beside scipy's differential evolution, judged on events that neither saw.

    python benchmarks/cuts_budget.py [--data SHARED/data] [--splits 6] [--first-seed 300] [--cases ...]
        [--out benchmarks/results/cuts_budget.json]

The slepton search with its seven one-sided cuts. Wanted is the most signal, or the largest Asimov
significance at 20% background uncertainty, with at most so much background, or above a purity. One half of
the events learns, the other judges, then the other way round. The search by evolution maximises the
penalised value ``f / (1 + 1000 ln(b / budget)^2)``, and for a purity the same with the odds. Of the unused
half are given the value, and the background in units of the budget, or the purity; where a method follows
fluctuations, its background is above the budget there. To compare at one background, ``at the limit`` is
the value on the unused half when all cuts of a method are moved together, in standard deviations of their
features, until the unused half is within the limit.
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
from cuts_peers import Process, bounds_of, compiled_sums, evolve, significance_of
from cuts_slepton import FEATURES, SIGNS, halves, read

#: What is made large, and within which background budget in events, or above which purity.
CASES: dict[str, tuple[str, dict[str, float]]] = {
    "signal, background 30": ("signal", {"max_background": 30.0}),
    "signal, background 300": ("signal", {"max_background": 300.0}),
    "signal, purity 0.08": ("signal", {"min_purity": 0.08}),
    "Z, background 20": ("Z", {"max_background": 20.0}),
}
#: Background uncertainty of Z, which is the Asimov significance with MC statistics.
UNCERTAINTY = 0.2


def sums_of(processes: list[Process], cuts: np.ndarray) -> tuple[float, float]:
    found = [(p.sums(cuts, SIGNS)[0], p.is_signal) for p in processes]
    return sum(n for n, s in found if s), sum(n for n, s in found if not s)


def value_of(processes: list[Process], cuts: np.ndarray, wanted: str) -> float:
    """Signal efficiency, or significance."""
    if wanted == "Z":
        return significance_of(processes, cuts, SIGNS, UNCERTAINTY)
    return sums_of(processes, cuts)[0] / sum(p.total for p in processes if p.is_signal)


def strain(s: float, b: float, limit: dict[str, float]) -> float:
    """How far a limit is exceeded, a logarithm."""
    if "max_background" in limit:
        return float(max(0.0, np.log(max(b, 1e-9) / limit["max_background"])))
    p = limit["min_purity"]
    return float(max(0.0, np.log(p / (1 - p) * max(b, 1e-9) / max(s, 1e-9))))


def at_the_limit(processes: list[Process], cuts: np.ndarray, wanted: str, limit: dict[str, float]) -> float:
    """Best value where all cuts are moved together until these events are at the limit."""
    spread = np.array([np.concatenate([p.columns[k] for p in processes]).std() for k in range(len(cuts))])
    moved = [cuts - np.array(SIGNS) * amount * spread for amount in np.linspace(-0.5, 0.5, 401)]
    good = [one for one in moved if strain(*sums_of(processes, one), limit) == 0]
    return max((value_of(processes, one, wanted) for one in good), default=0.0)


def judged(
    unused: list[Process], used: list[Process], cuts: np.ndarray, wanted: str, limit: dict[str, float]
) -> dict[str, float]:
    (s, b), (s_used, b_used) = sums_of(unused, cuts), sums_of(used, cuts)
    largest = limit.get("max_background")
    return {
        "used": value_of(used, cuts, wanted),
        "unused": value_of(unused, cuts, wanted),
        "limit, used": b_used / largest if largest else s_used / (s_used + b_used),
        "limit, unused": b / largest if largest else s / (s + b),
        "at the limit": at_the_limit(unused, cuts, wanted, limit),
    }


def by_evolution(learn: list[Process], wanted: str, limit: dict[str, float], seed: int) -> np.ndarray:
    def loss(cuts: np.ndarray) -> float:
        over = strain(*sums_of(learn, cuts), limit)
        return -value_of(learn, cuts, wanted) / (1 + 1000 * over**2)

    return evolve(loss, bounds_of(learn), seed)


def by_gradcut(
    processes: dict[str, Process],
    half: dict[str, np.ndarray],
    i: int,
    wanted: str,
    limit: dict[str, float],
    seed: int,
) -> np.ndarray:
    samples = gc.Samples(weight="weight", event="event")
    for number, (name, p) in enumerate(processes.items()):
        table = dict(zip(FEATURES, p.columns, strict=True))
        table |= {"weight": p.weights, "half": half[name]}
        table["event"] = np.arange(len(p.weights), dtype=np.int64) + number * 10**7
        samples.add(name, table, role="signal" if p.is_signal else "background")
    selection = gc.Selection(
        *(f"{f} {'>' if s > 0 else '<'} ?" for f, s in zip(FEATURES, SIGNS, strict=True))
    )
    best = gc.objectives.AsimovSignificance(UNCERTAINTY)
    fit = gc.fit_cuts(
        selection,
        samples,
        objective=(best if wanted == "Z" else gc.objectives.SignalEfficiency()).within(**limit),
        split=gc.Split(by="half", train=(1 - i,), select=(), test=(i,), seed=seed),
        seed=seed,
        n_threads=1,
    )
    return np.array(list(fit.values.values()))


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {"halves that judged": len(rows)}
    for name in ("gradcut", "evolution"):
        keys = rows[0][name]
        found[name] = {f"median {key}": statistics.median(r[name][key] for r in rows) for key in keys}
    pairs = [(r["gradcut"]["at the limit"], r["evolution"]["at the limit"]) for r in rows]
    found["gradcut higher at the limit in"] = sum(a > b for a, b in pairs)
    ratios = [a / b for a, b in pairs if b > 0]
    found["median ratio at the limit"] = statistics.median(ratios) if ratios else None
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    shared = os.environ.get("GRADCUT_SHARED", Path(__file__).parents[2] / "shared")
    parser.add_argument("--data", type=Path, default=Path(shared) / "data")
    parser.add_argument("--splits", type=int, default=6)
    parser.add_argument("--first-seed", type=int, default=300)
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "cuts_budget.json")
    args = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    compiled = compiled_sums()
    processes, _ = read(args.data, "all")
    report: dict[str, Any] = {"summary": {}, "rows": []}
    if args.out.exists():  # cases that are not run stay as they are
        report = json.loads(args.out.read_text())
        report["rows"] = [row for row in report["rows"] if row["case"] not in args.cases]
    for case in args.cases:
        wanted, limit = CASES[case]
        rows = []
        for seed in range(args.first_seed, args.first_seed + args.splits):
            half = halves(processes, seed)
            for i in range(2):
                learn = [p.part(half[n] != i).scaled() for n, p in processes.items()]
                judge = [p.part(half[n] == i).scaled() for n, p in processes.items()]
                for p in (*learn, *judge):
                    p.compiled = compiled
                row: dict[str, Any] = {"case": case, "seed": seed, "judging half": i}
                began = time.process_time()
                ours = by_gradcut(processes, half, i, wanted, limit, seed)
                then = time.process_time()
                theirs = by_evolution(learn, wanted, limit, seed)
                ended = time.process_time()
                for name, cuts, cpu in (("gradcut", ours, then - began), ("evolution", theirs, ended - then)):
                    row[name] = {**judged(judge, learn, cuts, wanted, limit), "cpu": cpu}
                rows.append(row)
                print(json.dumps(row), flush=True)
        report["summary"][case] = summary(rows)
        report["rows"] += rows
        args.out.write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps(report["summary"], indent=1))


if __name__ == "__main__":
    main()
