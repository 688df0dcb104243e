"""What several thresholds moved together would give, from what each of them gives alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from gradcut.yields import Moments, Yields

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.out_of_core.steps import Problem

__all__ = ["best_together"]

#: Rounds over all thresholds; candidates of a pair of them.
ROUNDS, PAIRED = 4, 13


def best_together(
    problem: Problem,
    values: NDArray[np.float64],
    hard: Yields,
    swept: Mapping[int, Yields],
    candidates: Mapping[int, NDArray[np.float64]],
) -> NDArray[np.float64]:
    """Guess the best thresholds among candidates, as if the cuts were independent in every process.

    Parameters
    ----------
    problem : Problem
        What is learned.
    values : ndarray of shape (thresholds,)
        The thresholds that the others were left at.
    hard : Yields
        Whose first point has the yields there.
    swept : mapping of int to Yields
        Per threshold the yields at its candidates.
    candidates : mapping of int to ndarray
        These.

    Notes
    -----
    Thresholds are moved one after the other. Under a constraint no single one can move for long, so that
    pairs do: one is loosened, another tightened.
    """
    at = np.stack([np.asarray(one)[0] for one in hard.moments])
    safe = np.where(at != 0, at, 1.0)
    # The part of the yield that is left, per candidate; what has no yield to lose stays without.
    ratios = {p: np.stack(list(yields.moments)) / safe[:, None] for p, yields in swept.items()}
    chosen = {p: int(np.argmin(np.abs(found - values[p]))) for p, found in candidates.items()}

    def scores(factors: NDArray[np.float64], without: tuple[int, ...]) -> NDArray[np.float64]:
        rest = at
        for p, index in chosen.items():
            if p not in without:
                rest = rest * ratios[p][:, index]
        moments = np.maximum(rest[:, None] * factors, 0.0) if _positive(at) else rest[:, None] * factors
        return problem.score(Yields(hard.layout, Moments(*moments)))

    paired = problem.objective.is_constrained
    for _ in range(ROUNDS):
        before = dict(chosen)
        for p in ratios:
            chosen[p] = int(np.argmax(scores(ratios[p], (p,))))
        if paired:
            for p in ratios:
                for q in (other for other in ratios if other > p):
                    _move_pair(p, q, ratios, chosen, scores)
        if chosen == before:
            break
    guess: NDArray[np.float64] = values.copy()
    for p, index in chosen.items():
        guess[p] = candidates[p][index]
    return np.asarray(problem.clipped(values, guess[None])[0])


def _positive(moments: NDArray[np.float64]) -> bool:
    return bool((moments >= 0).all())


def _move_pair(
    p: int,
    q: int,
    ratios: Mapping[int, NDArray[np.float64]],
    chosen: dict[int, int],
    scores: Callable[[NDArray[np.float64], tuple[int, ...]], NDArray[np.float64]],
) -> None:
    """Move two thresholds to the best of a grid of their candidates."""
    first, second = (_some(ratios[one].shape[1], chosen[one]) for one in (p, q))
    grid = ratios[p][:, first][:, :, None] * ratios[q][:, second][:, None]
    found = scores(grid.reshape(grid.shape[0], -1, *grid.shape[3:]), (p, q))
    i, j = divmod(int(np.argmax(found)), len(second))
    chosen[p], chosen[q] = int(first[i]), int(second[j])


def _some(n: int, at: int) -> NDArray[np.int64]:
    """Places among candidates, the one where the threshold is now among them."""
    return np.unique(np.append(np.linspace(0, n - 1, min(n, PAIRED)).astype(np.int64), at))
