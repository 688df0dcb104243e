"""Events in memory, sums in bins by the compiled kernels."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.binning.cells import layout_with
from gradcut.engines.base import Evaluation, Precision, precision_of, stack_cotangents
from gradcut.engines.bins.base import BinsEngine, kernel_arguments, shifted
from gradcut.engines.cpu import TASK, available_cores, checked_threads
from gradcut.engines.moments import as_doubles
from gradcut.engines.segments import (
    Converter,
    copy_nominal_where_absent,
    gather_from_absent,
    in_order,
    layout_of,
    segments_of,
)
from gradcut.yields import Moments, Yields

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from gradcut.binning.bins_spec import BinsSpec
    from gradcut.engines.segments import Segment
    from gradcut.samples.tables import EventTables

__all__ = ["CpuBinsEngine"]


class CpuBinsEngine(BinsEngine):
    """Yields in bins of events in memory.

    Parameters
    ----------
    spec : BinsSpec
        The bins.
    tables : EventTables
        The events, with one feature per column.
    precision : {"float32", "float64"}, default "float32"
        Precision of the kernels; sums are in double either way.
    n_threads : int, optional
        Threads of the sums; default all cores that the process may use. The result does not depend on it.

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
        shape = tuple(n + 1 for n in spec.n_edges) if spec.kind == "axes" else (spec.n_components,)
        super().__init__(spec, layout_with(layout_of(tables), shape))
        self.n_threads = available_cores() if n_threads is None else checked_threads(n_threads)
        convert = Converter(precision_of(precision))
        self.segments: list[tuple[Segment, list[Any], NDArray[np.floating], list[float]]] = []
        for segment in segments_of(tables, spec):
            columns, offsets = convert.all(segment.columns, len(segment.columns))
            weights = np.ascontiguousarray(segment.weights, dtype=convert.dtype)
            self.segments.append((segment, columns, weights, offsets.tolist()))

    def _evaluate(self, points: NDArray[np.float64], *, hard: bool) -> Evaluation:
        return _CpuEvaluation(self, points, hard=hard)

    def sums(self, call: Callable[[list[Any], Any], NDArray[np.float64]], ready: Any) -> NDArray[np.float64]:
        """Add up what a kernel makes of the blocks of a segment."""
        columns, weights = ready
        tasks = [
            partial(call, [c[first : first + TASK] for c in columns], weights[first : first + TASK])
            for first in range(0, max(len(weights), 1), TASK)
        ]
        parts = in_order(tasks, self.n_threads)
        return np.asarray(sum(parts[1:], parts[0]))


class _CpuEvaluation(Evaluation):
    def __init__(self, engine: CpuBinsEngine, points: NDArray[np.float64], *, hard: bool) -> None:
        from gradcut._kernels import bins_moments

        self._engine, self._points = engine, points
        values = np.zeros((3, len(points), *engine.layout.shape))
        for segment, columns, weights, offsets in engine.segments:
            if hard:  # comparisons are those of the columns themselves
                ready: Any = [as_doubles(c) for c in segment.columns], segment.weights
                moved = points
            else:
                ready, moved = (columns, weights), shifted(engine.spec, points, offsets)
            arguments = kernel_arguments(engine.spec, moved, hard=hard)
            sums = engine.sums(partial(bins_moments, **arguments), ready)
            scale = np.array([1.0, 1.0, segment.variance_scale])[:, None, None]
            c, p, v = segment.at
            values[:, :, c, p, v] = np.moveaxis(sums, 1, 0) * scale
        copy_nominal_where_absent(engine.layout, values)
        self.yields = Yields(engine.layout, Moments(*values))

    def vjp(self, cotangents: Moments) -> NDArray[np.float64]:
        from gradcut._kernels import bins_vjp

        engine, points = self._engine, self._points
        full = gather_from_absent(
            engine.layout, stack_cotangents(cotangents, (len(points), *engine.layout.shape))
        )
        gradient = np.zeros(points.shape)
        for segment, columns, weights, offsets in engine.segments:
            c, p, v = segment.at
            scale = np.array([1.0, 1.0, segment.variance_scale])[:, None, None]
            cotangent = np.ascontiguousarray(np.moveaxis(full[:, :, c, p, v] * scale, 0, 1))
            arguments = kernel_arguments(engine.spec, shifted(engine.spec, points, offsets))
            arguments["cotangents"] = cotangent
            gradient += engine.sums(partial(bins_vjp, **arguments), (columns, weights))
        return gradient
