"""Cuts on independent Gaussians, of which the best ones are known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import erf, exp, log, pi, sqrt
from typing import Any

import numpy as np

__all__ = ["best_background", "bisected", "tail", "true_efficiencies"]


def tail(z: float) -> float:
    """Part of a Gaussian above; an open cut keeps all."""
    return 0.5 - 0.5 * erf(z / sqrt(2))


def bisected(rises: Callable[[float], float], low: float, high: float) -> float:
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (low, middle) if rises(middle) > 0 else (middle, high)
    return (low + high) / 2


def best_background(means: Sequence[float], target: float) -> float:
    """Least background of cuts ``x_k > t_k`` on independent Gaussians of width one, signal at the means.

    At the optimum every cut rejects as much background for the signal that it costs: the ratio of
    ``d log eps_b / dt`` to ``d log eps_s / dt`` is the same for all, and falls with every ``t_k``.
    """

    def hazard(z: float) -> float:
        return exp(-z * z / 2) / sqrt(2 * pi) / tail(z)

    def cut(mean: float, slope: float) -> float:
        return bisected(lambda t: log(slope) - log(hazard(t) / hazard(t - mean)), -6, 6)

    def cuts(slope: float) -> list[float]:
        return [cut(mean, slope) for mean in means]

    def signal(slope: float) -> float:
        return float(np.prod([tail(t - m) for t, m in zip(cuts(slope), means, strict=True)]))

    logarithm = bisected(lambda a: signal(exp(a)) - target, -2, 8)
    return float(np.prod([tail(t) for t in cuts(exp(logarithm))]))


def true_efficiencies(values: Any, means: Sequence[float]) -> tuple[float, float]:
    pairs = list(zip(values.values(), means, strict=True))
    return float(np.prod([tail(t - m) for t, m in pairs])), float(np.prod([tail(t) for t, _ in pairs]))
