"""Cells with numbers drawn at random, and the slow way to make yields of them."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

from gradcut.binning.cells import Cells
from gradcut.yields import YieldsLayout


def layout(rows: np.ndarray, roles: tuple[str, ...]) -> YieldsLayout:
    entries, sum_w = rows[0, :, :, 0].sum((2, 3)), rows[1, :, :, 0].sum((2, 3))
    n_channels, n_processes = entries.shape
    mean = np.abs(sum_w) / np.maximum(entries, 1)
    return YieldsLayout(
        channels=tuple(f"c{i}" for i in range(n_channels)),
        processes=tuple(f"p{i}" for i in range(n_processes)),
        variations=tuple(f"v{i}:up" if i else "nominal" for i in range(rows.shape[3])),
        bins=("0",),
        roles=roles,
        norm_uncertainty=(0.0,) * n_processes,
        present=np.ones(rows.shape[1:4], dtype=bool),
        total_sum_w=sum_w,
        total_entries=entries,
        largest_weight=2 * mean,
        mean_weight=mean,
    )


def cells(
    n_cells: int,
    seed: int,
    *,
    channels: int = 1,
    roles: tuple[str, ...] = ("signal", "background", "background"),
    negative: float = 0.0,
    entries: float = 20.0,
    fixed: int = 1,
) -> Cells:
    """One axis: signal rises to the right, background falls; some entries have negative weights."""
    rng = np.random.default_rng(seed)
    x = (np.arange(n_cells) + 0.5) / n_cells
    rows = np.zeros((3, channels, len(roles), 1, fixed, n_cells))
    for c, p, f in np.ndindex(channels, len(roles), fixed):
        shape = np.exp(2.5 * x) if roles[p] == "signal" else np.exp(-(4 + p) * x)
        n = rng.poisson(entries * shape / shape.mean())
        down = rng.binomial(n, negative if roles[p] == "background" else 0.0)
        weight = (0.1 if roles[p] == "signal" else 0.7) * (1 + 0.2 * p + 0.1 * c)
        rows[0, c, p, 0, f], rows[1, c, p, 0, f] = n, weight * (n - 2 * down)
        rows[2, c, p, 0, f] = weight**2 * n
    boundary = np.sort(rng.uniform(0, 1, n_cells - 1))
    position = np.concatenate([[0.0], boundary])[None] + 1e-6
    return Cells(layout(rows, roles), position, rows, boundary, (fixed,) if fixed > 1 else ())


def labels_of(cells: Cells, edges: Any) -> np.ndarray:
    """Bin of every cell, by a loop over edges."""
    labels = np.zeros(cells.n_cells, dtype=np.int64)
    for edge in edges:
        for i in range(1, cells.n_cells):
            labels[i] += bool(cells.boundary[i - 1] >= edge)
    return labels


def merit(cells: Cells, objective: Any, limits: Any, edges: Any) -> float:
    """Merit of edges by the slow way; minus infinity where the limits are not met."""
    yields = cells.partition(labels_of(cells, edges)[None], len(edges) + 1)
    if limits:
        widths = np.diff([-np.inf, *edges, np.inf])
        if (limits.excess(yields, np.repeat(widths, cells.n_fixed)) < -1e-9).any():
            return -np.inf
    return float(objective.sign * objective.hard(yields)[0])


def best_edges(cells: Cells, objective: Any, limits: Any, n_bins: int) -> tuple[float, tuple[float, ...]]:
    """Try all edges there are."""
    tried = [(merit(cells, objective, limits, e), e) for e in combinations(cells.boundary, n_bins - 1)]
    return max(tried)
