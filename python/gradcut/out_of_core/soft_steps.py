"""Newton's method on smooth cuts, many points per pass: the Hessian costs one pass, a line search another."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gradcut.out_of_core.passes import Soft
from gradcut.out_of_core.steps import Asking, Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.out_of_core.passes import Sums

__all__ = ["PASSES", "soft_steps"]

#: Passes that these steps take.
PASSES = 3
#: Steps of the differences that the Hessian is made of, and the longest step of a threshold, in widths of the
#: smooth cuts.
DIFFERENCE, LONGEST = 0.25, 2.0
#: Multiples of the mean curvature that are added to it: from Newton's step to a short one downhill.
DAMPINGS = (0.0, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)


class _Found(NamedTuple):
    """Points that were summed: thresholds in widths from the median, what is minimised, its gradient."""

    points: NDArray[np.float64]
    losses: NDArray[np.float64]
    gradients: NDArray[np.float64]


def soft_steps(problem: Problem, values: NDArray[np.float64], width: float) -> Asking[NDArray[np.float64]]:
    """Improve thresholds with smooth cuts of one width.

    Parameters
    ----------
    problem : Problem
        What is learned from which events.
    values : ndarray of shape (thresholds,)
        Where to start, such as what a subsample gave.
    width : float
        Of the smooth steps, in widths of the features.

    Returns
    -------
    ndarray of shape (thresholds,)
        The best thresholds that were summed, which may be those to start from.
    """
    scaling, moving = problem.scaling, list(problem.moving)
    start = scaling.within(scaling.standardise(values[None]))[0]
    around = np.tile(start, (len(moving) + 1, 1))
    step = DIFFERENCE * width
    around[np.arange(1, len(around)), moving] += step
    found = yield from _summed(problem, around, width)
    rows = (found.gradients[1:] - found.gradients[0]) / step
    hessian = (rows + rows.T) / 2
    for _ in range(PASSES - 1):
        best = int(np.argmin(found.losses))
        trials = _trials(found.points[best], found.gradients[best], hessian, moving, width)
        new = yield from _summed(problem, trials, width)
        at, slope = found.points[best][moving], found.gradients[best]
        # The trials nearest to the best point first: the farthest, which is least like it, has the last say.
        for i in np.argsort(-new.losses, kind="stable"):
            hessian = _updated(hessian, new.points[i][moving] - at, new.gradients[i] - slope)
        found = _Found(*(np.concatenate(pair) for pair in zip(found, new, strict=True)))
    best = int(np.argmin(found.losses))
    if best == 0:
        return values
    made: NDArray[np.float64] = values.copy()
    at = scaling.points(found.points[[best]], width)[0]
    made[moving] = at[moving]
    return made


def _summed(problem: Problem, standardised: NDArray[np.float64], width: float) -> Asking[_Found]:
    scaling, objective = problem.scaling, problem.objective
    answer: list[Sums] = yield [Soft(problem.part, scaling.points(standardised.copy(), width))]
    soft, cotangents = objective.gradient(problem.yields(answer[0]))
    jacobian = answer[0].jacobian
    if jacobian is None:
        raise RuntimeError("smooth yields come with their Jacobian")
    shape = jacobian.shape[1:-1]
    stacked = np.stack([np.broadcast_to(np.asarray(one, dtype=np.float64), shape) for one in cotangents])
    slopes = np.einsum("mpcrvb,mpcrvbk->pk", stacked, jacobian)[:, : standardised.shape[1]] * scaling.scale
    losses, gradients = -objective.sign * soft, -objective.sign * slopes
    penalty = objective.penalty(standardised)
    if penalty is not None:
        losses, gradients = losses + penalty[0], gradients + penalty[1]
    losses = np.where(np.isfinite(losses), losses, np.inf)
    return _Found(standardised, losses, gradients[:, list(problem.moving)])


def _trials(
    point: NDArray[np.float64],
    gradient: NDArray[np.float64],
    hessian: NDArray[np.float64],
    moving: list[int],
    width: float,
) -> NDArray[np.float64]:
    """Steps with more and more damping, none longer than what the width lets one see."""
    curvatures, directions = np.linalg.eigh(hessian)
    along = directions.T @ gradient
    mean = max(float(np.abs(curvatures).mean()), 1e-300)
    trials = np.tile(point, (len(DAMPINGS), 1))
    for row, damping in zip(trials, DAMPINGS, strict=True):
        # Where it is curved the wrong way the step is downhill all the same.
        step = -directions @ (along / np.maximum(np.abs(curvatures) + damping * mean, 1e-6 * mean))
        longest = float(np.abs(step).max())
        row[moving] += step * min(1.0, LONGEST * width / longest if longest > 0 else 1.0)
    return trials


def _updated(
    hessian: NDArray[np.float64], step: NDArray[np.float64], change: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Symmetric update of rank one (Nocedal and Wright, section 6.2), which needs no positive curvature."""
    rest = change - hessian @ step
    scale = float(rest @ step)
    if not abs(scale) > 1e-8 * float(np.linalg.norm(rest) * np.linalg.norm(step)):
        return hessian
    return np.asarray(hessian + np.outer(rest, rest) / scale)
