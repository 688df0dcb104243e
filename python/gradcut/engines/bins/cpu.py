"""Events in memory, sums in bins by the compiled kernels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.binning.cells import layout_with
from gradcut.engines.base import Evaluation, Precision, precision_of
from gradcut.engines.bins.base import kernel_arguments, shape_of, shifted
from gradcut.engines.bins.passes import TwoPassEngine, TwoPassEvaluation
from gradcut.engines.cpu import TASK, available_cores, checked_threads
from gradcut.engines.moments import as_doubles
from gradcut.engines.segments import (
    Converter,
    Row,
    Segment,
    in_order,
    layout_of,
    segments_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from gradcut.binning.bins_spec import BinsSpec
    from gradcut.samples.tables import EventTables
    from gradcut.yields import YieldsLayout

__all__ = ["CpuBinsEngine", "Piece"]


@dataclass(frozen=True)
class Piece:
    """Events that fill some of the bins.

    Parameters
    ----------
    segment : Segment
        The events.
    bins : slice
        Which bins of the layout those of the spec are.
    """

    segment: Segment
    bins: slice


@dataclass(frozen=True)
class _Prepared:
    """A piece in the precision of the kernels."""

    piece: Piece
    columns: list[Any]
    weights: NDArray[np.floating]
    #: What was subtracted from each column before it was rounded.
    offsets: list[float]


class CpuBinsEngine(TwoPassEngine):
    """Yields in bins of events in memory.

    Parameters
    ----------
    spec : BinsSpec
        The bins.
    tables : EventTables
        The events, with one feature per column.
    precision, n_threads
        As for :class:`CpuEngine`; memberships in single precision deviate by less than 1e-6.

    Notes
    -----
    Every evaluation is one pass over the events, its ``vjp`` another.
    """

    def __init__(
        self,
        spec: BinsSpec,
        tables: EventTables,
        *,
        precision: Precision = "float32",
        n_threads: int | None = None,
    ) -> None:
        super().__init__(spec, layout_with(layout_of(tables), shape_of(spec)))
        pieces = (Piece(segment, slice(None)) for segment in segments_of(tables, spec))
        self._prepare(pieces, precision, n_threads)

    @classmethod
    def of_pieces(
        cls,
        spec: BinsSpec,
        layout: YieldsLayout,
        pieces: Iterable[Piece],
        *,
        precision: Precision = "float32",
        n_threads: int | None = None,
    ) -> CpuBinsEngine:
        """Make an engine of prepared events: columns may be coordinates, and bins divided further.

        Parameters
        ----------
        spec : BinsSpec
            The bins.
        layout : YieldsLayout
            The axes of the yields, with all bins.
        pieces : iterable of Piece
            The events.
        precision, n_threads
            As for the engine.
        """
        engine = cls.__new__(cls)
        super().__init__(engine, spec, layout)
        engine._prepare(pieces, precision, n_threads)
        return engine

    def _prepare(self, pieces: Iterable[Piece], precision: Precision, n_threads: int | None) -> None:
        self.n_threads = available_cores() if n_threads is None else checked_threads(n_threads)
        convert = Converter(precision_of(precision))
        self._prepared = []
        for piece in pieces:
            segment = piece.segment
            columns, offsets = convert.all(segment.columns, len(segment.columns))
            with np.errstate(over="ignore"):
                weights = np.ascontiguousarray(segment.weights, dtype=convert.dtype)
            self._prepared.append(_Prepared(piece, columns, weights, offsets.tolist()))

    def _evaluate(self, points: NDArray[np.float64], *, hard: bool) -> Evaluation:
        return TwoPassEvaluation(self, points, hard=hard)

    def bin_rows(self, points: NDArray[np.float64], *, hard: bool) -> Iterator[Row]:
        """Sums of every piece in all bins of the layout."""
        from gradcut._kernels import bins_moments

        for ready in self._prepared:
            segment = ready.piece.segment
            if hard:  # comparisons are those of the columns themselves
                columns = [as_doubles(c) for c in segment.columns]
                weights: NDArray[np.floating] = segment.weights
                at = points
            else:
                columns, weights = ready.columns, ready.weights
                at = shifted(self.spec, points, ready.offsets)
            kernel = partial(bins_moments, **kernel_arguments(self.spec, at, hard=hard))
            sums = np.zeros((len(points), 3, self.layout.shape[-1]))
            sums[:, :, ready.piece.bins] = self._sum(kernel, columns, weights)
            yield segment.at, segment.variance_scale, sums

    def gradient(self, points: NDArray[np.float64], full: NDArray[np.float64]) -> NDArray[np.float64]:
        """Contract the moments with cotangents, shape (3, points, channels, processes, variations, bins)."""
        from gradcut._kernels import bins_vjp

        gradient = np.zeros(points.shape)
        for ready in self._prepared:
            c, p, v = ready.piece.segment.at
            scale = np.array([1.0, 1.0, ready.piece.segment.variance_scale])[:, None, None]
            own = full[:, :, c, p, v, ready.piece.bins] * scale
            if own.any():
                arguments = kernel_arguments(self.spec, shifted(self.spec, points, ready.offsets))
                arguments["cotangents"] = np.ascontiguousarray(np.moveaxis(own, 0, 1))
                gradient += self._sum(partial(bins_vjp, **arguments), ready.columns, ready.weights)
        return gradient

    def _sum(
        self,
        kernel: Callable[[list[Any], Any], NDArray[np.float64]],
        columns: list[Any],
        weights: NDArray[np.floating],
    ) -> NDArray[np.float64]:
        """Add up what a kernel makes of blocks of events."""
        tasks = [
            partial(kernel, [c[first : first + TASK] for c in columns], weights[first : first + TASK])
            for first in range(0, max(len(weights), 1), TASK)
        ]
        parts = in_order(tasks, self.n_threads)
        return np.asarray(sum(parts[1:], parts[0]))
