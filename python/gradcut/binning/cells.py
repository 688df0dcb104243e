"""Events summed into fine cells: what bins are learned from.

A smooth bin hardly changes over a cell, so soft yields are one product of two matrices, the memberships of
cells and the sums in them, for all processes and variations at once; and hard bins whose edges stand between
cells are exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gradcut.yields import Moments, Yields

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.yields import YieldsLayout

__all__ = ["Cells"]


@dataclass(frozen=True, eq=False)
class Cells:
    """Sums of events by cell.

    Parameters
    ----------
    layout : YieldsLayout
        Axes and totals, of one bin.
    position : ndarray of float64, shape (axes, cells)
        Where the cells are, in the coordinates of the axes; sorted where there is one axis.
    rows : ndarray of float64, shape (3, channels, processes, variations, fixed bins, cells)
        Entries, yield and MC variance of the full sample, by the bins of the axes whose edges are given.
    boundary : ndarray of float64, shape (cells - 1,)
        With one axis: the edges that may stand between neighbouring cells, in the unit of the column. An
        event belongs to the cell on the right from the edge on.
    fixed_shape : tuple of int
        Numbers of bins of the axes with given edges.
    """

    layout: YieldsLayout
    position: NDArray[np.float64]
    rows: NDArray[np.float64]
    boundary: NDArray[np.float64]
    fixed_shape: tuple[int, ...] = ()

    @property
    def n_cells(self) -> int:
        """Number of cells."""
        return int(self.position.shape[1])

    @property
    def n_fixed(self) -> int:
        """Number of bins with given edges that each learned bin is divided into."""
        return int(self.rows.shape[4])

    @property
    def sums(self) -> NDArray[np.float64]:
        """Sums over the bins with given edges, shape (3, channels, processes, variations, cells)."""
        return np.asarray(self.rows[..., 0, :] if self.n_fixed == 1 else self.rows.sum(4))

    def made(self, sums: NDArray[np.float64], bin_shape: tuple[int, ...] | None = None) -> Yields:
        """Yields of sums.

        Parameters
        ----------
        sums : ndarray of shape (3, points, channels, processes, variations, bins, fixed bins)
            Sums in every bin.
        bin_shape : tuple of int, optional
            Shape of the learned bins; default all in one axis.
        """
        flat = sums.reshape((*sums.shape[:5], -1))
        shape = (*(bin_shape or (sums.shape[5],)), *self.fixed_shape)
        return Yields(layout_with(self.layout, shape), Moments(*flat))

    def yields(self, membership: NDArray[np.floating], bin_shape: tuple[int, ...] | None = None) -> Yields:
        """Yields of bins.

        Parameters
        ----------
        membership : ndarray of shape (points, bins, cells)
            Of every cell in every bin.
        bin_shape : tuple of int, optional
            As for :meth:`made`.
        """
        points, bins, cells = membership.shape
        flat = self.flat_rows(membership.dtype) @ membership.reshape(points * bins, cells).T
        sums = np.moveaxis(flat.reshape((*self.rows.shape[:5], points, bins)), 5, 1)
        return self.made(np.moveaxis(sums, 5, 6).astype(np.float64), bin_shape)

    def flat_rows(self, dtype: np.dtype[np.floating]) -> NDArray[np.floating]:
        """Sums as a matrix of shape (rows, cells)."""
        return np.ascontiguousarray(self.rows.reshape(-1, self.n_cells), dtype=dtype)

    def partition(self, labels: NDArray[np.int64], n_bins: int) -> Yields:
        """Yields of hard bins.

        Parameters
        ----------
        labels : ndarray of int64, shape (points, cells)
            Bin of every cell, -1 for none.
        n_bins : int
            Number of bins.
        """
        flat = self.rows.reshape(-1, self.n_cells)
        sums = np.zeros((len(labels), n_bins, len(flat)))
        for point, of_cell in enumerate(labels):
            inside = of_cell >= 0
            for row, values in enumerate(flat):
                sums[point, :, row] = np.bincount(of_cell[inside], values[inside], n_bins)[:n_bins]
        shaped = sums.reshape((len(labels), n_bins, *self.rows.shape[:5]))
        return self.made(np.moveaxis(shaped, (0, 1), (1, 5)))

    def of_columns(self, columns: Sequence[int]) -> Cells:
        """The same cells with some of the coordinates."""
        return self if len(columns) == len(self.position) else replace(self, position=self.position[columns])

    def merged(self, groups: NDArray[np.int64], n_groups: int) -> Cells:
        """Return fewer cells, each made of neighbours.

        Parameters
        ----------
        groups : ndarray of int64, shape (cells,)
            Increasing for one axis: which new cell each belongs to.
        n_groups : int
            Number of new cells; none is empty.
        """
        size = np.abs(self.rows[1]).reshape(-1, self.n_cells).sum(0) + 1e-300
        total = np.bincount(groups, size, n_groups)
        position = np.array([np.bincount(groups, size * p, n_groups) / total for p in self.position])
        flat = np.array([np.bincount(groups, row, n_groups) for row in self.rows.reshape(-1, self.n_cells)])
        ends = np.flatnonzero(np.diff(groups)) if len(self.boundary) else np.zeros(0, dtype=np.int64)
        return Cells(
            self.layout,
            position,
            flat.reshape((*self.rows.shape[:5], n_groups)),
            self.boundary[ends],
            self.fixed_shape,
        )


def layout_with(layout: YieldsLayout, shape: tuple[int, ...]) -> YieldsLayout:
    """The layout of samples with so many bins."""
    from dataclasses import replace

    from gradcut.binning.labels import bin_labels

    return replace(layout, bins=bin_labels(shape), bin_shape=shape)
