"""Edges to be learned: cells of the columns, coarse ones to descend on and fine ones to decide by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from gradcut.binning.axis import Binning, ProductBinning
from gradcut.binning.cells import Cells
from gradcut.binning.filling import Axis, Events
from gradcut.binning.grid import coarser
from gradcut.binning.steadied import steadied

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.samples import EventTables

__all__ = ["EdgeProblem"]

#: Cells that are descended on, of one axis and of a product.
COARSE, COARSE_PRODUCT = 2048, 1 << 14
#: Cells of a product whose boundaries its edges stand at.
FINE_PRODUCT = 1 << 18


@dataclass(frozen=True, eq=False)
class EdgeProblem:
    """Events of some axes with learned edges.

    Parameters
    ----------
    axes : tuple of Axis
        The learned ones.
    given : tuple of Binning
        Those with given edges, which divide every bin.
    fine, coarse : Cells
        What is learned from; the fine cells of several axes are a grid, the last axis running first.
    counted : Cells
        The fine cells with variations as they are.
    """

    axes: tuple[Axis, ...]
    given: tuple[Binning, ...]
    fine: Cells
    coarse: Cells
    counted: Cells

    @classmethod
    def of(
        cls,
        binning: Binning | ProductBinning,
        tables: EventTables,
        places: Sequence[Axis] = (),
        *,
        steady: bool = False,
    ) -> EdgeProblem:
        """Sum events into cells.

        Parameters
        ----------
        binning : Binning or ProductBinning
            With at least one learned axis.
        tables : EventTables
            The events.
        places : sequence of Axis, optional
            Where edges may stand; by default where these events say.
        steady : bool, default False
            Whether variations are smoothed along a single learned axis.

        Raises
        ------
        DataError
            If no event has a value, or all are in one point.
        """
        events = Events(tables, binning.spec)
        learned = [axis for axis in binning.axes if axis.learned]
        given = tuple(axis for axis in binning.axes if not axis.learned)
        positions = [(len(learned) + i, axis) for i, axis in enumerate(given)]
        if len(learned) == 1:
            axis = places[0] if places else events.axis(0, learned[0])
            counted = events.cells(axis, 0, positions)
            fine = steadied(counted) if steady else counted
            sizes = [_size(fine, "signal"), _size(fine, "background")]
            groups = coarser(sizes, COARSE)
            return cls((axis,), given, fine, fine.merged(groups, int(groups[-1]) + 1), counted)
        most = max(2, int(FINE_PRODUCT ** (1 / len(learned))))
        axes = tuple(places) or tuple(events.axis(i, one, most) for i, one in enumerate(learned))
        fine = _grid(events, axes, positions)
        per_axis = max(2, int(COARSE_PRODUCT ** (1 / len(learned))))
        groups = _grouped(fine, axes, per_axis)
        used, groups = np.unique(groups, return_inverse=True)
        return cls(axes, given, fine, fine.merged(groups.reshape(-1), len(used)), fine)

    @property
    def n_bins(self) -> tuple[int, ...]:
        """Numbers of bins of the learned axes."""
        return tuple(axis.binning.n_bins for axis in self.axes)

    def along(self, axis: int, edges: Sequence[NDArray[np.float64]]) -> Cells:
        """Cells of one axis, divided by the bins of all others.

        Parameters
        ----------
        axis : int
            Which.
        edges : sequence of ndarray of float64
            Inner edges of all axes; those of this one do not matter.
        """
        if len(self.axes) == 1:
            return self.fine
        shape = tuple(len(one.boundary) + 1 for one in self.axes)
        rows = self.fine.rows.reshape((*self.fine.rows.shape[:5], *shape))
        others = []
        for i, (one, inner) in enumerate(zip(self.axes, edges, strict=True)):
            if i == axis:
                continue
            starts = np.concatenate([[0], np.searchsorted(one.boundary, inner, side="left") + 1]).astype(
                np.int64
            )
            rows = np.add.reduceat(rows, starts, axis=5 + i)
            others.append(len(starts))
        rows = np.moveaxis(rows, 5 + axis, -1)
        cells = rows.shape[-1]
        # The bins of other axes divide each bin as given edges do.
        flat = np.moveaxis(rows.reshape((*rows.shape[:5], prod(others), cells)), 5, 4)
        first = self.axes[axis]
        ends = np.concatenate([[first.low], first.boundary, [first.high]])
        return Cells(
            self.fine.layout,
            ((ends[:-1] + ends[1:]) / 2)[None],
            np.ascontiguousarray(flat.reshape((*flat.shape[:4], -1, cells))),
            first.boundary,
            (*others, *self.fine.fixed_shape),
        )


def _size(cells: Cells, role: str) -> NDArray[np.float64]:
    chosen = cells.layout.process_indices(role)
    return np.asarray(np.abs(cells.rows[1][:, chosen, 0]).sum((0, 1, 2)))


def _grid(events: Events, axes: Sequence[Axis], given: list[tuple[int, Binning]]) -> Cells:
    shape = tuple(len(axis.boundary) + 1 for axis in axes)
    labels = []
    for segment in events.segments:
        label = np.zeros(segment.n_events, dtype=np.int64)
        for i, axis in enumerate(axes):
            cell = axis.cell(segment.columns[i])
            label = np.where((cell < 0) | (label < 0), -1, label * shape[i] + cell)
        labels.append(label)
    fixed = tuple(one.n_bins for _, one in given)
    rows = events.filled(labels, events.given(given), prod(shape), fixed)
    centres = []
    for axis in axes:
        t = axis.coordinate.forward(np.concatenate([[axis.low], axis.boundary, [axis.high]]))
        t = np.clip(t, t[1], t[-2])  # the ends of a logit are infinite
        centres.append((t[:-1] + t[1:]) / 2)
    position = np.array([grid.reshape(-1) for grid in np.meshgrid(*centres, indexing="ij")])
    return Cells(events.layout, position, rows, np.zeros(0), fixed)


def _grouped(fine: Cells, axes: Sequence[Axis], most: int) -> NDArray[np.int64]:
    """Coarse cell of every fine one: axis by axis, from what there is along it."""
    shape = tuple(len(axis.boundary) + 1 for axis in axes)
    total = np.zeros(shape, dtype=np.int64)
    for i in range(len(axes)):
        others = tuple(j for j in range(len(axes)) if j != i)
        sizes = [_size(fine, role).reshape(shape).sum(others) for role in ("signal", "background")]
        groups = coarser(sizes, most)
        total = total * (int(groups[-1]) + 1) + groups.reshape(
            [-1 if j == i else 1 for j in range(len(axes))]
        )
    return total.reshape(-1)
