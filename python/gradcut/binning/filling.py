"""From collected events to cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.binning.cells import Cells
from gradcut.binning.coordinates import Coordinate, coordinate
from gradcut.binning.grid import boundaries
from gradcut.engines.segments import Segment, layout_of, segments_of
from gradcut.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.axis import Binning
    from gradcut.binning.bins_spec import BinsSpec
    from gradcut.samples import EventTables
    from gradcut.yields import YieldsLayout

__all__ = ["Axis", "Events", "outside", "range_of"]

#: Cells of one column; where it has fewer different values, each has its own.
FINEST = 1 << 15


@dataclass(frozen=True)
class Axis:
    """A column with learned edges: its range, its coordinate, and where edges may stand.

    Parameters
    ----------
    binning : Binning
        The declaration.
    low, high : float
        First and last edge.
    coordinate : Coordinate
        In which edges move.
    boundary : ndarray of float64
        Edges that may stand, increasing, inside of the range.
    """

    binning: Binning
    low: float
    high: float
    coordinate: Coordinate
    boundary: NDArray[np.float64]

    def cell(self, x: NDArray[Any]) -> NDArray[np.int64]:
        """Cell of every value, -1 where it is missing or outside of the histogram."""
        cell = np.searchsorted(self.boundary, x.astype(np.float64), side="right")
        return np.asarray(np.where(outside(self.binning, x, self.low, self.high), -1, cell))


class Events:
    """Collected events of which bins are to be learned.

    Parameters
    ----------
    tables : EventTables
        The events, with one feature per column.
    spec : BinsSpec
        Names the columns.

    Raises
    ------
    DataError
        If an event has a value that is not a number where one is needed in every process: nothing is left.
    """

    def __init__(self, tables: EventTables, spec: BinsSpec) -> None:
        self.layout: YieldsLayout = layout_of(tables)
        self.segments: list[Segment] = list(segments_of(tables, spec))
        self.spec = spec

    def nominal(self, column: int) -> tuple[list[NDArray[Any]], list[NDArray[np.float64]]]:
        """Finite nominal values of a column with their weights, of signals and of backgrounds.

        The weights of each are normalised to one, process by process in proportion to their yields.
        """
        columns, weights = [], []
        for role in ("signal", "background"):
            chosen = [
                s for s in self.segments if s.at[2] == 0 and self.layout.roles[s.at[1]] == role and s.n_events
            ]
            if not chosen:
                continue
            x = np.concatenate([s.columns[column] for s in chosen])
            w = np.concatenate([np.abs(s.weights) for s in chosen])
            good = np.isfinite(x) & (w > 0)
            if good.any():
                columns.append(x[good])
                weights.append(w[good] / w[good].sum())
        if not columns:
            raise DataError(
                "no event has a value",
                where=f"'{self.spec.columns[column]}'",
                given="NaN, infinite or of weight zero in all signal and background events",
            )
        return columns, weights

    def axis(self, column: int, binning: Binning, most: int = FINEST) -> Axis:
        """Place the learned edges of a column.

        Raises
        ------
        DataError
            If all events are in one point.
        """
        columns, weights = self.nominal(column)
        low, high = range_of(binning, columns)
        where = f"'{binning.name}'"
        inside = [(c >= low) & (c <= high) for c in columns]
        kept = [(c[i], w[i]) for c, w, i in zip(columns, weights, inside, strict=True) if i.any()]
        values = np.concatenate([c for c, _ in kept]).astype(np.float64) if kept else np.zeros(0)
        sizes = np.concatenate([w for _, w in kept]) if kept else np.zeros(0)
        made = coordinate(binning.coordinates, low, high, values, sizes, where=where)
        edges = boundaries([c for c, _ in kept], [w for _, w in kept], most) if kept else np.zeros(0)
        edges = edges[(edges > low) & (edges < high)]
        if len(edges) == 0:
            raise DataError("all events are in one point, there is nothing to divide", where=where)
        return Axis(binning, low, high, made, edges)

    def filled(
        self,
        labels: Sequence[NDArray[np.int64]],
        fixed: Sequence[NDArray[np.int64]],
        n_cells: int,
        fixed_shape: tuple[int, ...],
    ) -> NDArray[np.float64]:
        """Sums by cell and bin with given edges, as :class:`Cells` has them.

        Parameters
        ----------
        labels, fixed : sequence of ndarray of int64
            Per segment the cell, and the number of the bin with given edges; -1 for none.
        n_cells : int
            Number of cells.
        fixed_shape : tuple of int
            Numbers of bins with given edges.
        """
        n_fixed = int(np.prod(fixed_shape, dtype=np.int64))
        rows = np.zeros((3, *self.layout.shape[:3], n_fixed, n_cells))
        for segment, cell, part in zip(self.segments, labels, fixed, strict=True):
            good = (cell >= 0) & (part >= 0) & (segment.weights != 0)
            at, w = part[good] * n_cells + cell[good], segment.weights[good]
            c, p, v = segment.at
            for m, power in enumerate((np.ones(len(w)), w, w * w * segment.variance_scale)):
                rows[m, c, p, v] = np.bincount(at, power, n_fixed * n_cells).reshape(n_fixed, n_cells)
        for c, p, v in np.argwhere(~self.layout.present & self.layout.present[:, :, :1]):
            rows[:, c, p, v] = rows[:, c, p, 0]
        return rows

    def given(self, binnings: Sequence[tuple[int, Binning]]) -> list[NDArray[np.int64]]:
        """Per segment the number of the bin with given edges, of several columns the last running first."""
        found = []
        for segment in self.segments:
            number = np.zeros(segment.n_events, dtype=np.int64)
            for column, binning in binnings:
                edges = np.asarray(binning.edges)
                x = segment.columns[column].astype(np.float64)
                at = np.searchsorted(edges[1:-1], x, side="right")
                lost = outside(binning, x, edges[0], edges[-1])
                number = np.where(lost | (number < 0), -1, number * (len(edges) - 1) + at)
            found.append(number)
        return found

    def cells(self, axis: Axis, column: int, given: Sequence[tuple[int, Binning]]) -> Cells:
        """Sum the events along one column."""
        shape = tuple(binning.n_bins for _, binning in given)
        labels = [axis.cell(segment.columns[column]) for segment in self.segments]
        rows = self.filled(labels, self.given(given), len(axis.boundary) + 1, shape)
        ends = np.concatenate([[axis.low], axis.boundary, [axis.high]])
        t = axis.coordinate.forward(ends)
        finite = np.isfinite(t)
        t = np.where(finite, t, np.where(t > 0, t[finite].max() + 1, t[finite].min() - 1))
        return Cells(self.layout, ((t[:-1] + t[1:]) / 2)[None], rows, axis.boundary, shape)


def range_of(binning: Binning, columns: Sequence[NDArray[Any]]) -> tuple[float, float]:
    """First and last edge of a column: as declared, or around the events."""
    if binning.range is not None:
        return binning.range[0], binning.range[1]
    lowest, highest = min(float(c.min()) for c in columns), max(float(c.max()) for c in columns)
    if all(c.dtype.kind in "iub" for c in columns):
        return lowest - 0.5, highest + 0.5
    # The last edge of a histogram is not part of it.
    dtype = np.result_type(*columns).type
    return lowest, float(np.nextafter(dtype(highest), dtype(np.inf)))


def outside(binning: Binning, x: NDArray[Any], low: float, high: float) -> NDArray[np.bool_]:
    """Which values are in no bin."""
    if binning.flow == "open":
        return np.isnan(x) if x.dtype.kind == "f" else np.zeros(len(x), dtype=np.bool_)
    return ~((x >= low) & (x < high))
