"""How far each threshold has to be loosened for an event to pass it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.fitting.starts import open_values
from gradcut.kernel_spec import KINDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.fitting.events import HardEvents

__all__ = ["Sides"]


class Sides:
    """Thresholds that an event passes or fails by themselves, whatever the others are.

    Not so the ends of vetoes, of which an event may pass either, nor thresholds of alternatives and
    of objects. A threshold of several cuts counts once.

    Parameters
    ----------
    events : HardEvents
        Signal and background, of which the nominal ones count.
    loosening : ndarray of shape (parameters,)
        Sign of the direction in which each threshold keeps more.
    free : ndarray of bool, shape (parameters,)
        Which thresholds are learned.

    Notes
    -----
    An event passes where ``need < loosening * threshold``; one at the threshold itself counts as lost here.
    """

    def __init__(self, events: HardEvents, loosening: NDArray[np.float64], free: NDArray[np.bool_]) -> None:
        self.events, spec = events, events.spec
        self.numbers = [number for number, s in enumerate(events.segments) if s.at[2] == 0]
        chosen = [events.segments[number] for number in self.numbers]
        users = [spec.users(p) for p in range(len(spec.parameters))]
        #: Parameters of the sides.
        self.parameters = [
            p
            for p, cuts in enumerate(users)
            if free[p] and all(spec.is_plain(cut) and spec.kinds[cut] != KINDS["veto"] for cut in cuts)
        ]
        self.sign = loosening[self.parameters]
        #: Shape (sides, events); minus infinity for missing values, which :meth:`alive` judges.
        self.need = np.empty((len(self.parameters), sum(s.n_events for s in chosen)))
        for row, p in zip(self.need, self.parameters, strict=True):
            columns = [
                np.concatenate([np.asarray(s.columns[cut], dtype=np.float64) for s in chosen]) * loosening[p]
                for cut in users[p]
            ]
            row[:] = np.max([np.where(np.isnan(column), -np.inf, column) for column in columns], axis=0)
        self.weights = np.concatenate([segment.weights for segment in chosen])
        signals = set(events.layout.process_indices("signal"))
        self.is_signal = np.concatenate([np.full(s.n_events, s.at[1] in signals) for s in chosen])
        self._wide = open_values(spec)
        self._alive: tuple[NDArray[np.float64], NDArray[np.bool_]] | None = None

    def alive(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Events that pass everything else: vetoes, fixed thresholds, missing values."""
        opened = values.copy()
        opened[self.parameters] = self._wide[self.parameters]
        if self._alive is None or not np.array_equal(self._alive[0], opened):
            masks = [self.events.mask(number, opened) for number in self.numbers]
            self._alive = opened, np.concatenate(masks)
        return self._alive[1]

    def failed(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which events fail which side, shape (sides, events)."""
        limits = self.sign * values[self.parameters]
        return np.asarray(~(self.need < limits[:, None]) & (limits[:, None] < np.inf))
