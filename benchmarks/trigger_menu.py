"""A trigger menu of four lines: gradcut beside differential evolution, judged on events that neither saw.

    python benchmarks/trigger_menu.py [--seeds 5] [--events 400000] [--out results/trigger_menu.json]

Zero-bias events and three signals of ``tests/triggers/toy_menu.py``: heavy tails, correlated by their
common activity. Lines on electron, muon, HT and missing momentum share 100 kHz of 30 MHz. Both learn from
the same half of the events; the other half judges. The search by evolution maximises ``efficiency / (1 +
1000 ln(rate / budget)^2)``, in the logarithms of the thresholds, from where each line has the whole rate to
where it has a hundredth. ``at the budget`` is the efficiency on the other half when all thresholds of a
method are scaled by one factor until the rate there is the budget.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import gradcut as gc
from triggers.toy_menu import CROSSINGS, samples, toy

FEATURES = {"EG.eg_pt": "eg_pt", "MU.mu_pt": "mu_pt", "HT.ht": "ht", "MET.met": "met"}
LINES = {name.split(".")[0]: gc.Selection(f"{column} > ?") for name, column in FEATURES.items()}
SIGNALS = ("w_enu", "h_mumu", "susy")
BUDGET = 100e3


def matrix(one: dict[str, np.ndarray], half: int | None) -> np.ndarray:
    chosen = slice(None) if half is None else one["event"] % 2 == half
    return np.stack([one[column][chosen].astype(np.float64) for column in FEATURES.values()], axis=1)


def efficiency(events: np.ndarray, thresholds: np.ndarray) -> float:
    return float((events > thresholds).any(1).mean())


def value_of(tables: dict[str, np.ndarray], thresholds: np.ndarray, combine: str) -> float:
    found = [efficiency(tables[name], thresholds) for name in SIGNALS]
    return float(np.mean(found) if combine == "mean" else np.min(found))


def judged(
    used: dict[str, np.ndarray], unused: dict[str, np.ndarray], t: np.ndarray, combine: str
) -> dict[str, float]:
    zero = unused["zero bias"]
    low, high = 0.5, 2.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if efficiency(zero, middle * t) * CROSSINGS > BUDGET else (low, middle)
    return {
        "used": value_of(used, t, combine),
        "unused": value_of(unused, t, combine),
        "rate, used": efficiency(used["zero bias"], t) * CROSSINGS,
        "rate, unused": efficiency(zero, t) * CROSSINGS,
        "at the budget": value_of(unused, high * t, combine),
    }


def by_evolution(used: dict[str, np.ndarray], combine: str, seed: int) -> np.ndarray:
    from scipy.optimize import differential_evolution

    zero = used["zero bias"]
    n = BUDGET / CROSSINGS * len(zero)
    edges = [(np.sort(c)[-int(n)], np.sort(c)[-max(int(n / 100), 1)]) for c in zero.T]
    loosest = np.array([low for low, _ in edges])
    # As gradcut does: events that no menu within the rate accepts are left out, with the totals of all.
    few = {name: one[(one > loosest).any(1)] for name, one in used.items()}

    def part(name: str, thresholds: np.ndarray) -> float:
        return float((few[name] > thresholds).any(1).sum()) / len(used[name])

    def loss(x: np.ndarray) -> float:
        t = np.exp(x)
        found = [part(name, t) for name in SIGNALS]
        value = float(np.mean(found) if combine == "mean" else np.min(found))
        over = max(0.0, float(np.log(max(part("zero bias", t) * CROSSINGS, 1e-9) / BUDGET)))
        return -value / (1 + 1000 * over**2)

    bounds = [(float(np.log(low)), float(np.log(high))) for low, high in edges]
    found: Any = differential_evolution(loss, bounds, maxiter=100, popsize=15, tol=0, polish=False, seed=seed)
    return np.exp(found.x)


def by_gradcut(tables: dict[str, Any], combine: Any, seed: int) -> np.ndarray:
    split = gc.Split(by="event % 4", train=(0,), select=(2,), test=(1, 3), seed=seed)
    menu = gc.triggers.learn_menu(
        LINES, samples(tables), rate=BUDGET, combine=combine, split=split, seed=seed
    )
    return np.array([menu.values[name] for name in FEATURES])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--events", type=int, default=400_000)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "trigger_menu.json")
    args = parser.parse_args()
    report: dict[str, Any] = {"summary": {}, "rows": []}
    for combine in ("mean", "worst"):
        rows = []
        for seed in range(1, args.seeds + 1):
            tables = toy(args.events, 20_000, seed=seed)
            used, unused = ({name: matrix(one, half) for name, one in tables.items()} for half in (0, 1))
            row: dict[str, Any] = {"combine": combine, "seed": seed}
            for name in ("gradcut", "evolution"):
                began = time.process_time()
                how = (
                    by_gradcut(tables, combine, seed)
                    if name == "gradcut"
                    else by_evolution(used, combine, seed)
                )
                cpu = time.process_time() - began
                row[name] = {**judged(used, unused, how, combine), "cpu": cpu, "thresholds": how.tolist()}
            rows.append(row)
            print(json.dumps(row), flush=True)
        found: dict[str, Any] = {"seeds": len(rows)}
        for name in ("gradcut", "evolution"):
            keys = [key for key in rows[0][name] if key != "thresholds"]
            found[name] = {f"median {key}": statistics.median(r[name][key] for r in rows) for key in keys}
        for key in ("used", "at the budget"):
            found[f"gradcut higher, {key}"] = sum(r["gradcut"][key] > r["evolution"][key] for r in rows)
        report["summary"][combine] = found
        report["rows"] += rows
        args.out.write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps(report["summary"], indent=1))


if __name__ == "__main__":
    main()
