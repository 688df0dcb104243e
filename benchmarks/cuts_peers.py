"""What the cut benchmarks compare with: differential evolution, written in numpy without gradcut.

The objective is read from its definition, not imported: Asimov significance with a relative background
uncertainty and the MC variance of every background, which is at least that of 1.1479 events of mean weight
(the 68% upper limit of an empty Poisson bin), on the scale of all events.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

#: scipy's defaults, but for a fixed number of generations and no gradient steps at the end.
GENERATIONS, POPULATION = 60, 15


@dataclass
class Process:
    """Events of one process: float32 columns, weights, and what is known of all its events."""

    columns: list[np.ndarray]
    weights: np.ndarray
    is_signal: bool
    #: Of all events: sum of weights, of their squares, mean absolute weight.
    total: float = 0.0
    squares: float = 0.0
    mean: float = 0.0
    #: A compiled loop over the events instead of numpy, see :func:`compiled_sums`.
    compiled: Callable[..., Any] | None = None

    @cached_property
    def matrix(self) -> np.ndarray:
        """Events one after the other."""
        return np.ascontiguousarray(np.stack(self.columns, axis=1))

    def __post_init__(self) -> None:
        if not self.total:
            self.total, self.squares = float(self.weights.sum()), float((self.weights**2).sum())
            self.mean = float(np.abs(self.weights).mean())

    def part(self, inside: np.ndarray) -> Process:
        """Some events, with the weights they have; totals stay those of all events."""
        columns = [np.ascontiguousarray(column[inside]) for column in self.columns]
        return replace(self, columns=columns, weights=self.weights[inside])

    def scaled(self) -> Process:
        """With weights scaled to the sum of all events."""
        weights = self.weights * (self.total / self.weights.sum())
        return replace(self, weights=weights)

    @cached_property
    def variance_scale(self) -> float:
        """Factor from sums of squared weights to the variance in all events."""
        return self.squares / float((self.weights**2).sum())

    def passed(self, cuts: np.ndarray, signs: Sequence[int]) -> np.ndarray:
        inside = np.ones(len(self.weights), dtype=bool)
        for column, cut, sign in zip(self.columns, cuts.astype(np.float32), signs, strict=True):
            inside &= column > cut if sign > 0 else column < cut
        return inside

    def sums(self, cuts: np.ndarray, signs: Sequence[int]) -> tuple[float, float, int]:
        """Yield, sum of squared weights and entries after the cuts."""
        if self.compiled is not None:
            found = self.compiled(self.matrix, self.weights, cuts.astype(np.float32), np.array(signs))
            return found[0], found[1], int(found[2])
        kept = self.weights[self.passed(cuts, signs)]
        return float(kept.sum()), float((kept * kept).sum()), len(kept)


def asimov(s: float, b: float, variance: float) -> float:
    """ATL-PHYS-PUB-2020-025, eq. 1; variance is that of the background."""
    if b <= 0 or s <= 0:
        return 0.0
    n = s + b
    first = n * np.log(n * (b + variance) / (b * b + n * variance))
    second = b * b / variance * np.log1p(variance * s / (b * (b + variance)))
    return float(np.sqrt(max(0.0, 2 * (first - second))))


def significance(sums: Sequence[tuple[float, float, bool, float]], uncertainty: float) -> float:
    """Of (yield, variance without floor, is signal, mean weight) per process."""
    s = sum(n for n, _, is_signal, _ in sums if is_signal)
    b = sum(n for n, _, is_signal, _ in sums if not is_signal)
    floored = sum(max(v, (1.1479 * w) ** 2) for _, v, is_signal, w in sums if not is_signal)
    return asimov(s, b, (uncertainty * b) ** 2 + floored)


def significance_of(
    processes: Sequence[Process], cuts: np.ndarray, signs: Sequence[int], uncertainty: float
) -> float:
    """Significance of cuts on some events, which stand for all."""
    rows = []
    for process in processes:
        total, squares, _ = process.sums(cuts, signs)
        rows.append((total, squares * process.variance_scale, process.is_signal, process.mean))
    return significance(rows, uncertainty)


def bounds_of(processes: Sequence[Process]) -> list[tuple[float, float]]:
    """From the first to nearly the last event of every feature."""
    columns = [np.concatenate([p.columns[k] for p in processes]) for k in range(len(processes[0].columns))]
    return [(float(column.min()), float(np.quantile(column, 0.9995))) for column in columns]


def evolve(loss: Callable[[np.ndarray], float], bounds: list[tuple[float, float]], seed: int) -> np.ndarray:
    """Thresholds of least loss that scipy's differential evolution finds."""
    from scipy.optimize import differential_evolution

    found: Any = differential_evolution(
        loss, bounds, maxiter=GENERATIONS, popsize=POPULATION, tol=0, polish=False, seed=seed
    )
    return np.asarray(found.x)


def compiled_sums() -> Callable[..., Any]:
    """A loop over the events that leaves each at the first cut it fails, compiled by numba."""
    import numba

    @numba.njit
    def sums(columns: Any, weights: Any, cuts: Any, signs: Any) -> Any:
        total, squares, entries = 0.0, 0.0, 0
        for i in range(len(weights)):
            passed = True
            for k in range(len(cuts)):
                if (columns[i, k] <= cuts[k]) if signs[k] > 0 else (columns[i, k] >= cuts[k]):
                    passed = False
                    break
            if passed:
                total += weights[i]
                squares += weights[i] * weights[i]
                entries += 1
        return total, squares, entries

    sums(np.zeros((1, 1), np.float32), np.zeros(1), np.zeros(1, np.float32), np.ones(1, np.int64))
    return sums
