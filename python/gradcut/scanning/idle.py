"""Sides of cuts that reject no event at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.fitting.starts import open_values
from gradcut.kernel_spec import HIGH_INCLUSIVE, KINDS, LOW_INCLUSIVE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.fitting.events import HardEvents

__all__ = ["Idle"]


class Idle:
    """Opens what rejects none of some events: thresholds beyond all of them, vetoes with none inside.

    Parameters
    ----------
    events : HardEvents
        Signal and background.
    free : ndarray of bool, shape (parameters,)
        Which thresholds are learned.
    """

    def __init__(self, events: HardEvents, free: NDArray[np.bool_]) -> None:
        self.spec, self.free, self.wide = events.spec, free, open_values(events.spec)
        self.columns = []
        for cut in range(self.spec.n_cuts):
            values, weights = zip(*(s.flat(cut) for s in events.segments if s.at[2] == 0), strict=True)
            known = np.concatenate(values)[np.concatenate(weights) != 0]
            known = known[~np.isnan(known)]
            is_veto = self.spec.kinds[cut] == KINDS["veto"]
            ends = np.array([known.min(), known.max()]) if len(known) else np.empty(0)
            self.columns.append(np.sort(known) if is_veto else ends)

    def opened(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Thresholds of shape (working points, parameters) with sides that reject nothing open."""
        found: NDArray[np.float64] = np.array(values, dtype=np.float64)
        for row in found:
            busy = np.zeros(len(row), dtype=np.bool_)
            for cut in range(self.spec.n_cuts):
                for parameter, rejects in self._rejecting(cut, row):
                    busy[parameter] |= rejects
            idle = ~busy & self.free
            row[idle] = self.wide[idle]
        return found

    def _rejecting(self, cut: int, row: NDArray[np.float64]) -> list[tuple[int, bool]]:
        """Thresholds of a cut, and whether there are events that they reject."""
        if not self.spec.is_plain(cut):  # what it does depends on others
            return [(parameter, True) for parameter in self.spec.parameters_of(cut)]
        low, high = int(self.spec.low[cut]), int(self.spec.high[cut])
        flags, column = int(self.spec.flags[cut]), self.columns[cut]
        if self.spec.kinds[cut] == KINDS["veto"]:
            # Inside are x >= low where that is inclusive, else x > low; and so on.
            first = np.searchsorted(column, row[low], side="left" if flags & LOW_INCLUSIVE else "right")
            last = np.searchsorted(column, row[high], side="right" if flags & HIGH_INCLUSIVE else "left")
            # Both ends open together; a fixed one keeps the other.
            rejects = bool(last > first) or not (self.free[low] and self.free[high])
            return [(low, rejects), (high, rejects)]
        found = []
        if low >= 0:
            below = column < row[low] if flags & LOW_INCLUSIVE else column <= row[low]
            found.append((low, bool(below.any())))
        if high >= 0:
            above = column > row[high] if flags & HIGH_INCLUSIVE else column >= row[high]
            found.append((high, bool(above.any())))
        return found
