"""Slow and obvious: the moments of a soft selection from formulas written out in numpy, in double."""

from __future__ import annotations

import math

import numpy as np

_erf = np.vectorize(math.erf)


def step(name: str, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The smooth step and its derivative."""
    if name == "logistic":
        with np.errstate(over="ignore"):
            s = 1 / (1 + np.exp(-u))
        return s, s * (1 - s)
    with np.errstate(over="ignore"):
        return 0.5 * (1 + _erf(u / math.sqrt(2))), np.exp(-u * u / 2) / math.sqrt(2 * math.pi)


def cut(name: str, kind: str, x: np.ndarray, low: float, high: float, h: float) -> list[np.ndarray]:
    """Membership, and its derivatives in low, high and width; missing values fail."""
    ul, uh = (x - low) / h, (x - high) / h
    sl, dl = step(name, ul)
    sh, dh = step(name, uh)
    # at infinity the derivative wins against the factor u
    dl_u, dh_u = (np.where(np.isinf(u), 0, d * np.where(np.isinf(u), 0, u)) for u, d in ((ul, dl), (uh, dh)))
    zero = np.zeros_like(x)
    parts = {
        "above": [sl, -dl / h, zero, -dl_u / h],
        "below": [1 - sh, zero, dh / h, dh_u / h],
        "window": [sl - sh, -dl / h, dh / h, (dh_u - dl_u) / h],
        "veto": [1 - sl + sh, dl / h, -dh / h, (dl_u - dh_u) / h],
    }[kind]
    return [np.where(np.isnan(x), 0, part) for part in parts]


def moments(
    columns: list[np.ndarray],
    weights: np.ndarray,
    kinds: list[str],
    low: np.ndarray,
    high: np.ndarray,
    width: np.ndarray,
    name: str = "logistic",
) -> np.ndarray:
    """Shape (points, 3, 1 + 3 cuts), as ``Selection.h`` lays it out."""
    n_points, n_cuts = low.shape
    w = np.asarray(weights, float)
    result = np.zeros((n_points, 3, 1 + 3 * n_cuts))
    for point in range(n_points):
        parts = [
            cut(name, kind, np.asarray(x, float), low[point, k], high[point, k], width[point, k])
            for k, (kind, x) in enumerate(zip(kinds, columns, strict=True))
        ]
        rows = [np.prod([part[0] for part in parts], axis=0) if parts else np.ones_like(w)]
        for which in (1, 2, 3):
            for k in range(n_cuts):
                others = [part[0] for j, part in enumerate(parts) if j != k]
                rows.append(parts[k][which] * np.prod(others, axis=0) if others else parts[k][which])
        for moment in range(3):
            factor = np.where(w != 0, w**moment, 0)
            result[point, moment] = [math.fsum(factor * row) for row in rows]
    return result
