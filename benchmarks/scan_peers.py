"""What scans are compared with: differential evolution at exact targets, PRIM, and cabin.

The first two work on normal scores of the signal, column by column, which changes no box: their thresholds
are those scores. Both are written here; differential evolution counts with gradcut's compiled kernel of hard
cuts, so that its time is that of the search and not of the counting.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from gradcut import _kernels
from scan_sets import Draw

#: scipy's default population, and so many generations; no gradient steps at the end.
GENERATIONS, POPULATION = 60, 15
#: Part of the signal that PRIM peels off at a time.
PEEL = 0.02


def count(columns: list[np.ndarray], low: np.ndarray) -> np.ndarray:
    """Part of the events that pass lower thresholds of shape (points, columns)."""
    n, k = len(columns[0]), len(columns)
    low = np.ascontiguousarray(np.atleast_2d(low), dtype=np.float64)
    moments = _kernels.selection_moments(
        columns,
        np.ones(n),
        step=0,
        kinds=np.zeros(k, np.uint8),
        flags=np.zeros(k, np.uint8),
        low=low,
        high=np.zeros_like(low),
        width=np.ones_like(low),
        derivatives=0,
    )
    return np.asarray(moments[:, 1, 0]) / n


def listed(columns: np.ndarray) -> list[np.ndarray]:
    return [np.ascontiguousarray(column, dtype=np.float64) for column in columns.T]


class Scores:
    """Columns as normal scores of the signal."""

    def __init__(self, draw: Draw) -> None:
        from scipy.special import ndtri

        signal = draw.columns(draw.signal).astype(np.float64)
        self.maps = []
        for column in signal.T:
            values, counts = np.unique(column, return_counts=True)
            middle = (np.cumsum(counts) - counts / 2) / len(column)
            self.maps.append((values, ndtri(middle)))
        self.draw = draw
        self.signal, self.background = (self.of(events) for events in (draw.signal, draw.background))

    def of(self, events: np.ndarray) -> list[np.ndarray]:
        columns = self.draw.columns(events).astype(np.float64)
        return [
            np.interp(column, values, scores, left=scores[0] - 1, right=scores[-1] + 1)
            for column, (values, scores) in zip(columns.T, self.maps, strict=True)
        ]


def evolution(scores: Scores, targets: tuple[float, ...], seed: int) -> tuple[np.ndarray, float]:
    """Thresholds by scipy's differential evolution; a common shift puts every trial at the target exactly."""
    from scipy.optimize import differential_evolution
    from scipy.special import ndtri

    began, found = time.process_time(), []
    signal, n = scores.signal, len(scores.signal[0])
    for target in targets:
        kept = round(target * n)

        def shifted(z: np.ndarray, kept: int = kept) -> np.ndarray:
            need = z[0] - signal[0]
            for threshold, column in zip(z[1:], signal[1:], strict=True):
                np.maximum(need, threshold - column, out=need)
            # Strictly above the threshold, so a little further than what the last event needs.
            return z - np.partition(need, kept - 1)[kept - 1] - 1e-9

        bounds = [(-4.5, float(ndtri(1 - target)))] * len(signal)
        best = differential_evolution(
            lambda z, shifted=shifted: float(count(scores.background, shifted(z))[0]),  # type: ignore[misc]
            bounds,
            maxiter=GENERATIONS,
            popsize=POPULATION,
            tol=0,
            polish=False,
            seed=seed,
        )
        found.append(shifted(best.x))
    return np.array(found), time.process_time() - began


def prim(scores: Scores, targets: tuple[float, ...]) -> tuple[np.ndarray, float]:
    """Thresholds by peeling: always the side that rejects most background for a part of the signal."""
    began = time.process_time()
    signal, background = (np.stack(c, axis=1) for c in (scores.signal, scores.background))
    n, low = len(signal), np.full(signal.shape[1], -np.inf)
    found: dict[float, np.ndarray] = {}
    for target in sorted(targets, reverse=True):
        kept = round(target * n)
        while len(signal) > kept:
            lose = min(max(1, round(PEEL * len(signal))), len(signal) - kept)
            cuts = np.partition(signal, lose - 1, axis=0)[lose - 1]
            cost, gain = ((columns <= cuts).sum(axis=0) for columns in (signal, background))
            # Where many events share a value, it may cost more than was meant.
            price = np.where(cost <= 2 * lose, (gain + 1e-9) / cost, -1.0)
            side = int(np.argmax(price))
            if price[side] < 0:
                break
            low[side] = cuts[side]
            signal, background = (columns[columns[:, side] > cuts[side]] for columns in (signal, background))
        found[target] = low.copy()
    return np.array([found[target] for target in targets]), time.process_time() - began


def cabin(python: Path, draw: Draw, targets: tuple[float, ...], seed: int) -> tuple[np.ndarray, float]:
    """Thresholds on the columns by cabin of PyPI with the paper's Table 1, in an environment of its own."""
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder) / "in.npz", Path(folder) / "out.npz"
        signal, background = (draw.columns(events) for events in (draw.signal, draw.background))
        np.savez(files[0], signal=signal, background=background, targets=np.array(targets), seed=seed)
        script = Path(__file__).with_name("scan_cabin.py")
        subprocess.run([str(python), str(script), *map(str, files)], check=True, capture_output=True)
        with np.load(files[1]) as result:
            return result["cuts"], float(result["cpu"])
