"""Bayesian optimisation of edges beside Optuna's TPE and random search, trial by trial, on toy A.

    python benchmarks/bins_bayesian.py [--toy A] [--bins 5] [--trials 60] [--seeds 5] [--draw 1]
        [--tpe PYTHON] [--work DIR] [--out benchmarks/results/bins_bayesian.json]

One score, 400k events, at least 1 background event in every bin, ``Z`` without uncertainties; one draw,
several seeds. Compared are hard values of the best trial so far, before single edges are moved, over the
exact optimum under the limits on the same events. Random searches try sorted uniform numbers as edges of the
score itself, of its logit, and of the shares that gradcut's trials divide; TPE suggests edges of the score,
as the package of the paper does (``bins_tpe.py``), or of its logit; ``PYTHON`` is that of an environment with
optuna. Trials that miss the limit are worthless in all of these; gradcut's are brought to the limits.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import bins_toys as toys
import gradcut as gc

Z = gc.objectives.AsimovSignificance(mc_stat=False)
LIMITS = gc.BinLimits(min_background=1.0)
#: Range of the logit in random searches and TPE.
LOGIT = (-8.0, 8.0)


def fitted(samples: gc.Samples, method: str, options: argparse.Namespace, seed: int) -> dict[str, Any]:
    """Learn edges; what the best trial was worth after each, the value in the end, and CPU seconds."""
    best: list[float] = []
    began = time.process_time()
    result = gc.fit_binning(
        gc.Binning("score", options.bins, range=(0, 1)),
        samples,
        objective=Z,
        method=method,
        limits=LIMITS,
        split=gc.Split(1, 0, 0),
        seed=seed,
        trials=options.trials,
        progress=lambda now: best.append(now.best),
    )
    cpu = time.process_time() - began
    return {"best": best, "polished": result.scores.used, "cpu": cpu}


class Events:
    """Running sums over sorted events: the value of edges, worthless where a bin misses the limit."""

    def __init__(self, tables: dict[str, dict[str, np.ndarray]]) -> None:
        self.running = {}
        for role in ("signal", "bkg"):
            of = [table for name, table in tables.items() if name.startswith(role)]
            scores = np.concatenate([table["score"] for table in of])
            order = np.argsort(scores)
            weights = np.concatenate([table["weight"] for table in of])[order]
            self.running[role] = scores[order], np.concatenate([[0.0], np.cumsum(weights)])

    def value(self, edges: np.ndarray) -> float:
        """Significance of bins between edges."""
        s, b = (
            np.diff(sums[np.searchsorted(scores, [-1.0, *edges, 2.0])])
            for scores, sums in self.running.values()
        )
        return toys.asimov(s, b) if b.min() >= 1.0 else 0.0

    def shares(self, levels: np.ndarray) -> np.ndarray:
        """Edges below which there are given shares, as gradcut's trials divide."""
        from gradcut.binning.bayesian_edges import measure

        edges = 1 / (1 + np.exp(-np.linspace(*LOGIT, 4001)))
        sums = [sums[np.searchsorted(x, [-1.0, *edges, 2.0])] for x, sums in self.running.values()]
        below = np.cumsum(measure(*np.diff(sums)))
        return np.interp(levels, below[:-1] / below[-1], edges)

    def random(self, place: Callable[[np.ndarray], np.ndarray], n_edges: int, trials: int, seed: int) -> Any:
        """Best value after each of so many random trials."""
        levels = np.sort(np.random.default_rng(seed).random((trials, n_edges)), axis=1)
        return np.maximum.accumulate([self.value(place(one)) for one in levels]).tolist()


def tpe(options: argparse.Namespace, events: Path, seed: int, trials: int, logit: bool) -> dict[str, Any]:
    """Run Optuna in its own environment."""
    out = events.with_name(f"tpe-{seed}-{trials}-{logit}.json")
    script = str(Path(__file__).parent / "bins_tpe.py")
    more = ["--bins", str(options.bins), "--trials", str(trials), "--seed", str(seed)]
    subprocess.run(
        [options.tpe, script, str(events), str(out), *more, *(["--logit"] if logit else [])], check=True
    )
    (found,) = json.loads(out.read_text())
    return dict(found)


def main() -> None:
    """Compare, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--toy", default="A", choices=toys.TOYS)
    parser.add_argument("--bins", type=int, default=5)
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--draw", type=int, default=1)
    parser.add_argument("--tpe", help="Python with optuna")
    parser.add_argument("--work", type=Path, default=Path("bins_bayesian"))
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    tables = toys.training(toys.TOYS[options.toy], options.draw, background=300_000, signals=["signal1"])
    samples = gc.Samples(weight="weight", event="event")
    for name, table in tables.items():
        samples.add(name, table, role="signal" if name.startswith("signal") else "background")
    events = Events(tables)
    places: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "random, score": lambda u: u,
        "random, logit": lambda u: 1 / (1 + np.exp(-(LOGIT[0] + (LOGIT[1] - LOGIT[0]) * u))),
        "random, shares": events.shares,
    }
    exact = fitted(samples, "exact", options, 0)["polished"]
    options.work.mkdir(parents=True, exist_ok=True)
    path = options.work / "events.npz"
    arrays = {f"{name}:scores": table["score"][:, None] for name, table in tables.items()}
    np.savez(path, **arrays, **{f"{name}:weight": table["weight"] for name, table in tables.items()})
    rows: list[dict[str, Any]] = []

    def add(method: str, seed: int, best: list[float], cpu: float, **more: float) -> None:
        at = {str(n): best[n - 1] / exact for n in (20, 40, 60, 400) if n <= len(best)}
        rows.append({"method": method, "seed": seed, "cpu": cpu, "over exact after": at, **more})
        print(json.dumps(rows[-1]), flush=True)

    for seed in range(options.seeds):
        found = fitted(samples, "bayesian", options, seed)
        polished = found["polished"] / exact
        add("gradcut bayesian", seed, found["best"], found["cpu"], polished=polished)
        for name, place in places.items():
            began = time.process_time()
            best = events.random(place, options.bins - 1, 400, seed)
            add(name, seed, best, time.process_time() - began)
        for logit in (False, True) if options.tpe else ():
            name = "Optuna TPE, logit" if logit else "Optuna TPE, score"
            one = tpe(options, path, seed, 400, logit)
            add(name, seed, one["best"], one["cpu"])
    summary = []
    for method in dict.fromkeys(row["method"] for row in rows):
        own = [row for row in rows if row["method"] == method]
        after = {
            n: {"mean": float(np.mean(values)), "least": float(np.min(values))}
            for n in own[0]["over exact after"]
            for values in [[row["over exact after"][n] for row in own]]
        }
        line = {
            "method": method,
            "over exact after": after,
            "cpu": float(np.mean([row["cpu"] for row in own])),
        }
        if "polished" in own[0]:
            line["polished, least"] = min(row["polished"] for row in own)
        summary.append(line)
        print(json.dumps(line))
    if options.out:
        made = {"toy": options.toy, "bins": options.bins, "draw": options.draw, "exact": exact}
        options.out.write_text(json.dumps({**made, "summary": summary, "runs": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
