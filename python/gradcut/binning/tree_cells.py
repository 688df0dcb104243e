"""Cells of several columns: a tree of splits at medians, so that every cell has about as many events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MedianTree", "grown"]

#: Events that the splits are made from.
SAMPLE = 200_000


@dataclass(frozen=True, eq=False)
class MedianTree:
    """Splits in heap order: the children of node ``i`` are ``2 i`` and ``2 i + 1``, the root is 1.

    Parameters
    ----------
    axes : ndarray of int64, shape (2^depth,)
        Along which column a node is split.
    thresholds : ndarray of float64, shape (2^depth,)
        Values from there on go to the second child.
    depth : int
        Number of splits on the way to a cell.
    """

    axes: NDArray[np.int64]
    thresholds: NDArray[np.float64]
    depth: int

    def cell(self, columns: Sequence[NDArray[np.float64]]) -> NDArray[np.int64]:
        """Cell of every event, -1 where a value is missing or infinite."""
        x = np.stack(columns, axis=1)
        node = np.ones(len(x), dtype=np.int64)
        rows = np.arange(len(x))
        for _ in range(self.depth):
            node = 2 * node + (x[rows, self.axes[node]] >= self.thresholds[node])
        return np.asarray(np.where(np.isfinite(x).all(1), node - (1 << self.depth), -1))


def grown(
    columns: Sequence[NDArray[np.float64]], weights: NDArray[np.float64], depth: int, seed: int
) -> MedianTree:
    """Grow a tree.

    Parameters
    ----------
    columns : sequence of ndarray of float64, each of shape (n_events,)
        Finite values, in comparable units.
    weights : ndarray of float64, shape (n_events,)
        Sizes of the events, which every split halves.
    depth : int
        Number of splits on the way to a cell.
    seed : int
        Of the sample of events where there are many.

    Notes
    -----
    A node is split along the column of the largest spread in it.
    """
    x = np.stack(columns, axis=1)
    if len(x) > SAMPLE:
        chosen = np.random.default_rng([seed, 20611]).choice(len(x), SAMPLE, p=weights / weights.sum())
        x, weights = x[chosen], np.ones(SAMPLE)
    size = 1 << depth
    axes, thresholds = np.zeros(size, dtype=np.int64), np.full(size, np.inf)
    node = np.ones(len(x), dtype=np.int64)
    rows = np.arange(len(x))
    for level in range(depth):
        first = 1 << level
        at = node - first
        total = np.bincount(at, weights, first) + 1e-300
        spread = np.empty((x.shape[1], first))
        for k, column in enumerate(x.T):
            mean = np.bincount(at, weights * column, first) / total
            spread[k] = np.bincount(at, weights * (column - mean[at]) ** 2, first) / total
        axes[first : 2 * first] = spread.argmax(0)
        along = x[rows, axes[node]]
        order = np.lexsort((along, at))
        sorted_node, value = at[order], along[order]
        running = np.cumsum(weights[order])
        before = np.concatenate([[0.0], np.cumsum(total)[:-1]])
        # The middle of an event decides: the lowest one may hold more than half of its node.
        half = running - weights[order] / 2 - before[sorted_node] > total[sorted_node] / 2
        # The first event beyond the median of its node begins the second child.
        is_first = half & np.concatenate([[True], (~half[:-1]) | (sorted_node[1:] != sorted_node[:-1])])
        thresholds[first + sorted_node[is_first]] = value[is_first]
        node = 2 * node + (along >= thresholds[node])
    return MedianTree(axes, thresholds, depth)
