"""Events of the scan benchmark, and the best that any cuts on them can do where that is known.

Every cut is a lower threshold on a column: a feature is multiplied by the sign of the side where the signal
has the larger median, and a window is a cut on the feature and one on its negative.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import erfc, exp, log, pi, sqrt
from pathlib import Path

import numpy as np

SIZE, JUDGE = 8000, 200_000
TARGETS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.93, 0.95)
#: Lowest background efficiency of any one-sided box: for gauss42 exact, by dynamic programming on the
#: analytic frontiers; for susytoy the best that differential evolution finds on 200k + 200k events.
LIMITS = {
    "susytoy": (0.0811, 0.1445, 0.2191, 0.3028, 0.3991, 0.5019, 0.6120, 0.7483, 0.7974, 0.8376),
    "gauss42": (2.1e-9, 4.5e-8, 4.6e-7, 3.3e-6, 1.8e-5, 9.3e-5, 4.5e-4, 2.37e-3, 4.12e-3, 6.05e-3),
}


@dataclass(frozen=True)
class Draw:
    """Events to learn from and to judge by, shape (events, features)."""

    signal: np.ndarray
    background: np.ndarray
    judge_signal: np.ndarray
    judge_background: np.ndarray
    two_sided: bool

    @cached_property
    def signs(self) -> np.ndarray:
        larger = np.median(self.signal, axis=0) > np.median(self.background, axis=0)
        return np.where(larger, 1.0, -1.0)

    def columns(self, events: np.ndarray) -> np.ndarray:
        """What lower thresholds are applied to."""
        return np.hstack([events, -events]) if self.two_sided else events * self.signs


@dataclass(frozen=True)
class EventSet:
    """A kind of events: a draw by its number, and the limit at a signal efficiency."""

    draw: Callable[[int], Draw]
    targets: tuple[float, ...]
    limit: Callable[[float], float] | None = None
    two_sided: bool = False


def interpolated(at: float, efficiencies: np.ndarray, values: np.ndarray) -> float:
    """Interpolate in the logarithm, beyond the ends with the slope there."""
    order = np.argsort(efficiencies)
    x, y = np.asarray(efficiencies)[order], np.log(np.maximum(values, 1e-300))[order]
    end = min(max(int(np.searchsorted(x, at)), 1), len(x) - 1)
    slope = (y[end] - y[end - 1]) / max(x[end] - x[end - 1], 1e-12)
    return float(np.exp(y[end - 1] + slope * (at - x[end - 1])))


def from_files(folder: Path, name: str) -> EventSet:
    """Draws of 8000 events each that follow each other in the score files; all others judge."""
    import uproot

    tables = {}
    for role in ("signal", "background"):
        with uproot.open(f"{folder / f'{name}_score_{role}'}.root:events") as tree:
            names = [key for key in tree.keys() if key != "weight"]  # noqa: SIM118 (a tree is no dict)
            arrays = tree.arrays(names, library="np")
        tables[role] = np.stack([arrays[key] for key in names], axis=1)

    def draw(number: int) -> Draw:
        inside = np.arange(len(tables["signal"])) // SIZE == number
        s, b = tables["signal"], tables["background"]
        return Draw(s[inside], b[inside], s[~inside], b[~inside], two_sided=False)

    return EventSet(draw, TARGETS, lambda at: interpolated(at, np.array(TARGETS), np.array(LIMITS[name])))


def windows(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Narrow signal inside a broad background: one-sided cuts lose by factors."""
    signal = rng.normal((0.3, -0.2, 0.5, 0, 1.0), (0.6, 0.8, 0.5, 0.9, 0.7), (n, 5))
    return signal, rng.normal(0, (2, 2.5, 1.8, 1.5, 2.2), (n, 5))


def tails(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Log-normal, Student's t with an infinite variance, an integer, and one that is mostly zero."""
    found = []
    for widths, common, shifts, t, mean, share in (
        (0.6, 0.5, (0.5, 0.3, 0.8, 0.2), 1.5, 4.0, 0.7),
        (0.8, 0.6, (0.0, 0.0, 0.0, 0.0), 0.0, 2.5, 0.4),
    ):
        together = rng.normal(size=(n, 1))
        columns = [np.exp(rng.normal(size=(n, 4)) * widths + common * together + np.array(shifts))]
        columns += [rng.standard_t(1.5, (n, 1)) + t, rng.poisson(mean, (n, 1)).astype(float)]
        found.append(np.hstack([*columns, (rng.random((n, 1)) < share) * rng.exponential(1, (n, 1))]))
    return found[0], found[1]


def correlated(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Six Gaussian features with strong correlations of both signs, another width in the background."""
    m, mixing = 6, np.random.default_rng(5).normal(size=(6, 6))
    root = np.linalg.cholesky(mixing @ mixing.T / m + 0.3 * np.eye(m))
    signal = rng.normal(size=(n, m)) @ root.T + np.array([1.2, 0.3, 0.8, 0, 0.5, -0.9])
    return signal, rng.normal(size=(n, m)) @ root.T * np.array([1, 1.4, 1, 1, 0.8, 1.2])


FORTY = np.abs(np.random.default_rng(6).normal(0, 0.35, 40))


def forty(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Forty weak independent Gaussian features."""
    return rng.normal(FORTY, 1, (n, 40)), rng.normal(0, 1, (n, 40))


def limit_of_gaussians(means: np.ndarray, target: float) -> float:
    """Least background of cuts on independent Gaussians: where all cuts reject at the same price."""

    def tail(z: float) -> float:
        return 0.5 * erfc(z / sqrt(2))

    def hazard(z: float) -> float:
        return exp(-z * z / 2) / sqrt(2 * pi) / tail(z)

    def bisected(f: Callable[[float], float], low: float, high: float) -> float:
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (low, middle) if f(middle) > 0 else (middle, high)
        return (low + high) / 2

    def cuts(price: float) -> list[float]:
        return [
            bisected(lambda t, m=m: price - log(hazard(t) / hazard(t - m)), -7, 6)  # type: ignore[misc]
            for m in means
        ]

    def kept(price: float) -> float:
        return float(np.prod([tail(t - m) for t, m in zip(cuts(price), means, strict=True)]))

    best = bisected(lambda price: kept(price) - target, -2, 6)
    return float(np.prod([tail(t) for t in cuts(best)]))


def made(
    make: Callable[..., tuple[np.ndarray, np.ndarray]], two_sided: bool = False
) -> Callable[[int], Draw]:
    judges: list[tuple[np.ndarray, np.ndarray]] = []

    def draw(number: int, size: int = SIZE) -> Draw:
        if not judges:
            judges.append(make(JUDGE, np.random.default_rng(99)))
        return Draw(*make(size, np.random.default_rng(number)), *judges[0], two_sided=two_sided)

    return draw


FOUR = (0.3, 0.5, 0.7, 0.9)
MADE = {
    "windows": EventSet(made(windows, two_sided=True), FOUR, two_sided=True),
    "tails": EventSet(made(tails), FOUR),
    "correlated": EventSet(made(correlated), FOUR),
    "forty": EventSet(made(forty), FOUR, lambda at: limit_of_gaussians(FORTY, at)),
}
