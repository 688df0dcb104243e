"""Opening the sides of cuts that do not help."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.fitting.opening import sides
from gradcut.fitting.starts import open_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.scanning.efficiencies import Efficiencies
    from gradcut.scanning.exact import HardTarget

__all__ = ["Opener"]

#: A side is opened where the background grows by less than this fraction and this many events of mean weight
#: together ...
LOSS, EVENTS = 0.001, 2.0
#: ... if, with one standard deviation of the events that come and go and this many events besides (what none
#: seen may hide, at 95%), it grows by less than this fraction. Few events say nothing about a cut.
SURE, UNSEEN = 0.04, 3.0
#: So many sides are tried at a time, those first that reject least background for the signal that they cost.
TRIALS = 2


class Opener:
    """Opens cuts, the most useless first, while the others tighten to the target.

    Parameters
    ----------
    target : HardTarget
        The events.
    efficiencies : Efficiencies
        Of their yields.
    free : ndarray of bool, shape (parameters,)
        Which thresholds are learned.
    """

    def __init__(self, target: HardTarget, efficiencies: Efficiencies, free: NDArray[np.bool_]) -> None:
        self.target, self.efficiencies = target, efficiencies
        spec = target.events.spec
        self.sides = [side for side in sides(spec) if all(free[p] for p in side)]
        self.wide = open_values(spec)
        layout = efficiencies.layout
        self.backgrounds = layout.process_indices("background")
        #: Efficiency of one background event of mean weight, of the process where that is largest.
        self.event = max(
            float(np.abs(segment.weights[segment.weights != 0]).mean())
            for segment in target.events.segments
            if segment.at[1] in self.backgrounds and np.any(segment.weights)
        ) / float(efficiencies.totals["background"])

    def allows(self, first: NDArray[np.float64], other: NDArray[np.float64], efficiency: float) -> bool:
        """Say whether cuts are as good at an efficiency as others that have more of their sides closed."""
        backgrounds, signals = self._efficiencies(np.array([first, other]))
        return self._allows(first, other, backgrounds, np.abs(signals - efficiency))

    def _allows(
        self,
        first: NDArray[np.float64],
        other: NDArray[np.float64],
        backgrounds: NDArray[np.float64],
        away: NDArray[np.float64],
    ) -> bool:
        """The same from the background efficiencies of both, and how far their signal is from the target."""
        # What is left must be as finely adjustable.
        near, far = away
        if far > near + self.target.event / 2:
            return False
        before, grown = float(backgrounds[0]), float(backgrounds[1] - backgrounds[0])
        if grown > LOSS * before + EVENTS * self.event:
            return False
        unsure = self._exchanged(first, other) + UNSEEN * self.event
        return bool(grown + unsure <= SURE * before)

    def opened(
        self, values: NDArray[np.float64], unit: NDArray[np.float64], efficiency: float
    ) -> NDArray[np.float64]:
        """Thresholds with useless sides at infinity, still at the target efficiency."""
        first, values, unit = values, values.copy(), unit.copy()
        (before,), (reached,) = self._efficiencies(first[None])
        while True:
            for side in self.ordered(values[None])[:TRIALS]:
                trial, free = values.copy(), unit.copy()
                trial[side], free[side] = self.wide[side], 0.0
                if not free.any():
                    continue
                trial = self.target.meet(trial, free, efficiency)[0]
                (after,), (there,) = self._efficiencies(trial[None])
                away = np.abs(np.array([reached, there]) - efficiency)
                # Against where it began: many small losses are not a small one.
                if self._allows(first, trial, np.array([before, after]), away):
                    values, unit = trial, free
                    break
            else:
                return values

    def ordered(self, values: NDArray[np.float64]) -> list[list[int]]:
        """Sides that are closed, those first that reject least for what they cost.

        Parameters
        ----------
        values : ndarray of shape (working points, parameters)
            Thresholds, of all of which the same sides are closed.
        """
        closed = [side for side in self.sides if not all(np.isinf(values[0, p]) for p in side)]
        if not closed:
            return []
        merit = np.zeros(len(closed))
        for row in values:
            trials = np.repeat(row[None], len(closed) + 1, axis=0)
            for at, side in enumerate(closed):
                trials[at, side] = self.wide[side]
            backgrounds, signals = self._efficiencies(trials)
            background = max(float(backgrounds[-1]), self.event)
            signal = max(float(signals[-1]), self.target.event)
            rejected, cost = backgrounds[:-1] - backgrounds[-1], signals[:-1] - signals[-1]
            merit += rejected / background - 2 * cost / signal
        return [closed[at] for at in np.argsort(merit, kind="stable")]

    def _exchanged(self, one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
        """Standard deviation of the background efficiency from the events that only one of two cuts keeps."""
        events, total = self.target.events, 0.0
        for number, segment in enumerate(events.segments):
            if segment.at[1] in self.backgrounds and segment.at[2] == 0:
                differ = events.mask(number, one) != events.mask(number, other)
                total += float((segment.weights[differ] ** 2).sum())
        return float(np.sqrt(total)) / self.efficiencies.totals["background"]

    def _efficiencies(self, values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Of background and signal at thresholds of shape (points, parameters)."""
        yields = self.target.events.yields(values)
        return self.efficiencies.of(yields, "background"), self.efficiencies.of(yields, "signal")
