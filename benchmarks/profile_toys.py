"""What bins and cuts learned on profiled variations lose, judged by templates that are known.

    python benchmarks/profile_toys.py [--toys rates large shapes] [--what bins cuts] [--draws 10]
        [--out benchmarks/results/profile_toys.json]

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
from gradcut.yields import YieldsLayout
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


def learned(what: str, objective: gc.objectives.Objective, toy: Toy, draw: int) -> tuple[Any, YieldsLayout]:
    """Numbers that were learned, and the layout of yields."""
    samples = toy.samples(draw)
    if what == "bins":
        bins = gc.fit_binning(gc.Binning("x", 5), samples, objective=objective, limits=LIMITS)
        return np.asarray(bins.bins.edges[0])[1:-1], bins.templates(samples).layout
    cuts = gc.fit_cuts(gc.Selection("x > ?", "t > ?", "u < ?"), samples, objective=objective)
    return np.array(list(cuts.values.values())), cuts.templates(samples).layout


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


def judged(what: str, toy: Toy, draws: int) -> list[dict[str, Any]]:
    """Every objective learned in every draw, with what it loses."""
    made: dict[str, list[np.ndarray]] = {}
    rows = []
    for draw in range(draws):
        for name, objective in LEARNED[what].items():
            began = time.process_time()
            numbers, layout = learned(what, objective, toy, draw)
            rows.append({"what": what, "toy": toy.name, "draw": draw, "learned for": name})
            rows[-1] |= {"numbers": numbers.tolist(), "cpu": time.process_time() - began}
            made.setdefault(name, []).append(numbers)
            print(json.dumps(rows[-1]), flush=True)
    truth: Any = TrueBins(toy, 20_000_000) if what == "bins" else TrueCuts(toy, 3_000_000)
    for name, objective in JUDGES.items():

        def judge(points: np.ndarray, objective: gc.objectives.Objective = objective) -> np.ndarray:
            if what == "cuts":
                return np.array([objective.hard(truth.yields(one, layout))[0] for one in points])
            values = np.full(len(points), np.inf)
            yields = truth.yields(points, layout)
            good = (np.diff(points, axis=1) > 0).all(1) & (points[:, 0] > 150)
            background = [layout.processes.index(one) for one in ("ww", "ttbar")]
            good &= yields.moments.sum_w[:, 0, background, 0].sum(1).min(1) >= LIMITS.min_background
            good &= yields.moments.entries[:, 0, background, 0].sum(1).min(1) >= LIMITS.min_entries
            if good.any():
                values[good] = objective.hard(truth.yields(points[good], layout))
            return values

        own = [judge(np.array(one)) for one in made.values()]
        order = np.argsort(np.concatenate(own))[: 4 if what == "bins" else 2]
        every = np.concatenate([np.array(one) for one in made.values()])
        # Learned bins may miss the limits of expected events by a few entries: they are not started from.
        starts = [every[i] for i in order if np.isfinite(np.concatenate(own)[i])]
        widths = [30.0] * 4 if what == "bins" else [30.0, 0.4, 0.1]
        least = best(judge, starts, widths, 30 if what == "bins" else 12)
        for row in rows:
            yields = truth.yields(np.array(row["numbers"])[None], layout) if what == "bins" else None
            value = (
                objective.hard(yields)[0] if yields is not None else judge(np.array(row["numbers"])[None])[0]
            )
            # Of a logarithm the part by which -ln CLs is less.
            row[f"{name} lost"] = float(value / least - 1) if name == "sigma_mu" else float(1 - value / least)
            row[f"best {name}"] = least
    return rows


def main() -> None:
    """Learn, judge, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--toys", nargs="+", default=list(TOYS), choices=list(TOYS))
    parser.add_argument("--what", nargs="+", default=["bins", "cuts"], choices=["bins", "cuts"])
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    rows, summary = [], []
    for what in options.what:
        for toy in options.toys:
            rows += judged(what, TOYS[toy], options.draws)
            for name in LEARNED[what]:
                own = [r for r in rows if (r["what"], r["toy"], r["learned for"]) == (what, toy, name)]
                line = {
                    "what": what,
                    "toy": toy,
                    "learned for": name,
                    "cpu": np.median([r["cpu"] for r in own]),
                }
                for judge in JUDGES:
                    lost = [r[f"{judge} lost"] for r in own]
                    line |= {f"{judge} lost, mean": np.mean(lost), f"{judge} lost, worst": max(lost)}
                summary.append(line)
                print(json.dumps(line), flush=True)
    if options.out:
        options.out.write_text(json.dumps({"summary": summary, "draws": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
