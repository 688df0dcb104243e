"""Slow, obvious bins: one event, one bin, one formula at a time, in 40 digits."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise, product

import mpmath
import numpy as np

from contracts.oracle import step

Numbers = list[mpmath.mpf]


@dataclass(frozen=True)
class BinsCase:
    """Bins at several points and the events they are applied to."""

    kind: str
    step: str
    parameters: np.ndarray  # (points, parameters)
    columns: list[np.ndarray]
    weights: np.ndarray
    n_edges: tuple[int, ...] = ()
    n_components: int = 0
    local_width: bool = False
    reflect: bool = False

    @property
    def n_bins(self) -> int:
        return math.prod(n + 1 for n in self.n_edges) if self.kind == "axes" else self.n_components

    @property
    def n_points(self) -> int:
        return len(self.parameters)

    def changed(self, **fields: object) -> BinsCase:
        return replace(self, **fields)


def event_memberships(case: BinsCase, parameters: Numbers, event: int) -> Numbers:
    """Membership of an event in every bin at one point."""
    x = [float(column[event]) for column in case.columns]
    missing = math.isinf if case.kind == "mixture" else (lambda _: False)
    if any(math.isnan(v) or missing(v) for v in x):
        return [mpmath.mpf(0)] * case.n_bins
    return {"axes": _axes, "mixture": _mixture, "softmax": _softmax}[case.kind](case, parameters, x)


def memberships(case: BinsCase, parameters: Numbers) -> list[Numbers]:
    """Memberships ``[event][bin]``."""
    return [event_memberships(case, parameters, event) for event in range(len(case.weights))]


def moments(case: BinsCase, parameters: Numbers) -> list[Numbers]:
    """Entries, yield and MC variance of every bin."""
    p = memberships(case, parameters)
    w = [mpmath.mpf(float(v)) for v in case.weights]
    return [
        [mpmath.fsum(v**m * q[b] for v, q in zip(w, p, strict=True) if v != 0) for b in range(case.n_bins)]
        for m in range(3)
    ]


def _axes(case: BinsCase, parameters: Numbers, x: list[float]) -> Numbers:
    first, axes = 0, []
    for a, n in enumerate(case.n_edges):
        edges = parameters[first : first + n]
        axes.append(_axis(case, edges, parameters[sum(case.n_edges) + a], x[a]))
        first += n
    return [mpmath.fprod(shares) for shares in product(*axes)]


def _axis(case: BinsCase, edges: Numbers, width: mpmath.mpf, x: float) -> Numbers:
    n = len(edges)
    if case.step == "hard":
        bounds = [-mpmath.inf, *edges, mpmath.inf]
        return [
            mpmath.mpf(int(low <= x and (x < high or high == mpmath.inf))) for low, high in pairwise(bounds)
        ]
    h = width * (_local_width(edges, x) if case.local_width else 1)

    def above(at: float | mpmath.mpf, edge: mpmath.mpf) -> mpmath.mpf:
        return mpmath.mpf(int(at > 0)) if mpmath.isinf(at) else step(case.step, (at - edge) / h)

    if not case.reflect:
        shares = [mpmath.mpf(1), *(above(x, e) for e in edges), mpmath.mpf(0)]
        return [a - b for a, b in pairwise(shares)]
    if x < edges[0] or x >= edges[-1]:
        return [mpmath.mpf(int(b == (0 if x < edges[0] else n))) for b in range(n + 1)]
    images = [x, 2 * edges[0] - x, 2 * edges[-1] - x]
    shares = [mpmath.fsum(above(at, low) - above(at, high) for at in images) for low, high in pairwise(edges)]
    # What an image leaks over the far end stays in the outermost bin there.
    shares[0] += 1 - above(images[2], edges[0])
    shares[-1] += above(images[1], edges[-1])
    return [mpmath.mpf(0), *shares, mpmath.mpf(0)]


def _local_width(edges: Numbers, x: float) -> mpmath.mpf:
    if len(edges) < 2:
        return mpmath.mpf(1)
    centres = [(a + b) / 2 for a, b in pairwise(edges)]
    widths = [b - a for a, b in pairwise(edges)]
    if x < centres[0]:
        return widths[0]
    for j, (low, high) in enumerate(pairwise(centres)):
        if low <= x < high:
            t = (x - low) / (high - low)
            return widths[j] * (1 - t) + widths[j + 1] * t
    return widths[-1]


def _mixture(case: BinsCase, parameters: Numbers, x: list[float]) -> Numbers:
    k, d = case.n_components, len(case.columns)
    means, triangles = parameters[k:], parameters[k + k * d :]
    scores = []
    for c in range(k):
        size = d * (d + 1) // 2
        rows = triangles[c * size : (c + 1) * size]
        matrix = mpmath.zeros(d, d)
        for i in range(d):
            for j in range(i + 1):
                matrix[i, j] = rows[i * (i + 1) // 2 + j]
        difference = mpmath.matrix([x[i] - means[c * d + i] for i in range(d)])
        precision = matrix.T * matrix
        distance = (difference.T * precision * difference)[0]
        scores.append(parameters[c] + mpmath.log(mpmath.det(precision)) / 2 - distance / 2)
    return _largest(scores) if case.step == "hard" else _shares(scores, parameters[-1])


def _softmax(case: BinsCase, parameters: Numbers, x: list[float]) -> Numbers:
    scores = [v + b for v, b in zip(x, parameters[:-1], strict=True)]
    return _largest(scores) if case.step == "hard" else _shares(scores, parameters[-1])


def _largest(scores: Numbers) -> Numbers:
    best = max(range(len(scores)), key=scores.__getitem__)
    return [mpmath.mpf(int(b == best)) for b in range(len(scores))]


def _shares(scores: Numbers, temperature: mpmath.mpf) -> Numbers:
    top = max(scores)
    powers = [mpmath.exp((s - top) / temperature) for s in scores]
    return [p / mpmath.fsum(powers) for p in powers]
