"""The best of many ordered candidates, by looking at few of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["best_of", "spread"]


def spread(first: int, last: int, limit: int, *also: int) -> NDArray[np.int64]:
    """Positions from first to last, both included: all of them, or about ``limit`` that are evenly spread."""
    if last - first < limit:
        return np.arange(first, last + 1)
    return np.unique([*np.linspace(first, last, limit).astype(np.int64), *also])


def best_of(
    candidates: NDArray[np.float64],
    scores_at: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    limit: int,
) -> tuple[float, float]:
    """Best candidate and its score.

    Exact up to ``limit`` candidates; with more, the best of as many that are evenly spread, then the best
    between its neighbours, and so on. Where neighbouring ones are equally good, the best may lie at either
    end of them: it is looked for among all of these.

    Parameters
    ----------
    candidates : ndarray of shape (n,)
        Increasing; at least one.
    scores_at : callable
        From increasing candidates to their scores; larger is better, the first of equal ones is taken.
    limit : int
        How many are looked at together.
    """
    first, last = 0, len(candidates) - 1
    while True:
        at = spread(first, last, limit)
        scores = scores_at(candidates[at])
        best = int(np.argmax(scores))
        if len(at) == last - first + 1:
            return float(candidates[at[best]]), float(scores[best])
        worse = np.flatnonzero(scores[best:] < scores[best])
        end = best + (int(worse[0]) if len(worse) else len(at) - 1 - best)
        narrowed = int(at[max(best - 1, 0)]), int(at[min(end, len(at) - 1)])
        if narrowed == (first, last):
            narrowed = narrowed[0], int(at[min(best + 1, len(at) - 1)])
        first, last = narrowed
