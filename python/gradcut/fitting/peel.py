"""Peeling: a greedy search that needs no gradient, as one of the starts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from gradcut.fitting.events import terms
from gradcut.fitting.starts import open_values
from gradcut.kernel_spec import KINDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.fitting.events import HardEvents
    from gradcut.fitting.scaling import Scaling
    from gradcut.objectives import Objective
    from gradcut.yields import Yields

__all__ = ["peel"]

#: Fraction of the remaining signal that one step may cost at most.
STEP = 0.12
#: Peeling ends with this fraction of the signal.
END = 0.05


def peel(
    events: HardEvents, objective: Objective, scaling: Scaling, fixed: Mapping[int, float] | None = None
) -> NDArray[np.float64]:
    """Peel from the wide open selection, but for thresholds that are fixed.

    Patient rule induction: each step moves the threshold that leaves the best objective among those that
    cost some percent of the remaining signal. Thresholds of vetoes, those that cuts share, and those of
    alternatives, counts and of cuts that depend on the event stay open.

    Returns
    -------
    ndarray of shape (parameters,)
        The thresholds of the best selection on the way.

    References
    ----------
    J. Friedman, N. Fisher, "Bump hunting in high-dimensional data" (1999).
    """
    values = open_values(events.spec)
    for parameter, value in (fixed or {}).items():
        values[parameter] = value
    remaining = _Remaining(events, scaling, values, fixed or {})
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

    def __init__(
        self, events: HardEvents, scaling: Scaling, opened: NDArray[np.float64], fixed: Mapping[int, float]
    ) -> None:
        spec = events.spec
        self.events = events
        layout = events.layout
        self.signals = layout.process_indices("signal") or list(range(len(layout.processes)))
        self.cuts = {
            p: scaling.first_cut(p)
            for p in range(len(spec.parameters))
            if p not in fixed
            and len(spec.users(p)) == 1
            and spec.is_plain(scaling.first_cut(p))
            and spec.kinds[scaling.first_cut(p)] != KINDS["veto"]
        }
        self.grids = {p: np.unique(scaling.quantiles[c][::4]) for p, c in self.cuts.items()}
        sizes = [len(grid) for grid in self.grids.values()]
        #: Where the points of each parameter begin, and how many there are.
        self.first, self.size = np.cumsum([0, *sizes], dtype=np.int64)[:-1], sum(sizes)
        self.is_low = {p: spec.low[c] == p for p, c in self.cuts.items()}
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
        if not self.grids:
            return None
        yields = self._yields()
        signal = yields.moments.sum_w[:, :, self.signals, 0].sum((1, 2, 3))
        scores = objective.penalised(yields)
        allowed = (signal >= (1 - STEP) * kept) & (signal < (1 - STEP / 8) * kept) & np.isfinite(scores)
        if not allowed.any():
            return None
        at = int(np.argmax(np.where(allowed, scores, -np.inf)))
        parameter = list(self.grids)[int(np.searchsorted(self.first, at, side="right")) - 1]
        place = at - int(self.first[list(self.grids).index(parameter)])
        return float(scores[at]), parameter, place, float(signal[at])

    def _yields(self) -> Yields:
        """Yields with each threshold at each place of its grid, one parameter after the other."""
        sums = self.events.empty(self.size)
        for weights, places, segment in zip(self.weights, self.places, self.events.segments, strict=True):
            c, p, v = segment.at
            # Every threshold has one place more than its grid has.
            shifted = [
                place + first + i
                for i, (place, first) in enumerate(zip(places.values(), self.first, strict=True))
            ]
            everywhere = np.concatenate(shifted)
            for moment, term in enumerate(terms(weights, segment.variance_scale)):
                counts = np.bincount(
                    everywhere, weights=np.tile(term, len(places)), minlength=self.size + len(places)
                )
                for i, (parameter, grid) in enumerate(self.grids.items()):
                    at = int(self.first[i])
                    running = np.cumsum(counts[at + i : at + i + len(grid) + 1])
                    passed = running[-1] - running[:-1] if self.is_low[parameter] else running[:-1]
                    sums[moment, at : at + len(grid), c, p, v, 0] = passed
        return self.events.finish(sums)

    def cut(self, parameter: int, index: int) -> None:
        """Leave only the events that pass."""
        for number, places in enumerate(self.places):
            place = places[parameter]
            alive = place > index if self.is_low[parameter] else place <= index
            self.weights[number] = self.weights[number][alive]
            self.places[number] = {p: kept[alive] for p, kept in places.items()}
