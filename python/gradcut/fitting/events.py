"""Hard cuts on events in memory: yields, and exact sweeps of one threshold."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gradcut import _kernels
from gradcut.engines.segments import copy_nominal_where_absent, layout_of, segments_of
from gradcut.kernel_spec import HIGH_INCLUSIVE, KINDS, LOW_INCLUSIVE, MISSING_PASSES, STEPS
from gradcut.yields import Moments, Yields

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.engines.segments import Segment
    from gradcut.kernel_spec import KernelSpec
    from gradcut.samples import EventTables

__all__ = ["HardEvents", "Sides", "terms"]

#: Events per call of the kernel: bounds the memory of columns that are not double.
CHUNK = 1 << 16


class Sides(NamedTuple):
    """How the events of a segment depend on one threshold ``t``, each of shape (n_events,)."""

    #: Pass whatever it is.
    always: NDArray[np.bool_]
    #: Pass where ``t`` lies below the feature.
    above: NDArray[np.bool_]
    #: Pass where ``t`` lies above it.
    below: NDArray[np.bool_]


class HardEvents:
    """Events in memory with hard cuts, compared in double.

    Parameters
    ----------
    spec : KernelSpec
        The selection.
    tables : EventTables
        The events.
    """

    def __init__(self, spec: KernelSpec, tables: EventTables) -> None:
        self.spec = spec
        self.layout = layout_of(tables)
        self.segments = list(segments_of(tables, spec))
        self._users = [
            [c for c in range(spec.n_cuts) if p in (spec.low[c], spec.high[c])]
            for p in range(len(spec.parameters))
        ]
        self._infinite = [
            any(column.dtype.kind == "f" and bool(np.isinf(column).any()) for column in segment.columns)
            for segment in self.segments
        ]
        self._candidates: dict[int, NDArray[np.float64]] = {}

    def passed(self, segment: int, cut: int, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Say which events of a segment pass one cut; infinite thresholds open their side."""
        spec, column = self.spec, self.segments[segment].columns[cut]
        flags, kind = int(spec.flags[cut]), int(spec.kinds[cut])
        missing = np.isnan(column) if column.dtype.kind == "f" else np.zeros(len(column), dtype=np.bool_)
        inside = ~missing
        # A numpy scalar of double: a Python float would be rounded to the type of the column.
        if spec.low[cut] >= 0:
            low = np.float64(values[spec.low[cut]])
            if low != -np.inf:
                inside &= column >= low if flags & LOW_INCLUSIVE else column > low
        if spec.high[cut] >= 0:
            high = np.float64(values[spec.high[cut]])
            if high != np.inf:
                inside &= column <= high if flags & HIGH_INCLUSIVE else column < high
        if kind == KINDS["veto"]:
            inside = ~inside & ~missing
        return inside | missing if flags & MISSING_PASSES else inside

    def mask(
        self, segment: int, values: NDArray[np.float64], skip: tuple[int, ...] = ()
    ) -> NDArray[np.bool_]:
        """Say which events of a segment pass all cuts but those to skip."""
        result = np.ones(self.segments[segment].n_events, dtype=np.bool_)
        for cut in range(self.spec.n_cuts):
            if cut not in skip:
                result &= self.passed(segment, cut, values)
        return result

    def yields(self, points: NDArray[np.float64]) -> Yields:
        """Hard yields at thresholds of shape (points, parameters)."""
        sums = self.empty(len(points))
        for number, segment in enumerate(self.segments):
            c, p, v = segment.at
            exact = self._slowly(number, points) if self._infinite[number] else self._quickly(segment, points)
            sums[:, :, c, p, v, 0] = exact
        return self.finish(sums)

    def _quickly(self, segment: Segment, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Moments, shape (3, points), by the compiled kernel."""
        spec = self.spec
        total = np.zeros((len(points), 3))
        low, high = (
            np.ascontiguousarray(np.where(at >= 0, points[:, at], 0.0)) for at in (spec.low, spec.high)
        )
        width = np.ones(low.shape)
        for first in range(0, segment.n_events, CHUNK):
            chunk = slice(first, first + CHUNK)
            total += _kernels.selection_moments(
                [np.ascontiguousarray(column[chunk], dtype=np.float64) for column in segment.columns],
                segment.weights[chunk],
                step=STEPS["hard"],
                kinds=spec.kinds,
                flags=spec.flags,
                low=low,
                high=high,
                width=width,
                derivatives=0,
            )[:, :, 0]
        return np.asarray(total.T * np.array([1.0, 1.0, segment.variance_scale])[:, None])

    def _slowly(self, number: int, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same where a feature is infinite: an open cut keeps such an event, a comparison does not."""
        segment = self.segments[number]
        chosen = (segment.weights[self.mask(number, values)] for values in points)
        sums = np.array([[t.sum() for t in terms(w, segment.variance_scale)] for w in chosen])
        return np.asarray(sums.T)

    def thinned(self, limit: int) -> HardEvents:
        """Every nth event of each segment, so that about ``limit`` are left, with n times the weight."""
        thin = copy(self)
        thin.segments, thin._candidates = [], {}
        for segment in self.segments:
            n = max(1, segment.n_events // limit)
            columns = tuple(column[::n] for column in segment.columns)
            weights = np.ascontiguousarray(segment.weights[::n] * n)
            thin.segments.append(
                replace(segment, columns=columns, weights=weights, variance_scale=segment.variance_scale / n)
            )
        return thin

    def empty(self, points: int) -> NDArray[np.float64]:
        """Moments of zero, of shape (3, points, channels, processes, variations, bins)."""
        return np.zeros((3, points, *self.layout.shape))

    def finish(self, sums: NDArray[np.float64]) -> Yields:
        """Make yields of the moments of every segment."""
        copy_nominal_where_absent(self.layout, sums)
        return Yields(self.layout, Moments(*sums))

    def candidates(self, parameter: int) -> NDArray[np.float64]:
        """All thresholds that select different events: between neighbouring values, and infinite ones."""
        if parameter not in self._candidates:
            columns = [s.columns[c][s.weights != 0] for s in self.segments for c in self._users[parameter]]
            values = np.unique(np.concatenate([column.astype(np.float64) for column in columns]))
            values = values[np.isfinite(values)]
            middles = values[:-1] + (values[1:] - values[:-1]) / 2
            self._candidates[parameter] = np.concatenate([[-np.inf], middles, [np.inf]])
        return self._candidates[parameter]

    def candidates_within(
        self, parameter: int, values: NDArray[np.float64], moving: tuple[int, ...] = ()
    ) -> NDArray[np.float64]:
        """Candidates that keep the ends of windows and vetoes in order, but for ends that move as well."""
        low, high, spec = -np.inf, np.inf, self.spec
        for cut in self._users[parameter]:
            if spec.low[cut] == parameter and spec.high[cut] >= 0 and spec.high[cut] not in moving:
                high = min(high, float(values[spec.high[cut]]))
            elif spec.high[cut] == parameter and spec.low[cut] >= 0 and spec.low[cut] not in moving:
                low = max(low, float(values[spec.low[cut]]))
        everything = self.candidates(parameter)
        return everything[(everything >= low) & (everything <= high)]

    @staticmethod
    def places(candidates: NDArray[np.float64], column: NDArray[np.generic]) -> NDArray[np.int64]:
        """Where events lie among increasing candidates: those before lie below an event, the others above.

        An event at minus infinity lies above a threshold there, which is an open one.
        """
        wide = column.astype(np.float64)
        at = np.searchsorted(candidates, wide)
        if len(candidates) and candidates[0] == -np.inf:
            at = np.where(wide == -np.inf, 1, at)
        return np.asarray(at)

    def sides(self, segment: int, parameter: int, values: NDArray[np.float64]) -> Sides:
        """Split the events of a segment by how they depend on a threshold that one cut uses."""
        (cut,) = self._users[parameter]
        others = self.mask(segment, values, skip=(cut,))
        is_low = self.spec.low[cut] == parameter
        opened = values.copy()
        kind = self.spec.kinds[cut]
        if kind == KINDS["veto"]:
            # Outside of the fixed end an event always passes; the rest passes where t leaves it outside.
            opened[parameter] = -np.inf if is_low else np.inf
            always = self.passed(segment, cut, opened)
            column = self.segments[segment].columns[cut]
            varying = others & ~always & ~np.isnan(column)
        else:
            opened[parameter] = -np.inf if is_low else np.inf
            column = self.segments[segment].columns[cut]
            varying = others & self.passed(segment, cut, opened)
            missing = np.isnan(column) if column.dtype.kind == "f" else np.zeros(len(column), dtype=np.bool_)
            always, varying = varying & missing, varying & ~missing
        none = np.zeros_like(varying)
        above = is_low == (kind != KINDS["veto"])
        return Sides(others & always, varying if above else none, none if above else varying)

    def counted(self, n_points: int, places: list[NDArray[np.int64]]) -> Yields:
        """Hard yields where each event of a segment passes from a place among the points on."""
        sums = self.empty(n_points)
        for segment, place in zip(self.segments, places, strict=True):
            c, p, v = segment.at
            for moment, term in enumerate(terms(segment.weights, segment.variance_scale)):
                counts = np.bincount(place, weights=term, minlength=n_points + 1)
                sums[moment, :, c, p, v, 0] = np.cumsum(counts[:n_points])
        return self.finish(sums)

    def cut_of(self, parameter: int) -> int:
        """First cut that uses a threshold."""
        return self._users[parameter][0]

    def is_shared(self, parameter: int) -> bool:
        """Say whether several cuts use a threshold."""
        return len(self._users[parameter]) > 1

    def sweep(self, parameter: int, values: NDArray[np.float64], candidates: NDArray[np.float64]) -> Yields:
        """Hard yields with one threshold at each of some increasing candidates, the others as they are.

        Exact: every event is counted at every candidate, in one pass over the events.
        """
        if self.is_shared(parameter):
            points = np.repeat(values[None], len(candidates), axis=0)
            points[:, parameter] = candidates
            return self.yields(points)
        sums = self.empty(len(candidates))
        (cut,) = self._users[parameter]
        for number, segment in enumerate(self.segments):
            sides = self.sides(number, parameter, values)
            _add(sums, segment.at, slice(None), segment.weights[sides.always], segment.variance_scale)
            for passes, is_above in ((sides.above, True), (sides.below, False)):
                if not passes.any():
                    continue
                weights = segment.weights[passes]
                at = self.places(candidates, segment.columns[cut][passes])
                for moment, term in enumerate(terms(weights, segment.variance_scale)):
                    counts = np.bincount(at, weights=term, minlength=len(candidates) + 1)[: len(candidates)]
                    running = np.cumsum(counts)
                    c, p, v = segment.at
                    sums[moment, :, c, p, v, 0] += term.sum() - running if is_above else running
        return self.finish(sums)


def terms(weights: NDArray[np.float64], scale: float) -> tuple[NDArray[np.float64], ...]:
    """What every event adds to the three moments."""
    return (weights != 0).astype(np.float64), weights, weights**2 * scale


def _add(
    sums: NDArray[np.float64],
    at: tuple[int, int, int],
    points: slice,
    weights: NDArray[np.float64],
    scale: float,
) -> None:
    c, p, v = at
    for moment, term in enumerate(terms(weights, scale)):
        sums[moment, points, c, p, v, 0] += term.sum()
