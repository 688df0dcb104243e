"""Slow, obvious references: one event, one cut, one formula at a time, in 40 digits."""

from __future__ import annotations

import math
from dataclasses import dataclass

import mpmath
import numpy as np


@dataclass(frozen=True)
class Case:
    """A selection at several points and the events it is applied to."""

    step: str
    kinds: tuple[str, ...]
    low: np.ndarray  # (points, cuts)
    high: np.ndarray
    width: np.ndarray
    columns: list[np.ndarray]
    weights: np.ndarray
    inclusive_low: tuple[bool, ...] = ()
    inclusive_high: tuple[bool, ...] = ()
    missing_passes: tuple[bool, ...] = ()

    def __post_init__(self) -> None:
        for name in ("inclusive_low", "inclusive_high", "missing_passes"):
            if not getattr(self, name):
                object.__setattr__(self, name, (False,) * len(self.kinds))

    @property
    def n_cuts(self) -> int:
        return len(self.kinds)

    @property
    def n_points(self) -> int:
        return len(self.low)

    def changed(self, **fields: object) -> Case:
        return Case(**{**self.__dict__, **fields})


def step(name: str, u: mpmath.mpf) -> mpmath.mpf:
    if name == "logistic":
        return 1 / (1 + mpmath.exp(-u))
    return mpmath.erfc(-u / mpmath.sqrt(2)) / 2


def cut_membership(case: Case, point: int, k: int, x: float) -> mpmath.mpf:
    if math.isnan(x):
        return mpmath.mpf(1 if case.missing_passes[k] else 0)
    kind = case.kinds[k]
    low, high = float(case.low[point, k]), float(case.high[point, k])
    if case.step == "hard":
        above = x >= low if case.inclusive_low[k] else x > low
        below = x <= high if case.inclusive_high[k] else x < high
        passes = {"above": above, "below": below, "window": above and below, "veto": not (above and below)}
        return mpmath.mpf(int(passes[kind]))
    h = mpmath.mpf(float(case.width[point, k]))
    u_low, u_high = (mpmath.mpf(x) - low) / h, (mpmath.mpf(x) - high) / h
    if kind == "above":
        return step(case.step, u_low)
    if kind == "below":
        return step(case.step, -u_high)
    inside = mpmath.mpf(0) if math.isinf(x) else step(case.step, u_low) - step(case.step, u_high)
    return inside if kind == "window" else 1 - inside


def membership(case: Case, point: int) -> list[mpmath.mpf]:
    """Membership of every event."""
    with mpmath.workdps(40):
        products = []
        for i in range(len(case.weights)):
            p = mpmath.mpf(1)
            for k in range(case.n_cuts):
                p *= cut_membership(case, point, k, float(case.columns[k][i]))
            products.append(p)
        return products


def moments(case: Case, point: int) -> list[mpmath.mpf]:
    """Entries, yield and MC variance."""
    with mpmath.workdps(40):
        p = membership(case, point)
        w = [mpmath.mpf(float(x)) for x in case.weights]
        return [
            mpmath.fsum(a for a, b in zip(p, w, strict=True) if b != 0),
            mpmath.fsum(a * b for a, b in zip(p, w, strict=True)),
            mpmath.fsum(a * b * b for a, b in zip(p, w, strict=True)),
        ]


def derivative(case: Case, point: int, slot: str, k: int) -> list[mpmath.mpf]:
    """Central difference of the moments in 40 digits: exact to some 13 digits."""
    with mpmath.workdps(40):
        result = []
        for sign in (1, -1):
            # mpmath has no arrays: a thin copy of the case with one shifted number in high precision
            result.append(moments(_shifted(case, point, slot, k, sign * 1e-7), 0))
        return [(a - b) / mpmath.mpf(2e-7) for a, b in zip(*result, strict=True)]


def _shifted(case: Case, point: int, slot: str, k: int, delta: float) -> Case:
    arrays = {
        name: np.array(getattr(case, name)[[point]], dtype=np.float64) for name in ("low", "high", "width")
    }
    # The nearest double of the shifted number is what both sides of the difference are taken at.
    arrays[slot][0, k] += delta
    return case.changed(**arrays)
