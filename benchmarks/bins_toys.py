"""Toys of "Learning to bin" (arXiv:2601.07756) and two of their family, with independent events to score on.

    python benchmarks/bins_toys.py [--toy A] [--events 20000000] [--seed 900] [--cache DIR] [--files DIR]

Events are points of three dimensions: every process is a Gaussian about a mean of its own with a covariance
that all share, each coordinate then multiplied by a Gaussian number about 1. Scores are ratios of densities
before that smearing at the smeared point, as a classifier learns them: ``f1 / (f1 + fB)`` in one dimension,
``(f1, f2, fB) / sum`` for three classes. Both are functions of ``ln(f1 / fB)`` and ``ln(f2 / fB)``, all that
is kept of an event. Run as a program it scores the simple binnings; as a module it serves the benchmarks.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

LUMINOSITY = 100.0
#: Events generated at once.
CHUNK = 1_000_000
#: What a partition is: odds of shape (events, 2) to bin numbers, negative where an event is in none.
Partition = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Toy:
    """Two signals and several backgrounds.

    Parameters
    ----------
    name : str
        For file names.
    signals, backgrounds : tuple
        Mean and cross-section of each.
    covariance : ndarray of shape (3, 3)
        Of all processes.
    smearing : float
        Width of the factor on each coordinate.
    """

    name: str
    signals: tuple[tuple[tuple[float, float, float], float], ...]
    backgrounds: tuple[tuple[tuple[float, float, float], float], ...]
    covariance: np.ndarray
    smearing: float

    @property
    def processes(self) -> dict[str, tuple[np.ndarray, float]]:
        """Mean and cross-section by name: ``signal1``, ``signal2``, ``bkg1``, ..."""
        named = {f"signal{i + 1}": one for i, one in enumerate(self.signals)}
        named |= {f"bkg{i + 1}": one for i, one in enumerate(self.backgrounds)}
        return {name: (np.array(mean), cross) for name, (mean, cross) in named.items()}

    def counts(self, signal: int, background: int) -> dict[str, int]:
        """Events of each process; backgrounds share theirs by cross-section."""
        total = sum(cross for _, cross in self.backgrounds)
        return {
            name: signal if name.startswith("signal") else round(background * cross / total)
            for name, (_, cross) in self.processes.items()
        }

    def odds(self, process: str, n_events: int, rng: np.random.Generator) -> np.ndarray:
        """``ln(f1 / fB)`` and ``ln(f2 / fB)`` of some events, shape (events, 2)."""
        mean, _ = self.processes[process]
        root = np.linalg.cholesky(self.covariance)
        x = rng.standard_normal((n_events, 3)) @ root.T + mean
        x *= 1 + self.smearing * rng.standard_normal(x.shape)
        # The part of the logarithms that all processes share is left out: what remains is linear.
        inverse = np.linalg.inv(self.covariance)
        means = np.array([mean for mean, _ in self.processes.values()])
        logs = x @ (inverse @ means.T) - 0.5 * np.einsum("pi,ij,pj->p", means, inverse, means)
        n = len(self.signals)
        share = np.array([cross for _, cross in self.backgrounds])
        background = logs[:, n:] + np.log(share / share.sum())
        top = background.max(axis=1)
        log_b = top + np.log(np.exp(background - top[:, None]).sum(axis=1))
        return logs[:, :n] - log_b[:, None]


def _correlated(correlation: float) -> np.ndarray:
    return np.eye(3) * (1 - correlation) + correlation


#: gato-hep's own; one less separated with strong correlations; one with a rare and well separated signal.
TOYS = {
    "A": Toy(
        "A",
        (((1.5, -1, -1), 0.5), ((-1, 1.5, -1), 0.1)),
        (
            ((-0.5, -0.5, 1), 100),
            ((0.5, -0.5, 0.8), 80),
            ((0.5, 0.5, -0.6), 50),
            ((-0.5, 1, -0.4), 20),
            ((-0.5, 0.5, -0.2), 10),
        ),
        _correlated(0.2),
        0.3,
    ),
    "B": Toy(
        "B",
        (((1.0, -0.6, -0.4), 2.0), ((-0.4, 1.2, -0.8), 0.8)),
        (((-0.3, -0.3, 0.6), 60), ((0.4, 0.0, 0.2), 40), ((0.1, 0.6, -0.5), 15)),
        _correlated(0.5),
        0.4,
    ),
    "C": Toy(
        "C",
        (((2.2, -1.2, -0.8), 0.04), ((-1.4, 2.0, -1.0), 0.03)),
        (((-0.5, -0.4, 0.9), 150), ((0.6, -0.6, 0.6), 30), ((0.3, 0.7, -0.9), 3)),
        _correlated(-0.2),
        0.2,
    ),
}


def discriminant(odds: np.ndarray) -> np.ndarray:
    """One-dimensional score ``f1 / (f1 + fB)``."""
    return 1 / (1 + np.exp(-odds[:, 0]))


def scores(odds: np.ndarray) -> np.ndarray:
    """Scores of three classes, shape (events, 3)."""
    logs = np.concatenate([odds, np.zeros((len(odds), 1))], axis=1)
    logs -= logs.max(axis=1, keepdims=True)
    return np.exp(logs) / np.exp(logs).sum(axis=1, keepdims=True)


def training(
    toy: Toy, seed: int, *, signal: int = 100_000, background: int, signals: Sequence[str]
) -> dict[str, dict[str, np.ndarray]]:
    """Events to learn from: columns ``score`` (1-D), ``score1``, ``score2``, ``weight`` and ``event``.

    Parameters
    ----------
    toy : Toy
        The processes.
    seed : int
        Of the draw.
    signal, background : int
        Events of each signal, and of all backgrounds together.
    signals : sequence of str
        Which signals are wanted.
    """
    made, first = {}, 0
    for number, (name, n) in enumerate(toy.counts(signal, background).items()):
        if name.startswith("signal") and name not in signals:
            continue
        odds = toy.odds(name, n, np.random.default_rng([seed, number]))
        three = scores(odds)
        made[name] = {
            "score": discriminant(odds),
            "score1": three[:, 0],
            "score2": three[:, 1],
            "weight": np.full(n, toy.processes[name][1] * LUMINOSITY / n),
            "event": np.arange(first, first + n),
        }
        first += n
    return made


def write(tables: Mapping[str, Mapping[str, np.ndarray]], folder: Path) -> dict[str, Path]:
    """Write events to a ROOT file per process, tree ``events``; columns in float but for the number."""
    import uproot

    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    for name, table in tables.items():
        paths[name] = folder / f"{name}.root"
        kinds = {c: np.float64 if c == "weight" else np.float32 for c in table if c != "event"}
        columns = {c: np.asarray(v, dtype=kinds.get(c, np.int64)) for c, v in table.items()}
        with uproot.recreate(paths[name]) as file:
            file.mktree("events", {column: values.dtype for column, values in columns.items()})
            file["events"].extend(columns)
    return paths


def truth(toy: Toy, n_events: int, seed: int, cache: Path | None = None) -> Iterator[tuple[int, Any, float]]:
    """Events that nothing learns from, chunk by chunk: group (0, 1 signals, 2 background), odds, weight.

    Parameters
    ----------
    toy : Toy
        The processes.
    n_events : int
        Background events; each signal has a tenth of it.
    seed : int
        Of the draw.
    cache : Path, optional
        Folder in which the odds are kept in single precision between calls.
    """
    for number, (name, total) in enumerate(toy.counts(n_events // 10, n_events).items()):
        weight = toy.processes[name][1] * LUMINOSITY / total
        group = int(name[-1]) - 1 if name.startswith("signal") else 2
        for part, start in enumerate(range(0, total, CHUNK)):
            n = min(CHUNK, total - start)
            path = cache / f"toy{toy.name}_{seed}_{n_events}_{name}_{part}.npy" if cache else None
            if path is not None and path.is_file():
                yield group, np.load(path), weight
                continue
            odds = toy.odds(name, n, np.random.default_rng([seed, 77, number, part])).astype(np.float32)
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
                np.save(path, odds)
            yield group, odds, weight


def truth_yields(
    toy: Toy, partitions: Sequence[tuple[Partition, int]], n_events: int, seed: int, cache: Path | None = None
) -> list[np.ndarray]:
    """Yields of the groups (two signals, background) in the bins of several partitions, (3, bins) each.

    A partition comes with its number of bins; all are scored in one pass, so that they share the events.
    """
    sums = [np.zeros((3, n_bins)) for _, n_bins in partitions]
    for group, odds, weight in truth(toy, n_events, seed, cache):
        for total, (partition, n_bins) in zip(sums, partitions, strict=True):
            labels = partition(odds)
            kept = labels[labels >= 0]
            total[group] += weight * np.bincount(kept, minlength=n_bins)
    return sums


def asimov(s: np.ndarray, b: np.ndarray) -> float:
    """Significance of bins in quadrature, without uncertainty: arXiv:1007.1727, eq. 97."""
    s, b = s[b > 0], b[b > 0]
    r = s / b
    exact = 2 * ((1 + r) * np.log1p(r) - r)
    return float(np.sqrt((b * np.where(r < 1e-4, r * r * (1 - r / 3), exact)).sum()))


def significance(sums: np.ndarray) -> float:
    """1-D: the first signal against the background alone; the second is not there."""
    return asimov(sums[0], sums[2])


def geometric_mean(sums: np.ndarray) -> float:
    """Three classes: ``sqrt(Z1 Z2)``, each signal in the background of the other."""
    return float(np.sqrt(asimov(sums[0], sums[1] + sums[2]) * asimov(sums[1], sums[0] + sums[2])))


def truth_score(
    toy: Toy,
    partitions: Sequence[tuple[Partition, int]],
    n_events: int,
    seed: int,
    *,
    merit: Callable[[np.ndarray], float] = significance,
    cache: Path | None = None,
) -> list[float]:
    """Score of each partition on independent events."""
    return [merit(sums) for sums in truth_yields(toy, partitions, n_events, seed, cache)]


def by_edges(edges: np.ndarray) -> tuple[Partition, int]:
    """Bins of the one-dimensional score between edges; an event at an edge is above it."""
    inner = np.sort(np.asarray(edges, dtype=np.float64))
    at = np.log(inner / (1 - inner))
    return (lambda odds: np.searchsorted(at, odds[:, 0], side="right")), len(inner) + 1


def by_scores(labels: Callable[[np.ndarray, np.ndarray], np.ndarray], n_bins: int) -> tuple[Partition, int]:
    """Bins that are a function of the two signal scores."""

    def partition(odds: np.ndarray) -> np.ndarray:
        three = scores(odds)
        return labels(three[:, 0], three[:, 1])

    return partition, n_bins


def argmax_equidistant(n: int) -> Callable[[np.ndarray], float]:
    """gato-hep's baseline: events of the class with the largest score, ``n`` equal bins of it from 0.33 to 1.

    Bins of the first signal come first; each significance uses its own only.
    """

    def merit(sums: np.ndarray) -> float:
        first, second = sums[:, :n], sums[:, n : 2 * n]
        z1 = asimov(first[0], first[1] + first[2])
        return float(np.sqrt(z1 * asimov(second[1], second[0] + second[2])))

    return merit


def argmax_partition(n: int) -> tuple[Partition, int]:
    """Bins of :func:`argmax_equidistant`; background-like events are in the last."""

    def partition(odds: np.ndarray) -> np.ndarray:
        three = scores(odds)
        best = three.argmax(axis=1)
        place = ((three.max(axis=1) - 0.33) / (0.67 / n)).astype(int).clip(0, n - 1)
        return np.where(best == 2, 2 * n, best * n + place)

    return partition, 2 * n + 1


def main() -> None:
    """Score the simple binnings, and write training files where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--toy", default="A", choices=TOYS)
    parser.add_argument("--events", type=int, default=20_000_000)
    parser.add_argument("--seed", type=int, default=900)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--files", type=Path, help="write the events to learn from there as ROOT files")
    options = parser.parse_args()
    toy = TOYS[options.toy]
    if options.files:
        one = training(toy, options.seed, background=300_000, signals=["signal1"])
        three = training(toy, options.seed, background=1_000_000, signals=["signal1", "signal2"])
        print(write(one, options.files / "one"), write(three, options.files / "three"))
    bins = (3, 5, 10)
    partitions = [by_edges(np.arange(1, k) / k) for k in bins]
    partitions += [by_edges(1 / (1 + np.exp(-np.linspace(-8, 8, 801))))]
    splits = (2, 5, 10)
    partitions += [argmax_partition(n) for n in splits]
    sums = truth_yields(toy, partitions, options.events, options.seed, options.cache)
    for k, found in zip(bins, sums, strict=False):
        print(f"{k} equidistant bins: {significance(found):.4f}")
    print(f"802 bins in the odds: {significance(sums[len(bins)]):.4f}")
    for n, found in zip(splits, sums[len(bins) + 1 :], strict=True):
        print(f"largest score, {2 * n + 1} bins: {argmax_equidistant(n)(found):.4f}")


if __name__ == "__main__":
    main()
