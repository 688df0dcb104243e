"""gradcut's bins beside gato-hep and Optuna's TPE, on the toys of their paper, scored on independent events.

    python benchmarks/bins_peers.py [--toy A] [--draws 5] [--events 20000000] [--cache DIR] [--work DIR]
        [--peers PYTHON --peer-draws 1 --gato-bins 3 5 10 --gato-bins-2d 5]
        [--out benchmarks/results/bins_peers.json]

Every method learns from the same draws, 400k events for one score, 1.2M for the scores of three classes, and
keeps at least 1 background event in every bin where it can be told to. gradcut reads ROOT files and returns
bins, all of which counts as its CPU time; it learns from all events (``Split(1, 0, 0)``). The gradient starts
know nothing of the exact bins. ``PYTHON`` is that of an environment with gato-hep and optuna, which cannot
live with gradcut's; they run in processes of their own on arrays in memory, and their time is that of the
training alone; what they found is kept in the folder ``--work`` and used again. gato-hep has no limits, only
penalties, and is trained as in its examples, once. Written are CPU seconds, the value on the events used with
hard bins and computed here, the least background of a bin, and the score.
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

LIMITS = gc.BinLimits(min_background=1.0)
Z = gc.objectives.AsimovSignificance(mc_stat=False)
BOTH = gc.objectives.SeveralSignals(Z, "product", others="background")
ONE, THREE = (3, 5, 10), (3, 5, 10, 20)
#: Labels of events with given odds in so many bins.
Tables = dict[str, dict[str, np.ndarray]]


def samples(paths: dict[str, Path]) -> gc.Samples:
    """Declare the files of a draw."""
    made = gc.Samples(weight="weight", event="event")
    for name, path in paths.items():
        made.add(name, f"{path}:events", role="signal" if name.startswith("signal") else "background")
    return made


def fitted(binning: Any, objective: Any, paths: dict[str, Path], seed: int, method: str) -> tuple[Any, float]:
    """Learn bins; the result and CPU seconds from files to bins."""
    began = time.process_time()
    result = gc.fit_binning(
        binning,
        samples(paths),
        objective=objective,
        method=method,
        limits=LIMITS,
        split=gc.Split(1, 0, 0),
        seed=seed,
    )
    return result, time.process_time() - began


def of_mixture(result: Any) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Bins of a mixture that gradcut learned."""
    return lambda one, two: result.index({"score1": one, "score2": two})


def of_gato(found: dict[str, Any]) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Bins of a mixture that gato-hep learned: the most likely component."""
    means, triangles = np.array(found["means"]), np.array(found["triangles"])
    constant = np.array(found["log_weights"]) - np.log(np.abs(np.linalg.det(triangles)))
    inverse = np.linalg.inv(triangles)

    def labels(one: np.ndarray, two: np.ndarray) -> np.ndarray:
        x = np.stack([one, two], axis=1)
        logs = [
            c - 0.5 * (((x - m) @ i.T) ** 2).sum(1) for c, m, i in zip(constant, means, inverse, strict=True)
        ]
        return np.argmax(logs, axis=0)

    return labels


def used(tables: Tables, partition: Callable[[dict[str, np.ndarray]], np.ndarray], n_bins: int) -> np.ndarray:
    """Yields of signals and background in the bins, on the events that were learned from; shape (3, bins)."""
    sums = np.zeros((3, n_bins))
    for name, table in tables.items():
        group = int(name[-1]) - 1 if name.startswith("signal") else 2
        labels = partition(table)
        kept = labels >= 0
        sums[group] += np.bincount(labels[kept], table["weight"][kept], n_bins)
    return sums


def peers(python: str, script: str, tables: Tables, columns: list[str], work: Path, *more: str) -> list[Any]:
    """Run a peer in its own environment, or take what it found before."""
    known = work / f"{script}.{len(columns)}.json"
    if known.is_file():
        return list(json.loads(known.read_text()))
    arrays = {}
    for name, table in tables.items():
        arrays[f"{name}:scores"] = np.stack([table[c] for c in columns], axis=1).astype(np.float32)
        arrays[f"{name}:weight"] = table["weight"]
    np.savez(work / "events.npz", **arrays)
    command = [python, str(Path(__file__).parent / script), str(work / "events.npz"), str(known)]
    subprocess.run([*command, *more], check=True)
    return list(json.loads(known.read_text()))


class Draw:
    """What is learned from one draw, and its rows."""

    def __init__(self, toy: toys.Toy, seed: int, options: argparse.Namespace) -> None:
        self.toy, self.seed, self.options = toy, seed, options
        self.rows: list[dict[str, Any]] = []
        self.partitions: list[tuple[toys.Partition, int]] = []

    def add_edges(self, method: str, tables: Tables, edges: Any, cpu: float) -> None:
        """A row of one score."""
        inner = np.asarray(edges, dtype=np.float64)
        n_bins = len(inner) + 1
        sums = used(tables, lambda t: np.searchsorted(inner, t["score"], side="right"), n_bins)
        self._add(method, "one", sums, toys.significance(sums), cpu)
        self.partitions.append(toys.by_edges(inner.clip(1e-12, 1 - 1e-12)))

    def add_labels(self, method: str, tables: Tables, labels: Any, n_bins: int, cpu: float) -> None:
        """A row of three classes."""
        sums = used(tables, lambda t: labels(t["score1"], t["score2"]), n_bins)
        self._add(method, "three", sums, toys.geometric_mean(sums), cpu)
        self.partitions.append(toys.by_scores(labels, n_bins))

    def _add(self, method: str, what: str, sums: np.ndarray, value: float, cpu: float) -> None:
        row = {"what": what, "method": method, "bins": sums.shape[1], "toy": self.toy.name, "draw": self.seed}
        self.rows.append(row | {"cpu": cpu, "used": value, "least background": float(sums[2].min())})
        print(json.dumps(self.rows[-1]), flush=True)

    def one_score(self, folder: Path, with_peers: bool) -> None:
        """One dimension."""
        tables = toys.training(self.toy, self.seed, background=300_000, signals=["signal1"])
        paths = toys.write(tables, folder / "one")
        for k in ONE:
            self.add_edges("equidistant", tables, np.arange(1, k) / k, 0.0)
            for method in ("exact", "gradient"):
                result, cpu = fitted(gc.Binning("score", k, range=(0, 1)), Z, paths, self.seed, method)
                self.add_edges(method, tables, result.edges[1:-1], cpu)
        if with_peers:
            bins = [str(k) for k in ONE]
            for found in peers(self.options.peers, "bins_tpe.py", tables, ["score"], folder, "--bins", *bins):
                self.add_edges("Optuna TPE", tables, found["edges"], found["cpu"])
            bins = [str(k) for k in self.options.gato_bins]
            for found in peers(
                self.options.peers, "bins_gato.py", tables, ["score"], folder, "--bins", *bins
            ):
                self.add_edges("gato-hep", tables, found["edges"], found["cpu"])

    def three_classes(self, folder: Path, with_peers: bool) -> None:
        """Two signals and the background."""
        tables = toys.training(self.toy, self.seed, background=1_000_000, signals=["signal1", "signal2"])
        paths = toys.write(tables, folder / "three")
        for k in THREE:
            binning = gc.MixtureBinning(["score1", "score2"], k, coordinates="simplex")
            result, cpu = fitted(binning, BOTH, paths, self.seed, "gradient")
            self.add_labels("mixture", tables, of_mixture(result), result.n_bins, cpu)
        if with_peers:
            bins = [str(k) for k in self.options.gato_bins_2d]
            columns = ["score1", "score2"]
            for found in peers(self.options.peers, "bins_gato.py", tables, columns, folder, "--bins", *bins):
                self.add_labels("gato-hep", tables, of_gato(found), found["bins"], found["cpu"])

    def score(self) -> None:
        """Score all rows on independent events, in one pass."""
        sums = toys.truth_yields(self.toy, self.partitions, self.options.events, 900, self.options.cache)
        for row, own in zip(self.rows, sums, strict=True):
            row["truth"] = toys.significance(own) if row["what"] == "one" else toys.geometric_mean(own)


def summary(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Means over draws, and what the gradient reaches of the exact optimum on the events used."""
    made = []
    for key in dict.fromkeys((row["what"], row["method"], row["bins"]) for row in rows):
        own = [row for row in rows if (row["what"], row["method"], row["bins"]) == key]
        line = dict(zip(("what", "method", "bins"), key, strict=True)) | {"draws": len(own)}
        line |= {name: float(np.mean([row[name] for row in own])) for name in ("truth", "used")}
        line["least background"] = min(row["least background"] for row in own)
        line["largest cpu"] = max(row["cpu"] for row in own)
        of_exact = [r for r in rows if (r["what"], r["method"], r["bins"]) == ("one", "exact", key[2])]
        exact = {row["draw"]: row for row in of_exact}
        if key[0] == "one" and exact:
            line["used over exact"] = min(row["used"] / exact[row["draw"]]["used"] for row in own)
            line["truth over exact"] = float(
                np.mean([row["truth"] / exact[row["draw"]]["truth"] for row in own])
            )
        made.append(line)
    return made


def main() -> None:
    """Run the draws, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--toy", default="A", choices=toys.TOYS)
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--events", type=int, default=20_000_000)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--work", type=Path, default=Path("bins_peers"))
    parser.add_argument("--peers", help="Python with gato-hep and optuna")
    parser.add_argument("--peer-draws", type=int, default=1)
    parser.add_argument("--gato-bins", type=int, nargs="+", default=[3, 5, 10])
    parser.add_argument("--gato-bins-2d", type=int, nargs="+", default=[5])
    parser.add_argument("--what", nargs="+", default=["one", "three"], choices=["one", "three"])
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for seed in range(1, options.draws + 1):
        draw = Draw(toys.TOYS[options.toy], seed, options)
        folder = options.work / f"{options.toy}{seed}"
        folder.mkdir(parents=True, exist_ok=True)
        with_peers = bool(options.peers) and seed <= options.peer_draws
        if "one" in options.what:
            draw.one_score(folder, with_peers)
        if "three" in options.what:
            draw.three_classes(folder, with_peers)
        draw.score()
        rows += draw.rows
        if options.out:
            options.out.write_text(json.dumps({"summary": summary(rows), "draws": rows}, indent=1) + "\n")
    for line in summary(rows):
        print(json.dumps(line))


if __name__ == "__main__":
    main()
