"""Hard cuts on events in memory: yields, and exact sweeps of one threshold."""

from __future__ import annotations

from collections.abc import Collection
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.engines.moments import as_doubles, kernel_moments
from gradcut.engines.parameters import Thresholds
from gradcut.engines.segments import copy_nominal_where_absent, layout_of, segments_of
from gradcut.fitting import decisions
from gradcut.fitting.neighbours import limits
from gradcut.fitting.signs import loosening_signs
from gradcut.jagged import Jagged
from gradcut.kernel_spec import STEPS
from gradcut.yields import Moments, Yields

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.engines.segments import Segment
    from gradcut.kernel_spec import KernelSpec
    from gradcut.samples import EventTables

__all__ = ["HardEvents", "terms"]

#: Events per call of the kernel: bounds the memory of columns that are not double.
CHUNK = 1 << 16


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
        self.signs = loosening_signs(spec)
        self._infinite = [
            any(has_infinities(column) for column in segment.columns[: spec.n_cuts])
            for segment in self.segments
        ]
        self._candidates: dict[int, NDArray[np.float64]] = {}

    def passed(self, segment: int, cut: int, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Say which events (or objects) of a segment pass one cut; infinite thresholds open their side."""
        return decisions.passed(self.spec, self.segments[segment], cut, values)

    def mask(
        self, segment: int, values: NDArray[np.float64], skip: Collection[int] = ()
    ) -> NDArray[np.bool_]:
        """Say which events of a segment meet all requirements but those to skip.

        Without alternatives and counts, every cut is a requirement with the same number.
        """
        result = np.ones(self.segments[segment].n_events, dtype=np.bool_)
        for _, met in decisions.passed_by_requirement(self.spec, self.segments[segment], values, skip):
            result &= met
        return result

    def needs(
        self,
        segment: int,
        values: NDArray[np.float64],
        unit: NDArray[np.float64],
        skip: Collection[int] = (),
    ) -> NDArray[np.float64]:
        """How far thresholds have to move along ``unit`` for events to pass; see ``fitting.decisions``."""
        amount = np.full(self.segments[segment].n_events, -np.inf)
        for _, needed in decisions.needs_of(self.spec, self.segments[segment], values, unit, skip):
            amount = np.maximum(amount, needed)
        return amount

    def needed_threshold(
        self, segment: int, parameter: int, values: NDArray[np.float64], only: int | None = None
    ) -> NDArray[np.float64]:
        """Threshold, times its sign in ``signs``, from which on events pass; NaN where they never do.

        Parameters
        ----------
        segment, parameter : int
            Events and threshold.
        values : ndarray of shape (parameters,)
            The other thresholds.
        only : int, optional
            The one requirement to look at.
        """
        at, unit = values.copy(), np.zeros(len(values))
        at[parameter], unit[parameter] = 0.0, self.signs[parameter]
        if only is None:
            return self.needs(segment, at, unit)
        skip = set(range(self.n_requirements)) - {only}
        return self.needs(segment, at, unit, skip)

    @property
    def n_requirements(self) -> int:
        """Number of requirements in which something is learned."""
        return len({self.requirement_of(cut) for cut in range(self.spec.n_cuts)})

    def requirement_of(self, cut: int) -> int:
        """Requirement that a cut belongs to."""
        return decisions.requirement_of(self.spec, cut)

    def yields(self, points: NDArray[np.float64]) -> Yields:
        """Hard yields at thresholds of shape (points, parameters)."""
        sums = self.empty(len(points))
        for number, segment in enumerate(self.segments):
            c, p, v = segment.at
            # The kernel multiplies: an infinite part of a threshold that depends on the event is not for it.
            slow = self._infinite[number] or (self.spec.n_terms and not np.isfinite(points).all())
            exact = self._slowly(number, points) if slow else self._quickly(segment, points)
            sums[:, :, c, p, v, 0] = exact
        return self.finish(sums)

    def _quickly(self, segment: Segment, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Moments, shape (3, points), by the compiled kernel."""
        spec = self.spec
        total = np.zeros((len(points), 3))
        low, high = (
            np.ascontiguousarray(np.where(at >= 0, points[:, at], 0.0)) for at in (spec.low, spec.high)
        )
        terms = np.zeros((len(points), 0)) if spec.tree is None else points[:, spec.tree.term_parameters]
        thresholds = Thresholds(low, high, np.ones(low.shape), np.ascontiguousarray(terms))
        for first in range(0, segment.n_events, CHUNK):
            chunk = slice(first, first + CHUNK)
            total += kernel_moments(
                spec,
                [as_doubles(column[chunk]) for column in segment.columns],
                segment.weights[chunk],
                thresholds,
                step=STEPS["hard"],
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

    def candidates(self, parameter: int, values: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """All thresholds that select different events: between neighbouring values, and infinite ones.

        Parameters
        ----------
        parameter : int
            A threshold.
        values : ndarray of shape (parameters,), optional
            All thresholds: where that of an event has several parts, candidates depend on the others.
        """
        if values is not None and any(self.spec.varies(c) for c in self.spec.users(parameter)):
            crossings = [
                decisions.crossings(self.spec, segment, cut, parameter, values)
                for segment in self.segments
                for cut in self.spec.users(parameter)
            ]
            # A part that is infinite would open or shut the cut for all events.
            known = np.unique(np.concatenate(crossings))
            return _between(known)[1:-1] if len(known) > 1 else values[[parameter]]
        if parameter not in self._candidates:
            found = np.concatenate(
                [
                    column[weights != 0]
                    for segment in self.segments
                    for column, weights in (segment.flat(c) for c in self.spec.users(parameter))
                ]
            )
            self._candidates[parameter] = _between(np.unique(found))
        return self._candidates[parameter]

    def candidates_within(
        self, parameter: int, values: NDArray[np.float64], moving: tuple[int, ...] = ()
    ) -> NDArray[np.float64]:
        """Candidates that keep ends of windows and vetoes, and chains, in order, but for ends that move."""
        low, high, spec = -np.inf, np.inf, self.spec
        for cut in spec.users(parameter):
            if spec.low[cut] == parameter and spec.high[cut] >= 0 and spec.high[cut] not in moving:
                high = min(high, float(values[spec.high[cut]]))
            elif spec.high[cut] == parameter and spec.low[cut] >= 0 and spec.low[cut] not in moving:
                low = max(low, float(values[spec.low[cut]]))
        lowest, highest = limits(spec, parameter, values)
        low, high = max(low, lowest), min(high, highest)
        everything = self.candidates(parameter, values)
        allowed = everything[(everything >= low) & (everything <= high)]
        return allowed if len(allowed) else values[[parameter]]

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
        return self.spec.users(parameter)[0]

    def can_sweep(self, parameter: int) -> bool:
        """Whether all candidates of a threshold cost one pass: it has a side where more events pass."""
        return bool(self.signs[parameter] != 0)

    def sweep(self, parameter: int, values: NDArray[np.float64], candidates: NDArray[np.float64]) -> Yields:
        """Hard yields with one threshold at each of some increasing candidates, the others as they are.

        Exact: every event is counted at every candidate, in one pass over the events.
        """
        if self.can_sweep(parameter):
            try:
                return self._swept(parameter, values, candidates)
            except decisions.NotMonotoneError:
                pass  # a factor of both signs
        points = np.repeat(values[None], len(candidates), axis=0)
        points[:, parameter] = candidates
        return self.yields(points)

    def _swept(self, parameter: int, values: NDArray[np.float64], candidates: NDArray[np.float64]) -> Yields:
        rising = self.signs[parameter] > 0
        looser = candidates if rising else -candidates[::-1]
        sums, n = self.empty(len(candidates)), len(candidates)
        for number, segment in enumerate(self.segments):
            needed = self.needed_threshold(number, parameter, values)
            alive = ~np.isnan(needed) & (segment.weights != 0)
            place = np.searchsorted(looser, needed[alive])
            c, p, v = segment.at
            for moment, term in enumerate(terms(segment.weights[alive], segment.variance_scale)):
                running = np.cumsum(np.bincount(place, weights=term, minlength=n + 1)[:n])
                sums[moment, :, c, p, v, 0] = running if rising else running[::-1]
        return self.finish(sums)


def terms(weights: NDArray[np.float64], scale: float) -> tuple[NDArray[np.float64], ...]:
    """What every event adds to the three moments."""
    return (weights != 0).astype(np.float64), weights, weights**2 * scale


def has_infinities(column: Any) -> bool:
    """Whether a column, of events or objects, has an infinite value."""
    values = column.values if isinstance(column, Jagged) else column
    return values.dtype.kind == "f" and bool(np.isinf(values).any())


def _between(values: NDArray[np.float64]) -> NDArray[np.float64]:
    finite = values[np.isfinite(values)]
    middles = finite[:-1] + (finite[1:] - finite[:-1]) / 2
    return np.concatenate([[-np.inf], middles, [np.inf]])
