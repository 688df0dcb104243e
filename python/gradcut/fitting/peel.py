"""Peeling: a greedy search that needs no gradient, as one of the starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.engines.segments import copy_nominal_where_absent
from gradcut.fitting.starts import open_values
from gradcut.kernel_spec import KINDS
from gradcut.yields import Moments, Yields

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.fitting.events import HardEvents
    from gradcut.fitting.scaling import Scaling
    from gradcut.objectives import Objective

__all__ = ["peel"]

#: Fraction of the remaining signal that one step may cost at most.
STEP = 0.12
#: Peeling ends with this fraction of the signal.
END = 0.05


def peel(events: HardEvents, objective: Objective, scaling: Scaling) -> NDArray[np.float64]:
    """Peel from the wide open selection.

    Patient rule induction: each step moves the threshold that leaves the best objective among those that
    cost some percent of the remaining signal. Thresholds of vetoes and those that cuts share stay open.

    Returns
    -------
    ndarray of shape (parameters,)
        The thresholds of the best selection on the way.

    References
    ----------
    J. Friedman, N. Fisher, "Bump hunting in high-dimensional data" (1999).
    """
    values = open_values(events.spec)
    remaining = _Remaining(events, scaling)
    best, best_score = values, -np.inf
    total = kept = remaining.signal
    while kept > END * total > 0:
        step = remaining.best_step(objective, kept)
        if step is None:
            break
        score, parameter, index, kept = step
        values = values.copy()
        values[parameter] = remaining.grids[parameter][index]
        remaining.cut(parameter, index)
        if score > best_score:
            best, best_score = values, score
    return best


class _Remaining:
    """The events that are left, each with its place on a grid of thresholds per parameter."""

    def __init__(self, events: HardEvents, scaling: Scaling) -> None:
        spec = events.spec
        self.events = events
        layout = events.layout
        self.signals = layout.process_indices("signal") or list(range(len(layout.processes)))
        self.cuts = {
            p: scaling.first_cut(p)
            for p in range(len(spec.parameters))
            if not events.is_shared(p) and spec.kinds[scaling.first_cut(p)] != KINDS["veto"]
        }
        self.grids = {p: np.unique(scaling.quantiles[c][::2]) for p, c in self.cuts.items()}
        self.is_low = {p: spec.low[c] == p for p, c in self.cuts.items()}
        opened = open_values(spec)
        self.weights, self.places = [], []
        for number, segment in enumerate(events.segments):
            alive = events.mask(number, opened) & (segment.weights != 0)
            self.weights.append(segment.weights[alive])
            self.places.append(
                {
                    # An event passes "x > grid[i]" for i < place, and "x < grid[i]" for i >= place.
                    p: np.searchsorted(
                        self.grids[p], segment.columns[c][alive], side="left" if self.is_low[p] else "right"
                    )
                    for p, c in self.cuts.items()
                }
            )

    @property
    def signal(self) -> float:
        """Nominal signal that is left."""
        return float(
            sum(
                weights.sum()
                for weights, segment in zip(self.weights, self.events.segments, strict=True)
                if segment.at[2] == 0 and segment.at[1] in self.signals
            )
        )

    def best_step(self, objective: Objective, kept: float) -> tuple[float, int, int, float] | None:
        """Score, parameter, place on its grid and remaining signal of the best next step."""
        best: tuple[float, int, int, float] | None = None
        for parameter, grid in self.grids.items():
            yields = self._yields(parameter, len(grid))
            signal = yields.moments.sum_w[:, :, self.signals, 0].sum((1, 2, 3))
            scores = objective.sign * objective.hard(yields)
            allowed = (signal >= (1 - STEP) * kept) & (signal < (1 - STEP / 8) * kept) & np.isfinite(scores)
            if not allowed.any():
                continue
            at = int(np.argmax(np.where(allowed, scores, -np.inf)))
            if best is None or scores[at] > best[0]:
                best = float(scores[at]), parameter, at, float(signal[at])
        return best

    def _yields(self, parameter: int, size: int) -> Yields:
        sums = np.zeros((3, size, *self.events.layout.shape))
        for weights, places, segment in zip(self.weights, self.places, self.events.segments, strict=True):
            c, p, v = segment.at
            for moment, power in enumerate((None, weights, weights**2 * segment.variance_scale)):
                counts = np.bincount(places[parameter], weights=power, minlength=size + 1)
                running = np.cumsum(counts)
                passed = running[-1] - running[:-1] if self.is_low[parameter] else running[:-1]
                sums[moment, :, c, p, v, 0] = passed[:size]
        copy_nominal_where_absent(self.events.layout, sums)
        return Yields(self.events.layout, Moments(*sums))

    def cut(self, parameter: int, index: int) -> None:
        """Leave only the events that pass."""
        for number, places in enumerate(self.places):
            place = places[parameter]
            alive = place > index if self.is_low[parameter] else place <= index
            self.weights[number] = self.weights[number][alive]
            self.places[number] = {p: kept[alive] for p, kept in places.items()}
