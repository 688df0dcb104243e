"""Cuts whose direction is learned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from gradcut.fitting.peel import peel
from gradcut.fitting.scaling import Scaling, weighted_quantiles

if TYPE_CHECKING:
    from gradcut.fitting.events import HardEvents
    from gradcut.objectives import Objective

__all__ = ["with_directions"]

#: Events per process that say enough.
ENOUGH = 5_000
#: A direction is turned around where a greedy search then ends better by more than this fraction.
BETTER = 0.01


def with_directions(events: HardEvents, objective: Objective, fixed: Mapping[int, float]) -> dict[int, float]:
    """Return the fixed thresholds with one end opened of every cut that is to have one.

    First the side on which the signal has the larger median; then each is turned around if peeling all cuts
    together ends better so.

    Parameters
    ----------
    events : HardEvents
        What is learned from, and nothing else.
    objective : Objective
        What decides.
    fixed : mapping of int to float
        Thresholds that are not free.
    """
    spec = events.spec
    pairs = [pair for pair in spec.either if not set(pair) & set(fixed)]
    if not pairs:
        return dict(fixed)
    few = events.thinned(ENOUGH)
    is_signal = [role == "signal" for role in events.layout.roles]
    scaling = Scaling(spec, few.segments, is_signal, {})
    above = {pair: _signal_is_above(few, pair, is_signal) for pair in pairs}

    def ends(sides: dict[tuple[int, int], bool]) -> dict[int, float]:
        opened = {high if up else low: np.inf if up else -np.inf for (low, high), up in sides.items()}
        return {**fixed, **opened}

    def merit(sides: dict[tuple[int, int], bool]) -> float:
        values = peel(few, objective, scaling, ends(sides))
        return float(objective.penalised(few.yields(values[None]))[0])

    best = merit(above)
    for pair in pairs:
        turned = {**above, pair: not above[pair]}
        other = merit(turned)
        if other > best + BETTER * objective.unit(best) or (best == -np.inf and other > best):
            above, best = turned, other
    return ends(above)


def _signal_is_above(events: HardEvents, pair: tuple[int, int], is_signal: list[bool]) -> bool:
    cut = events.spec.users(pair[0])[0]
    medians = []
    for wanted in (True, False):
        parts = [s.flat(cut) for s in events.segments if s.at[2] == 0 and is_signal[s.at[1]] == wanted]
        values, weights = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        medians.append(float(weighted_quantiles(values, np.abs(weights), np.array([0.5]))[0]))
    return bool(medians[0] >= medians[1])
