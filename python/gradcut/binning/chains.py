"""The best path of every number of steps through nodes in a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["chains"]


def chains(merit: NDArray[np.float64], max_bins: int) -> list[NDArray[np.int64] | None]:
    """Best inner nodes of a path from the first to the last in 1, 2, ... steps, None where there is no path.

    Parameters
    ----------
    merit : ndarray of shape (nodes, nodes)
        Of a step from one node to a later one; minus infinity for one that is not allowed.
    max_bins : int
        Largest number of steps.
    """
    backwards = np.ascontiguousarray(merit.T)
    reached, came_from = merit[0], []
    found: list[NDArray[np.int64] | None] = []
    for k in range(max_bins):
        if k:
            total = reached + backwards
            came_from.append(total.argmax(1))
            reached = total[np.arange(len(total)), came_from[-1]]
        if reached[-1] == -np.inf:
            found.append(None)
            continue
        path = [len(reached) - 1]
        for previous in reversed(came_from):
            path.append(int(previous[path[-1]]))
        found.append(np.array(path[:0:-1], dtype=np.int64))
    return found
