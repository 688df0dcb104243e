"""Events in the coordinates in which bins are learned: descent on them instead of on cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.binning.cells import layout_with
from gradcut.binning.filling import Axis, Events, outside
from gradcut.engines.bins.base import shape_of
from gradcut.engines.bins.cpu import CpuBinsEngine, Piece

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.axis import Binning
    from gradcut.binning.bins_spec import BinsSpec
    from gradcut.binning.mixture_problem import MixtureProblem
    from gradcut.engines.base import Precision
    from gradcut.engines.segments import Segment
    from gradcut.yields import YieldsLayout

__all__ = ["PlacedEvents"]

#: Maps the columns of events to coordinates.
Place = Callable[["Sequence[NDArray[Any]]"], "list[NDArray[np.float64]]"]


@dataclass(frozen=True, eq=False)
class PlacedEvents:
    """Events whose columns are coordinates.

    Parameters
    ----------
    layout : YieldsLayout
        Axes and totals, of one bin.
    segments : tuple of (Segment, int)
        The events, with the number of the bin with given edges that they are in.
    fixed_shape : tuple of int
        Numbers of bins with given edges, which divide every learned one.
    """

    layout: YieldsLayout
    segments: tuple[tuple[Segment, int], ...]
    fixed_shape: tuple[int, ...] = ()

    @classmethod
    def of_axes(cls, events: Events, axes: Sequence[Axis], given: Sequence[Binning]) -> PlacedEvents:
        """Events in the coordinates of learned axes; those outside of a histogram are in no bin.

        Parameters
        ----------
        events : Events
            With the columns of the learned axes, then of those with given edges.
        axes : sequence of Axis
            The learned axes.
        given : sequence of Binning
            The others.
        """
        placed = _placed(events, _along(axes))
        if not given:
            return cls(events.layout, tuple((segment, 0) for segment in placed))
        shape = tuple(binning.n_bins for binning in given)
        labels = events.given([(len(axes) + i, binning) for i, binning in enumerate(given)])
        parts = [
            (_chosen(segment, label == number), number)
            for segment, label in zip(placed, labels, strict=True)
            for number in range(int(np.prod(shape)))
        ]
        return cls(events.layout, tuple(parts), shape)

    @classmethod
    def of_mixture(cls, problem: MixtureProblem) -> PlacedEvents:
        """Events in the units in which a mixture, or biases of outputs, are learned."""
        events = Events(problem.tables, problem.binning.spec)

        def place(columns: Sequence[NDArray[Any]]) -> list[NDArray[np.float64]]:
            units = zip(problem.binning.placed(columns), problem.centre, problem.scale, strict=True)
            return [(x - centre) / scale for x, centre, scale in units]

        return cls(events.layout, tuple((segment, 0) for segment in _placed(events, place)))

    def of_columns(self, columns: Sequence[int]) -> PlacedEvents:
        """The same events with some of the coordinates."""
        parts = (
            (replace(segment, columns=tuple(segment.columns[i] for i in columns)), number)
            for segment, number in self.segments
        )
        return replace(self, segments=tuple(parts))

    def engine(
        self, spec: BinsSpec, precision: Precision = "float32", n_threads: int | None = None
    ) -> CpuBinsEngine:
        """Make an engine with bins in these coordinates.

        Parameters
        ----------
        spec : BinsSpec
            The learned bins.
        precision, n_threads
            As for the engine.
        """
        n_fixed = int(np.prod(self.fixed_shape, dtype=np.int64))
        pieces = (Piece(segment, slice(number, None, n_fixed)) for segment, number in self.segments)
        layout = layout_with(self.layout, (*shape_of(spec), *self.fixed_shape))
        return CpuBinsEngine.of_pieces(spec, layout, pieces, precision=precision, n_threads=n_threads)


def _along(axes: Sequence[Axis]) -> Place:
    def place(columns: Sequence[NDArray[Any]]) -> list[NDArray[np.float64]]:
        return [
            np.where(
                outside(axis.binning, x, axis.low, axis.high),
                np.nan,
                axis.coordinate.forward(x.astype(np.float64)),
            )
            for axis, x in zip(axes, columns, strict=False)
        ]

    return place


def _placed(events: Events, place: Place) -> list[Segment]:
    """Segments with coordinates for columns; what several variations share is mapped once."""
    # The columns themselves are kept beside them: the id of one that is gone could be given again.
    known: dict[tuple[int, ...], tuple[Any, tuple[NDArray[np.float64], ...]]] = {}
    found = []
    for segment in events.segments:
        key = tuple(map(id, segment.columns))
        if key not in known:
            known[key] = segment.columns, tuple(map(np.ascontiguousarray, place(segment.columns)))
        found.append(replace(segment, columns=known[key][1]))
    return found


def _chosen(segment: Segment, chosen: NDArray[np.bool_]) -> Segment:
    columns = tuple(column[chosen] for column in segment.columns)
    return replace(segment, columns=columns, weights=segment.weights[chosen])
