"""What bins and cuts learned on profiled variations lose, judged by templates that are known.

    python benchmarks/profile_toys.py [--toys rates large shapes] [--what bins cuts] [--draws 10]
        [--log FILE] [--out benchmarks/results/profile_toys.json]

Learned from about 150 thousand events of ``varied_toy.py``: five bins of one feature, or three cuts. Judged
by the expected templates from many million events with the MC statistics of the analysis: by how much
``sigma_mu`` and ``-ln CLs`` are worse than those of the best bins or cuts that a search on the expected
templates itself finds. ``Z`` knows of no variation; ``noisy`` learns from variations as they are, ``steady``
is the default, ``smoothed`` has templates smoothed over the bins (``smooth=1.5``) instead.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np

import gradcut as gc
from gradcut.binning.cells import layout_with
from gradcut.engines.segments import layout_of
from varied_toy import TOYS, Toy, TrueBins, TrueCuts

SIGMA, CLS = gc.objectives.SignalStrengthUncertainty, gc.objectives.CLs
PLAIN = {"Z": gc.objectives.AsimovSignificance(0.15, systematics="ignore")}
LEARNED = {
    "bins": {
        **PLAIN,
        "sigma_mu, noisy": SIGMA(steady=False),
        "sigma_mu, steady": SIGMA(),
        "sigma_mu, smoothed": SIGMA(steady=False, smooth=1.5),
        "CLs, noisy": CLS(log=True, steady=False),
        "CLs, steady": CLS(log=True),
    },
    "cuts": {**PLAIN, "sigma_mu": SIGMA(), "CLs": CLS(log=True)},
}
JUDGES: dict[str, gc.objectives.Objective] = {"sigma_mu": SIGMA(), "CLs": CLS(log=True)}
LIMITS = gc.BinLimits(min_background=5, min_entries=100)


def learned(what: str, name: str, toy: Toy, draw: int) -> dict[str, Any]:
    """Numbers that were learned."""
    samples, objective, began = toy.samples(draw), LEARNED[what][name], time.process_time()
    if what == "bins":
        bins = gc.fit_binning(gc.Binning("x", 5), samples, objective=objective, limits=LIMITS)
        numbers = np.asarray(bins.bins.edges[0])[1:-1].tolist()
    else:
        cuts = gc.fit_cuts(gc.Selection("x > ?", "t > ?", "u < ?"), samples, objective=objective)
        numbers = list(cuts.values.values())
    row = {"what": what, "toy": toy.name, "draw": draw, "learned for": name, "numbers": numbers}
    return {**row, "cpu": time.process_time() - began}


def best(judge: Any, starts: list[np.ndarray], widths: list[float], steps: int) -> float:
    """The least value that moving numbers one by one, closer and closer, comes to."""
    found = []
    for start in starts:
        point, width = start.copy(), np.array(widths)
        value = judge(point[None])[0]
        for _ in range(steps):
            before = value
            for k in range(len(point)):
                tried = np.repeat(point[None], 11, axis=0)
                tried[:, k] += np.linspace(-1, 1, 11) * width[k]
                values = judge(tried)
                if values.min() < value:
                    point, value = tried[int(values.argmin())].copy(), float(values.min())
            width = width if value < before * (1 - 1e-4 * np.sign(before)) else width / 2
        found.append(value)
    return float(min(found))


def judged(what: str, toy: Toy, rows: list[dict[str, Any]]) -> None:
    """Add to every row what it loses."""
    n_bins = 5 if what == "bins" else 1
    layout = layout_with(layout_of(toy.samples(0).collect(["x"])), (n_bins,))
    truth: Any = TrueBins(toy, 20_000_000) if what == "bins" else TrueCuts(toy, 3_000_000)
    background = [layout.processes.index(one) for one in ("ww", "ttbar")]

    def value(objective: gc.objectives.Objective, points: np.ndarray) -> np.ndarray:
        if what == "bins":
            return objective.hard(truth.yields(points, layout))
        return np.array([objective.hard(truth.yields(one, layout))[0] for one in points])

    def is_good(points: np.ndarray) -> np.ndarray:
        if what == "cuts":
            return np.ones(len(points), dtype=bool)
        moments = truth.yields(points, layout).moments
        good = (np.diff(points, axis=1) > 0).all(1) & (points[:, 0] > 150)
        good &= moments.sum_w[:, 0, background, 0].sum(1).min(1) >= LIMITS.min_background
        return good & (moments.entries[:, 0, background, 0].sum(1).min(1) >= LIMITS.min_entries)

    every = np.array([row["numbers"] for row in rows])
    for name, objective in JUDGES.items():

        def limited(points: np.ndarray, objective: gc.objectives.Objective = objective) -> np.ndarray:
            values, good = np.full(len(points), np.inf), is_good(points)
            values[good] = value(objective, points[good]) if good.any() else []
            return values

        # Learned bins may miss the limits of expected events by a few entries: those start nothing.
        own = limited(every)
        order = np.argsort(own)[: 4 if what == "bins" else 2]
        widths = [30.0] * 4 if what == "bins" else [30.0, 0.4, 0.1]
        starts = [every[i] for i in order if np.isfinite(own[i])]
        least = best(limited, starts, widths, 30 if what == "bins" else 12)
        for row, mine in zip(rows, value(objective, every), strict=True):
            # Of a logarithm the part by which -ln CLs is less.
            row[f"{name} lost"] = float(mine / least - 1 if name == "sigma_mu" else 1 - mine / least)
            row[f"best {name}"] = least


def main() -> None:
    """Learn, judge, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--toys", nargs="+", default=list(TOYS), choices=list(TOYS))
    parser.add_argument("--what", nargs="+", default=["bins", "cuts"], choices=["bins", "cuts"])
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--log", type=Path, help="what a run printed: not learned again")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    lines = options.log.read_text().splitlines() if options.log else []
    known = {_key(row): row for row in map(json.loads, lines) if "numbers" in row}
    rows, summary = [], []
    for what in options.what:
        for toy in options.toys:
            own = []
            for draw in range(options.draws):
                for name in LEARNED[what]:
                    key = what, toy, draw, name
                    own.append(known[key] if key in known else learned(what, name, TOYS[toy], draw))
                    print(json.dumps(own[-1]), flush=True)
            judged(what, TOYS[toy], own)
            rows += own
            for name in LEARNED[what]:
                line = {"what": what, "toy": toy, "learned for": name, "draws": options.draws}
                mine = [row for row in own if row["learned for"] == name]
                line["cpu"] = float(np.median([row["cpu"] for row in mine]))
                for judge in JUDGES:
                    lost = [row[f"{judge} lost"] for row in mine]
                    line |= {f"{judge} lost, mean": float(np.mean(lost)), f"{judge} lost, worst": max(lost)}
                summary.append(line)
                print(json.dumps({"summary": line}), flush=True)
            if options.out:
                options.out.write_text(json.dumps({"summary": summary, "draws": rows}, indent=1) + "\n")


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["what"], row["toy"], row["draw"], row["learned for"]


if __name__ == "__main__":
    main()
