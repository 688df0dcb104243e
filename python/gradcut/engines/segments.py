"""The events of one (channel, process, variation), ready for summing, and the assembly of their sums."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gradcut.engines.base import JacobianEvaluation
from gradcut.engines.layout import ProcessRecord, make_layout
from gradcut.errors import DeclarationError
from gradcut.yields import Moments, Yields, YieldsLayout

if TYPE_CHECKING:
    from gradcut.engines.parameters import ParameterMap
    from gradcut.kernel_spec import KernelSpec
    from gradcut.samples import EventTable, EventTables

__all__ = ["Row", "Segment", "assemble", "layout_of", "segments_of"]


#: Position on the axes (channels, processes, variations), variance scale, sums (points, 3, 1 + 3 cuts).
Row = tuple[tuple[int, int, int], float, NDArray[np.float64]]


@dataclass(frozen=True)
class Segment:
    """Events of one process in one channel and variation."""

    #: Position on the axes (channels, processes, variations).
    at: tuple[int, int, int]
    #: One array per cut, in the type of the column.
    columns: tuple[NDArray[np.generic], ...]
    #: Event weights, normalised, shape (n_events,).
    weights: NDArray[np.float64]
    #: Factor from the sum of squared weights to the variance in the full sample.
    variance_scale: float

    @property
    def n_events(self) -> int:
        """Number of events, masked ones included."""
        return len(self.weights)


def layout_of(tables: EventTables) -> YieldsLayout:
    """Axes and totals of collected samples, for a selection (one bin)."""
    return make_layout((_record(table) for table in tables.values()), tables.variations)


def _record(table: EventTable) -> ProcessRecord:
    # Back from the part of a split to the events of the full sample.
    weights = np.abs(table.weights()[table.mask()]) / table.split_factor
    totals = table.totals
    return ProcessRecord(
        table.channel,
        table.process,
        table.role,
        table.norm_uncertainty or 0.0,
        table.variations,
        totals.sum_w,
        totals.entries,
        weights.max(initial=0.0),
        weights.mean() if len(weights) else 0.0,
    )


def segments_of(tables: EventTables, spec: KernelSpec) -> Iterator[Segment]:
    """All segments of collected samples.

    The first features are those of the cuts; what follows are fixed requirements, true or false, and an
    event that fails one has no weight.
    """
    if len(tables.features) < spec.n_cuts:
        raise DeclarationError(
            "the events do not have one feature per cut",
            given=", ".join(tables.features),
            allowed=", ".join(spec.cuts),
            hint="collect them with gradcut.engines.collect(selection, samples)",
        )
    for c, channel in enumerate(tables.channels):
        for p, process in enumerate(tables.processes):
            table = tables.get((channel, process))
            if table is None:
                continue
            for v, variation in enumerate(tables.variations):
                if variation not in table.variations:
                    continue
                features = table.features(variation)
                weights = table.weights(variation)
                for fixed in features[spec.n_cuts :]:
                    weights = np.where(fixed != 0, weights, 0.0)
                yield Segment(
                    (c, p, v),
                    tuple(features[: spec.n_cuts]),
                    np.ascontiguousarray(weights, dtype=np.float64),
                    table.variance_scale,
                )


def assemble(
    layout: YieldsLayout,
    parameter_map: ParameterMap,
    n_points: int,
    rows: Iterator[Row],
) -> JacobianEvaluation:
    """Put the sums of the segments in their places.

    Parameters
    ----------
    layout, parameter_map, n_points
        Axes of the result.
    rows : iterator of Row
        Sums as the kernels give them.
    """
    shape = (n_points, *layout.shape)
    values = np.zeros((3, *shape))
    jacobian = np.zeros((3, *shape, len(parameter_map.names)))
    for (c, p, v), variance_scale, sums in rows:
        scaled = np.moveaxis(sums, 1, 0) * np.array([1.0, 1.0, variance_scale])[:, None, None]
        values[:, :, c, p, v, 0] = scaled[:, :, 0]
        jacobian[:, :, c, p, v, 0] = parameter_map.pull_back(scaled[:, :, 1:])
    copy_nominal_where_absent(layout, values, jacobian)
    return JacobianEvaluation(Yields(layout, Moments(*values)), jacobian)


def copy_nominal_where_absent(layout: YieldsLayout, *arrays: NDArray[np.float64]) -> None:
    """Give a process its nominal numbers in the variations it lacks (axes as in :func:`assemble`)."""
    for c, p, v in np.argwhere(~layout.present & layout.present[:, :, :1]):
        for array in arrays:
            array[:, :, c, p, v] = array[:, :, c, p, 0]


def in_order(tasks: list[Callable[[], NDArray[np.float64]]], n_threads: int) -> list[NDArray[np.float64]]:
    """Results of the tasks in their order, whichever thread computed them."""
    if n_threads == 1 or len(tasks) == 1:
        return [task() for task in tasks]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(n_threads) as pool:
        return list(pool.map(lambda task: task(), tasks))
