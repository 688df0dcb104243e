"""Small samples whose best bins are known well enough."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

import gradcut as gc


def events(n: int, shift: float, total: float, first: int, seed: int = 0) -> dict[str, Any]:
    """Scores that are larger the larger ``shift`` is, a mass that falls, and a weight."""
    rng = np.random.default_rng([seed, first])
    score = 1 / (1 + np.exp(-rng.normal(shift, 1.2, n)))
    return {
        "score": score.astype(np.float32),
        "other": rng.normal(shift, 1.0, n),
        "mass": 100 + rng.exponential(40.0, n),
        "n_jet": rng.poisson(2 + 2 * (shift > 0), n).astype(np.int32),
        "w": np.full(n, total / n),
        "event": np.arange(first, first + n),
    }


SIGNAL = events(3000, 1.5, 40.0, 0)
SECOND = events(3000, 0.7, 30.0, 10**6)
BACKGROUND = events(8000, -1.0, 2000.0, 10**7)
EVERYTHING = {name: np.concatenate([SIGNAL[name], BACKGROUND[name]]) for name in SIGNAL}


def samples(
    *, second: bool = False, background: Any = BACKGROUND, signal: Any = SIGNAL, **how: Any
) -> gc.Samples:
    """One signal or two, and a background."""
    made = gc.Samples(weight="w", event="event", **how)
    made.add("signal", signal, role="signal")
    if second:
        made.add("second", SECOND, role="signal")
    made.add("background", background, role="background")
    return made


def yields(edges: Any, tables: Any, column: str = "score") -> np.ndarray:
    """Sums of weights between edges, the first and last bin open: an obvious loop."""
    x, w = tables[column].astype(float), tables["w"]
    inner = list(edges[1:-1])
    ends = [-np.inf, *inner, np.inf]
    return np.array([w[(x >= low) & (x < high)].sum() for low, high in itertools.pairwise(ends)])


def asimov(s: np.ndarray, b: np.ndarray) -> float:
    """Significance without uncertainty, arXiv:1007.1727 eq. 97."""
    return float(np.sqrt((2 * ((s + b) * np.log1p(s / b) - s)).sum()))
