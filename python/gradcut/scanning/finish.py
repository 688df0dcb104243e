"""From thresholds of a descent to hard working points: the best start, targets met, useless sides opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.scanning.opening import Opener

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.scanning.efficiencies import Efficiencies
    from gradcut.scanning.exact import HardTarget

__all__ = ["finished"]


def finished(
    target: HardTarget,
    thin: HardTarget,
    efficiencies: Efficiencies,
    values: NDArray[np.float64],
    units: NDArray[np.float64],
    soft: NDArray[np.float64],
    targets: NDArray[np.float64],
    free: NDArray[np.bool_],
    loosening: NDArray[np.float64],
    *,
    is_coupled: bool,
    is_nested: bool,
    opens: bool,
) -> NDArray[np.float64]:
    """Hard thresholds of all working points.

    Parameters
    ----------
    target, thin : HardTarget
        All events, and as many as are needed to say which sides are useless.
    efficiencies : Efficiencies
        Of their yields.
    values : ndarray of shape (starts, working points, parameters)
        Thresholds.
    units : ndarray of the same shape
        By how much each moves to its loose side, relative to the others; negative for lower thresholds.
    soft : ndarray of shape (starts, working points)
        Soft background efficiencies; they fluctuate less than the number of events that hard cuts leave.
    targets : ndarray of shape (working points,)
        Signal efficiencies, rising.
    free : ndarray of bool, shape (parameters,)
        Which thresholds are learned.
    loosening : ndarray of shape (parameters,)
        Sign of the direction in which each keeps more.
    is_coupled : bool
        Whether all working points have to come from the same start, and open the same sides.
    is_nested : bool
        Whether a working point keeps all events of the tighter ones.
    opens : bool
        Whether sides that do not help are opened.

    Returns
    -------
    ndarray of shape (working points, parameters)
        Infinite where a side is open.
    """
    merit = np.log(np.maximum(soft, 1e-300))
    n = len(targets)
    best = np.full(n, int(np.argmin(merit.sum(1)))) if is_coupled else np.argmin(merit, axis=0)
    chosen, unit = values[best, np.arange(n)], units[best, np.arange(n)]
    order = loosening if is_nested else None
    if opens:
        chosen = _met(thin, chosen, unit, targets, order)
        opener = Opener(thin, efficiencies, free)
        if is_coupled:
            chosen = _opened_together(thin, opener, chosen, unit, targets, order)
        else:
            chosen = np.array([opener.opened(chosen[at], unit[at], targets[at]) for at in range(n)])
    return _met(target, chosen, np.where(np.isinf(chosen), 0.0, unit), targets, order)


def _opened_together(
    target: HardTarget,
    opener: Opener,
    chosen: NDArray[np.float64],
    unit: NDArray[np.float64],
    targets: NDArray[np.float64],
    order: NDArray[np.float64] | None,
) -> NDArray[np.float64]:
    """Open sides that are useless at every working point."""
    for side in opener.sides:
        trial, others = chosen.copy(), unit.copy()
        trial[:, side], others[:, side] = opener.wide[side], 0.0
        if not others.any(axis=1).all():
            continue
        trial = _met(target, trial, others, targets, order)
        if all(opener.allows(*pair) for pair in zip(chosen, trial, strict=True)):
            chosen, unit = trial, others
    return chosen


def _met(
    target: HardTarget,
    values: NDArray[np.float64],
    units: NDArray[np.float64],
    targets: NDArray[np.float64],
    loosening: NDArray[np.float64] | None,
) -> NDArray[np.float64]:
    """Every working point at its target; with ``loosening`` nested, from the loosest to the tightest."""
    if loosening is None:
        return np.array([target.meet(*row)[0] for row in zip(values, units, targets, strict=True)])
    found = np.empty_like(values)
    limit = np.full(values.shape[1], np.inf)
    for at in range(len(targets))[::-1]:
        now, unit = values[at].copy(), units[at].copy()
        for _ in range(values.shape[1] + 1):
            # Where a threshold would be looser than that of the next working point it stays there.
            beyond = loosening * now > limit
            now[beyond], unit[beyond] = (loosening * limit)[beyond], 0.0
            if not unit.any():
                break
            now, _ = target.meet(now, unit, float(targets[at]))
            if not np.any(loosening * now > limit):
                break
        found[at], limit = now, loosening * now
    return found
