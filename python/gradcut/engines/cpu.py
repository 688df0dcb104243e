"""Events in memory, sums by the compiled kernels."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.engines.base import Evaluation, Precision, SelectionEngine, precision_of
from gradcut.engines.moments import as_doubles, kernel_moments
from gradcut.engines.segments import (
    Converter,
    Row,
    Segment,
    assemble,
    in_order,
    layout_of,
    segments_of,
)
from gradcut.errors import DeclarationError
from gradcut.jagged import Jagged
from gradcut.kernel_spec import STEPS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.engines.parameters import Thresholds
    from gradcut.kernel_spec import KernelSpec
    from gradcut.samples.tables import EventTables

__all__ = ["TASK", "CpuEngine", "available_cores", "checked_threads"]

#: Events per task. Fixed, so that the sums do not depend on the number of threads.
TASK = 1 << 18


@dataclass(frozen=True)
class _Prepared:
    """A segment in the precision of the kernels."""

    segment: Segment
    columns: list[NDArray[np.floating] | Jagged]
    weights: NDArray[np.floating]
    #: What was subtracted from each column before it was rounded.
    offsets: NDArray[np.float64]


class CpuEngine(SelectionEngine):
    """Yields of events in memory by the compiled kernels.

    Parameters
    ----------
    spec : KernelSpec
        The selection.
    tables : EventTables
        The events, with one feature per cut.
    precision : {"float32", "float64"}, default "float32"
        Precision of the kernels; sums are in double either way. Single is several times faster; its sums
        deviate by less than 1e-6 of the sum of absolute weights.
    n_threads : int, optional
        Threads of the sums; default all cores that the process may use. The result does not depend on it.
    widths : bool, default True
        Whether widths are differentiated, too; without, their derivatives are zero and thresholds are faster.

    Notes
    -----
    Float columns are used where they lie. Others, and float columns whose values are large and close to each
    other, are rounded to float after their median was subtracted in double, so that a feature of large offset
    keeps its resolution.
    """

    def __init__(
        self,
        spec: KernelSpec,
        tables: EventTables,
        *,
        precision: Precision = "float32",
        n_threads: int | None = None,
        widths: bool = True,
    ) -> None:
        super().__init__(spec, layout_of(tables))
        self._derivatives = 2 if widths else 1
        self.precision = precision
        self.n_threads = available_cores() if n_threads is None else checked_threads(n_threads)
        convert = Converter(precision_of(precision))
        self._prepared = [_prepare(segment, convert, spec.n_cuts) for segment in segments_of(tables, spec)]

    def _evaluate(self, points: NDArray[np.float64], *, hard: bool) -> Evaluation:
        thresholds = self.map.thresholds(points)
        rows = self._hard_rows(thresholds) if hard else self._rows(thresholds)
        return assemble(self.layout, self.map, len(points), rows)

    def _rows(self, t: Thresholds) -> Iterator[Row]:
        for ready in self._prepared:
            tasks: list[Callable[[], NDArray[np.float64]]] = [
                partial(
                    kernel_moments,
                    self.spec,
                    [column[first : first + TASK] for column in ready.columns],
                    weights,
                    t.minus(ready.offsets),
                    step=STEPS[self.spec.step],
                    derivatives=self._derivatives,
                )
                for first, weights in _parts(ready.weights)
            ]
            sums = self._nothing(len(t.low))
            for part in in_order(tasks, self.n_threads):
                sums += part
            yield ready.segment.at, ready.segment.variance_scale, sums

    def _hard_rows(self, t: Thresholds) -> Iterator[Row]:
        for ready in self._prepared:
            segment, sums = ready.segment, self._nothing(len(t.low))
            for first, weights in _parts(segment.weights):
                columns = [as_doubles(column[first : first + TASK]) for column in segment.columns]
                sums += kernel_moments(self.spec, columns, weights, t, step=STEPS["hard"], derivatives=0)
            yield segment.at, segment.variance_scale, sums

    def _nothing(self, n_points: int) -> NDArray[np.float64]:
        return np.zeros((n_points, 3, 1 + 3 * self.spec.n_cuts + self.spec.n_terms))


def available_cores() -> int:
    """Cores that this process may use."""
    # Of a shared machine a process may often use a part only; not every platform tells which.
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def checked_threads(given: int) -> int:
    """Return a number of threads, or raise."""
    if isinstance(given, bool) or not isinstance(given, int) or given < 1:
        raise DeclarationError("the number of threads is an integer from 1 on", given=repr(given))
    return given


def _parts(weights: NDArray[Any]) -> list[tuple[int, NDArray[Any]]]:
    """First event and weights of every task."""
    return [(first, weights[first : first + TASK]) for first in range(0, len(weights), TASK)]


def _prepare(segment: Segment, convert: Converter, n_cuts: int) -> _Prepared:
    columns, offsets = convert.all(segment.columns, n_cuts)
    with np.errstate(over="ignore"):
        weights = np.ascontiguousarray(segment.weights, dtype=convert.dtype)
    return _Prepared(segment, columns, weights, offsets)
