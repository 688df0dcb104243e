"""Thresholds that decide about no event at all, such as those of a category without events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.fitting.decisions import NotMonotoneError
from gradcut.fitting.starts import closed_values, neutral_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.fitting.events import HardEvents

__all__ = ["undecided"]


def undecided(events: HardEvents) -> tuple[str, ...]:
    """Names of the thresholds that, with the other cuts absent or shut, no event depends on."""
    spec = events.spec
    others = [neutral_values(spec), closed_values(spec)]
    found = []
    for parameter, name in enumerate(spec.parameters):
        if spec.tree is None or not events.can_sweep(parameter):
            continue
        try:
            decides = any(_decides(events, parameter, values) for values in others if values is not None)
        except NotMonotoneError:
            continue
        if not decides:
            found.append(name)
    return tuple(found)


def _decides(events: HardEvents, parameter: int, values: NDArray[np.float64]) -> bool:
    nominal = ((n, segment) for n, segment in enumerate(events.segments) if segment.at[2] == 0)
    needed = (events.needed_threshold(n, parameter, values)[s.weights != 0] for n, s in nominal)
    return any(bool(np.isfinite(needs).any()) for needs in needed)
