"""Edges by Optuna's TPE sampler, as the package of "Learning to bin" does it; run by bins_peers.py.

    python benchmarks/bins_tpe.py EVENTS.npz OUT.json --bins 5 [--trials 400] [--min-background 1] [--seed 0]
        [--logit]

Each trial suggests the edges between 0 and 1, or their logits, which are sorted; bins below the minimum
background make a trial worthless. The yields come from running sums over sorted events, so that the sampler
is what takes time.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
import optuna


def main() -> None:
    """Search all numbers of bins."""
    parser = argparse.ArgumentParser()
    parser.add_argument("events", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--bins", type=int, nargs="+", required=True)
    parser.add_argument("--trials", type=int, default=400)
    parser.add_argument("--min-background", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--logit", action="store_true", help="suggest logits between -8 and 8")
    options = parser.parse_args()
    low, high = (-8.0, 8.0) if options.logit else (0.0, 1.0)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    given = np.load(options.events)
    names = [key.removesuffix(":weight") for key in given.files if key.endswith(":weight")]
    running = {}
    for role in ("signal", "bkg"):
        of = [name for name in names if name.startswith(role)]
        scores = np.concatenate([given[f"{name}:scores"][:, 0] for name in of])
        weights = np.concatenate([given[f"{name}:weight"] for name in of])
        order = np.argsort(scores)
        running[role] = scores[order], np.concatenate([[0.0], np.cumsum(weights[order])])

    def yields(role: str, edges: list[float]) -> np.ndarray:
        scores, sums = running[role]
        return np.diff(sums[np.searchsorted(scores, [-1.0, *edges, 2.0])])

    found = []
    for n_bins in options.bins:

        def value(trial: optuna.Trial, n_bins: int = n_bins) -> float:
            places = sorted(trial.suggest_float(f"edge{i}", low, high) for i in range(n_bins - 1))
            edges = [1 / (1 + np.exp(-place)) for place in places] if options.logit else places
            s, b = yields("signal", edges), yields("bkg", edges)
            if b.min() < options.min_background:
                return 0.0
            return float(np.sqrt((2 * ((s + b) * np.log1p(s / b) - s)).sum()))

        began = time.process_time()
        study = optuna.create_study(
            direction="maximize", sampler=optuna.samplers.TPESampler(seed=options.seed)
        )
        study.optimize(value, n_trials=options.trials)
        cpu = time.process_time() - began
        edges = sorted(study.best_params.values())
        if options.logit:
            edges = [float(1 / (1 + np.exp(-place))) for place in edges]
        best = np.maximum.accumulate([one.value for one in study.trials]).tolist()
        found.append({"bins": n_bins, "edges": edges, "value": study.best_value, "best": best, "cpu": cpu})
    options.out.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
