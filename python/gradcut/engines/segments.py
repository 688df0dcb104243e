"""The events of one (channel, process, variation), ready for summing, and the assembly of their sums."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gradcut.engines.base import JacobianEvaluation
from gradcut.engines.layout import ProcessRecord, make_layout
from gradcut.errors import DeclarationError
from gradcut.jagged import Jagged
from gradcut.samples.tables import EventTables
from gradcut.yields import Moments, Yields, YieldsLayout

if TYPE_CHECKING:
    from gradcut.binning.bins_spec import BinsSpec
    from gradcut.engines.parameters import ParameterMap
    from gradcut.kernel_spec import KernelSpec
    from gradcut.samples import EventTable

__all__ = [
    "Converter",
    "Row",
    "Segment",
    "assemble",
    "copy_nominal_where_absent",
    "gather_from_absent",
    "layout_of",
    "segments_of",
]


#: Position on the axes (channels, processes, variations), variance scale, sums (points, 3, 1 + slots).
Row = tuple[tuple[int, int, int], float, NDArray[np.float64]]


@dataclass(frozen=True)
class Segment:
    """Events of one process in one channel and variation."""

    #: Position on the axes (channels, processes, variations).
    at: tuple[int, int, int]
    #: One array per cut, in the type of the column, or Jagged where it is cut on objects; then the factors of
    #: terms and the given conditions.
    columns: tuple[Any, ...]
    #: Event weights, normalised, shape (n_events,).
    weights: NDArray[np.float64]
    #: Factor from the sum of squared weights to the variance in the full sample.
    variance_scale: float

    @property
    def n_events(self) -> int:
        """Number of events, masked ones included."""
        return len(self.weights)

    def flat(self, column: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Values of a column with their weights; of objects, those of their events."""
        values = self.columns[column]
        if isinstance(values, Jagged):
            return values.values.astype(np.float64), values.repeat(self.weights)
        return values.astype(np.float64), self.weights

    def spread(self, column: int, per_event: NDArray[Any]) -> NDArray[Any]:
        """One number per value of a column from one per event."""
        values = self.columns[column]
        return values.repeat(per_event) if isinstance(values, Jagged) else per_event


class Converter:
    """Columns in the precision of the kernels; one that several variations share is converted once.

    Parameters
    ----------
    dtype : type
        ``numpy.float32`` or ``numpy.float64``.
    """

    def __init__(self, dtype: type[np.floating]) -> None:
        self.dtype = dtype
        # The column itself is kept beside its copy: the id of one that is gone could be given again.
        self._known: dict[tuple[int, bool], tuple[Any, Any, float]] = {}

    def __call__(self, column: Any, *, shift: bool = True) -> tuple[Any, float]:
        """Return the column, and what was subtracted from it before it was rounded.

        Parameters
        ----------
        column : ndarray or Jagged
            In its own type.
        shift : bool, default True
            Whether something may be subtracted.
        """
        key = id(column), shift
        if key not in self._known:
            vector = isinstance(column, Jagged)
            values = column.values if vector else column
            if shift:
                converted, offset = self._converted(values)
            else:
                converted, offset = np.ascontiguousarray(values, dtype=self.dtype), 0.0
            self._known[key] = column, column.with_values(converted) if vector else converted, offset
        return self._known[key][1:]

    def all(
        self, columns: Sequence[NDArray[Any] | Jagged], n_cuts: int
    ) -> tuple[list[Any], NDArray[np.float64]]:
        """Return all columns of a segment, and what was subtracted from those of the cuts."""
        found = [self(column, shift=k < n_cuts) for k, column in enumerate(columns)]
        return [column for column, _ in found], np.array([offset for _, offset in found[:n_cuts]])

    def _converted(self, column: NDArray[Any]) -> tuple[NDArray[np.floating], float]:
        if self.dtype is np.float64 or (column.dtype == np.float32 and not _is_far(column)):
            return np.ascontiguousarray(column, dtype=self.dtype), 0.0
        wide = column.astype(np.float64)
        with np.errstate(over="ignore"):  # what is too large for a float is beyond every cut
            finite = wide[np.isfinite(wide)]
            median = float(np.median(finite)) if len(finite) else 0.0
            offset = median if np.isfinite(median) else 0.0
            return (wide - offset).astype(np.float32), offset


#: Quantiles of a column are taken from about so many of its values.
_SAMPLE = 4096
#: A float column whose values are this many times larger than they differ is shifted: a threshold rounded to
#: float would move by more than 1e-6 of the range.
_FAR = 16.0


def _is_far(column: NDArray[Any]) -> bool:
    """Whether thresholds in a float column would lose too much when they are rounded to float."""
    sample = column[:: max(1, len(column) // _SAMPLE)].astype(np.float64)
    finite = sample[np.isfinite(sample)]
    if len(finite) == 0:
        return False
    low, middle, high = np.quantile(finite, [0.16, 0.5, 0.84])
    return bool(abs(middle) > _FAR * (high - low))


def layout_of(tables: EventTables) -> YieldsLayout:
    """Axes and totals of collected samples, for a selection (one bin)."""
    if not isinstance(tables, EventTables):
        raise DeclarationError(
            "engines in memory take collected events",
            given=type(tables).__name__,
            hint="collect them with gradcut.engines.collect(selection, samples)",
        )
    return make_layout((_record(table) for table in tables.values()), tables.variations, groups=tables.groups)


def _record(table: EventTable) -> ProcessRecord:
    # Back from the part of a split to the events of the full sample. As everywhere in yields, an event of
    # weight zero is none.
    weights = np.abs(table.weights()[table.mask()]) / table.split_factor
    weights = weights[weights != 0]
    return ProcessRecord(
        table.channel,
        table.process,
        table.role,
        table.norm_uncertainty or 0.0,
        table.variations,
        table.totals.sum_w,
        len(weights),
        weights.max(initial=0.0),
        weights.mean() if len(weights) else 0.0,
    )


def segments_of(tables: EventTables, spec: KernelSpec | BinsSpec) -> Iterator[Segment]:
    """All segments of collected samples.

    The first features are those of the cuts; what follows are fixed requirements, true or false, and an
    event that fails one has no weight.

    Raises
    ------
    DeclarationError
        If the tables were collected for other cuts.
    """
    names, n = tables.features, len(spec.columns)
    fixed_names = tuple(fixed_label(number) for number in range(len(names) - n))
    if names != (*spec.columns, *fixed_names):
        raise DeclarationError(
            "the events were collected for another selection",
            given="features " + ", ".join(names),
            allowed="features " + ", ".join(spec.columns),
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
                for fixed in features[n:]:
                    weights = np.where(np.asarray(fixed) != 0, weights, 0.0)
                yield Segment(
                    (c, p, v),
                    tuple(features[:n]),
                    np.ascontiguousarray(weights, dtype=np.float64),
                    table.table(variation).variance_scale,
                )


def fixed_label(number: int) -> str:
    """Name of the feature that a fixed requirement is collected as."""
    return f"fixed requirement {number}"


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


def gather_from_absent(layout: YieldsLayout, cotangents: NDArray[np.float64]) -> NDArray[np.float64]:
    """The transpose of copying nominal numbers to absent variations: their cotangents belong to nominal."""
    result: NDArray[np.float64] = cotangents.copy()
    for c, p, v in np.argwhere(~layout.present & layout.present[:, :, :1]):
        result[:, :, c, p, 0] += cotangents[:, :, c, p, v]
    return result


def in_order(tasks: Sequence[Callable[[], NDArray[np.float64]]], n_threads: int) -> list[NDArray[np.float64]]:
    """Results of the tasks in their order, whichever thread computed them."""
    if n_threads == 1 or len(tasks) == 1:
        return [task() for task in tasks]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(n_threads) as pool:
        return list(pool.map(lambda task: task(), tasks))
