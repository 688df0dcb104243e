"""Where the boundaries between cells of one column lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["boundaries", "coarser"]


def boundaries(
    columns: Sequence[NDArray[Any]], weights: Sequence[NDArray[np.float64]], most: int
) -> NDArray[np.float64]:
    """Choose the edges that may stand between events.

    Parameters
    ----------
    columns : sequence of ndarray
        Finite values of a column, one array per group of events that counts alike (signal, background).
    weights : sequence of ndarray of float64
        Their weights; the size counts, not the sign.
    most : int
        At most about so many cells. Where there are fewer different values, every one has its cell.

    Returns
    -------
    ndarray of float64
        Increasing. For integers half-integers; for floats each is a float, so that a comparison in the
        column's own type decides as one in double does.
    """
    dtype = np.result_type(*columns)
    values = [np.unique(column) for column in columns]
    distinct = np.unique(np.concatenate(values))
    if len(distinct) > most:
        share = most // len(columns)
        picked = [_quantiles(c, np.abs(w), share) for c, w in zip(columns, weights, strict=True)]
        distinct = np.unique(np.concatenate(picked))
    if len(distinct) < 2:
        return np.zeros(0)
    low, high = distinct[:-1], distinct[1:]
    if dtype.kind in "iub":
        return np.asarray(high.astype(np.float64) - 0.5)
    middle = (low.astype(np.float64) + high.astype(np.float64)) / 2
    if dtype == np.float32:
        narrow = middle.astype(np.float32)
        # Between neighbouring floats there is none: the upper one itself begins the cell.
        narrow = np.where(narrow > low, narrow, high)
        return narrow.astype(np.float64)
    return np.asarray(np.where(middle > low, middle, high))


def _quantiles(column: NDArray[Any], weights: NDArray[np.float64], count: int) -> NDArray[Any]:
    order = np.argsort(column, kind="stable")
    running = np.cumsum(weights[order])
    at = np.searchsorted(running, np.linspace(0.0, 1.0, count) * running[-1])
    return np.asarray(column[order][np.minimum(at, len(order) - 1)])


def coarser(sizes: Sequence[NDArray[np.float64]], most: int) -> NDArray[np.int64]:
    """Group neighbouring cells such that no group has much of anything.

    Parameters
    ----------
    sizes : sequence of ndarray of shape (cells,)
        What cells hold, not negative, such as signal and background.
    most : int
        At most about so many groups.

    Returns
    -------
    ndarray of int64, shape (cells,)
        Number of the group of each cell, without gaps.
    """
    cells = len(sizes[0])
    if cells <= most:
        return np.arange(cells)
    level = np.zeros(cells)
    for size in sizes:
        total = float(size.sum())
        if total > 0:
            # The middle of a cell decides, so that a large one is alone.
            level += (np.cumsum(size) - size / 2) / total
    group = np.floor(level / max(level[-1], 1e-300) * most * (1 - 1e-12)).astype(np.int64)
    return np.unique(group, return_inverse=True)[1].reshape(-1)
