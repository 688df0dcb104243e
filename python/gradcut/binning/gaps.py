"""Edges that are in order by construction: parts of a range, and derivatives back to free numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["edges_of", "free_of", "pull_back"]

#: Smallest part of the range that a start may give to a bin.
SMALLEST = 1e-6


def edges_of(free: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    """Inner edges, shape (points, bins - 1), of free numbers of shape (points, bins).

    The parts of the range are the softmax of the free numbers, so that every edge is above the one before.
    """
    parts = _softmax(free)
    return np.asarray(low + (high - low) * np.cumsum(parts, axis=1)[:, :-1])


def free_of(edges: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    """Free numbers of inner edges of shape (points, bins - 1)."""
    ends = np.pad(np.clip((edges - low) / (high - low), 0.0, 1.0), ((0, 0), (1, 1)))
    ends[:, -1] = 1.0
    logs = np.log(np.maximum(np.diff(ends, axis=1), SMALLEST))
    return np.asarray(logs - logs.mean(1, keepdims=True))


def pull_back(
    free: NDArray[np.float64], gradient: NDArray[np.float64], low: float, high: float
) -> NDArray[np.float64]:
    """Derivatives in the free numbers of derivatives in the inner edges."""
    parts = _softmax(free)
    # A part moves its own upper edge and all that follow.
    slope = np.zeros(free.shape)
    slope[:, :-1] = (high - low) * np.cumsum(gradient[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(parts * (slope - (parts * slope).sum(1, keepdims=True)))


def _softmax(free: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(free - free.max(1, keepdims=True))
    return np.asarray(powers / powers.sum(1, keepdims=True))
