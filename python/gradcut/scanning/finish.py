"""From thresholds of a descent to hard working points: the best start, targets met, useless sides opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.scanning.coupling import nested
from gradcut.scanning.idle import Idle
from gradcut.scanning.opening import TRIALS, Opener

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.scanning.efficiencies import Efficiencies
    from gradcut.scanning.exact import HardTarget

__all__ = ["finished"]

#: So often working points meet their targets by themselves and are drawn together again.
ROUNDS = 3


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
    order = None
    if is_nested:
        order = loosening
        alternatives = [chosen, _drawn_together(thin, chosen, unit, targets, loosening)]
        met = [_met(thin, one, unit, targets, loosening) for one in alternatives]
        prices = [_price(thin, one, targets) for one in met]
        chosen = met[prices.index(min(prices))]
    if opens:
        chosen = _met(thin, chosen, unit, targets, order)
        opener = Opener(thin, efficiencies, free)
        if is_coupled:
            chosen = _opened_together(thin, opener, chosen, unit, targets, order)
        else:
            chosen = np.array([opener.opened(chosen[at], unit[at], targets[at]) for at in range(n)])
    chosen = _met(target, chosen, np.where(np.isinf(chosen), 0.0, unit), targets, order)
    return Idle(target.events, free).opened(chosen) if opens else chosen


def _opened_together(
    target: HardTarget,
    opener: Opener,
    chosen: NDArray[np.float64],
    unit: NDArray[np.float64],
    targets: NDArray[np.float64],
    order: NDArray[np.float64] | None,
) -> NDArray[np.float64]:
    """Open sides that are useless at every working point, the most useless first."""
    first, refused = chosen, 0
    for side in opener.ordered(chosen):
        trial, others = chosen.copy(), unit.copy()
        trial[:, side], others[:, side] = opener.wide[side], 0.0
        if not others.any(axis=1).all():
            continue
        trial = _met(target, trial, others, targets, order)
        # Against where it began: many small losses are not a small one.
        if all(opener.allows(*row) for row in zip(first, trial, targets, strict=True)):
            chosen, unit = trial, others
            continue
        refused += 1
        if refused == TRIALS:
            break
    return chosen


def _drawn_together(
    target: HardTarget,
    values: NDArray[np.float64],
    units: NDArray[np.float64],
    targets: NDArray[np.float64],
    loosening: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Thresholds near the targets of which none is far looser than the next: smooth cuts are not exact."""
    moves = np.asarray(units.any(axis=0))
    for _ in range(ROUNDS):
        values = nested(_met(target, values, units, targets, None), loosening, moves)
    return values


def _met(
    target: HardTarget,
    values: NDArray[np.float64],
    units: NDArray[np.float64],
    targets: NDArray[np.float64],
    loosening: NDArray[np.float64] | None,
) -> NDArray[np.float64]:
    """Every working point at its target; nested where the direction of the loosening is given."""
    free = np.array([target.meet(*row)[0] for row in zip(values, units, targets, strict=True)])
    if loosening is None:
        return free
    loose = loosening * free
    if not np.any(loose[1:] < loose[:-1]):
        return free
    found = [_chained(target, values, units, targets, loosening * side, side) for side in (1, -1)]
    return min(found, key=lambda one: _price(target, one, targets))


def _chained(
    target: HardTarget,
    values: NDArray[np.float64],
    units: NDArray[np.float64],
    targets: NDArray[np.float64],
    direction: NDArray[np.float64],
    side: int,
) -> NDArray[np.float64]:
    """Working points one after the other, from the loosest one on (side 1) or from the tightest one (-1)."""
    found = np.empty_like(values)
    limit = np.full(values.shape[1], np.inf)

    def within(thresholds: NDArray[np.float64]) -> bool:
        return not np.any(direction * thresholds > limit)

    before: NDArray[np.float64] | None = None
    for at in range(len(targets))[::-side]:
        wanted = float(targets[at])
        now, unit, reached = values[at].copy(), units[at].copy(), np.inf
        for _ in range(values.shape[1] + 1):
            # A threshold that would go beyond that of the one before stays there.
            beyond = direction * now > limit
            now[beyond], unit[beyond] = (direction * limit)[beyond], 0.0
            now, reached = target.meet(now, unit, wanted, within)
            if within(now):
                break
        if before is not None and abs(reached - wanted) > 1.01 * target.event:
            # What may still move has few values. From the one before on, nothing is in the way.
            other, nearer = target.meet(before, units[at], wanted, within)
            if abs(nearer - wanted) < abs(reached - wanted) and within(other):
                now = other
        found[at], before = now, now
        limit = direction * now
    return found


def _price(
    target: HardTarget, values: NDArray[np.float64], targets: NDArray[np.float64]
) -> tuple[int, float]:
    """Working points that miss their target, and the sum of the logarithms of their background."""
    yields = target.events.yields(values)
    signal, background = (
        yields.moments.sum_w[:, :, target.events.layout.process_indices(role), 0].sum((1, 2, 3))
        for role in ("signal", "background")
    )
    missed = np.abs(signal / target.total - targets) > 1.01 * target.event
    return int(missed.sum()), float(np.log(np.maximum(background, 1e-300)).sum())
