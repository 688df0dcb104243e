"""Hard cuts improved by zoomed N-1 histograms: exact for every single threshold, tried for all together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.out_of_core.apart import best_together
from gradcut.out_of_core.passes import Hard, Sweep
from gradcut.out_of_core.steps import Asking, Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["hard_steps"]

#: Candidates on either side of a threshold in one pass, and how far they reach at first, in widths.
CANDIDATES, REACH = 24, 0.5
#: The window becomes so much narrower where nothing beyond this part of it moved; down to that.
ZOOM, INNER, NARROWEST = 4.0, 0.5, 2e-3
#: Fraction of the objective that counts as an improvement.
GAIN = 1e-6


def hard_steps(
    problem: Problem, starts: NDArray[np.float64], passes: int
) -> Asking[tuple[NDArray[np.float64], bool]]:
    """Improve thresholds with hard cuts.

    Parameters
    ----------
    problem : Problem
        What is learned from which events.
    starts : ndarray of shape (starts, thresholds)
        Where to start; the best of them is taken, the histograms of the first pass are around the first.
    passes : int
        Largest number of passes.

    Returns
    -------
    values : ndarray of shape (thresholds,)
        The best thresholds of which the yields were summed.
    is_settled : bool
        Whether no threshold moved any more in the narrowest window.

    Notes
    -----
    In a pass every threshold has a histogram of the events that pass all other cuts: the yields at all its
    candidates, exactly. What several thresholds moved together would give is read off as if the cuts were
    independent, process by process; the best of that is tried in the next pass, beside the histograms around
    it, and taken only if its true yields are better than those of the best single move.
    """
    values, trials, reach = starts[0], starts[1:], REACH
    best, score = starts[0], -np.inf
    for number in range(passes):
        candidates = {p: _candidates(problem, values, p, reach) for p in problem.moving}
        sweeps = [Sweep(problem.part, p, values, found) for p, found in candidates.items()]
        answers = yield [*sweeps, Hard(problem.part, np.vstack([values, trials]))]
        hard = problem.yields(answers[-1])
        scores = problem.score(hard)
        # Trials, then single moves: all of them are sums over all events.
        known = [(float(s), row) for s, row in zip(scores, np.vstack([values, trials]), strict=True)]
        swept = {p: problem.yields(one) for p, one in zip(candidates, answers, strict=False)}
        for parameter, yields in swept.items():
            at = problem.score(yields)
            moved = values.copy()
            moved[parameter] = candidates[parameter][int(np.argmax(at))]
            known.append((float(at.max()), moved))
        top, winner = max(known, key=lambda one: one[0])
        better = top > score + GAIN * problem.objective.unit(score if np.isfinite(score) else top)
        if better:
            moving = list(problem.moving)
            shift = np.abs(winner[moving] - best[moving]) / problem.scaling.scale[moving]
            moved_far = bool(shift.max() > INNER * reach)
            best, score = winner, top
        is_last = number == passes - 1
        if not better and reach <= NARROWEST:
            return best, True
        if is_last:
            break
        reach = reach if better and moved_far else max(reach / ZOOM, NARROWEST)
        guess = best_together(problem, values, hard, swept, candidates)
        values, trials = _next(problem, best, guess)
    return best, False


def _next(
    problem: Problem, best: NDArray[np.float64], guess: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where the next histograms are, and what else is tried: parts of the way to the guess."""
    if np.array_equal(best, guess):
        return best, best[None]
    moving = list(problem.moving)
    trials = np.tile(best, (4, 1))
    for row, part in zip(trials, (0.0, 0.25, 0.5, 0.75), strict=True):
        row[moving] += part * (guess[moving] - best[moving])
    return guess, problem.clipped(best, trials)


def _candidates(
    problem: Problem, values: NDArray[np.float64], parameter: int, reach: float
) -> NDArray[np.float64]:
    """Thresholds around one of them, itself among them, that invert no window."""
    scale = float(problem.scaling.scale[parameter])
    found = values[parameter] + reach * scale * np.arange(-CANDIDATES, CANDIDATES + 1) / CANDIDATES
    for low, high in problem.scaling.pairs:
        if parameter == low:
            found = found[found <= values[high]]
        elif parameter == high:
            found = found[found >= values[low]]
    return np.unique(found)
