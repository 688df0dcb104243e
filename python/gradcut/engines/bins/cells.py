"""Events that were summed into cells, memberships by the compiled kernels, and one product of matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.binning.cells import layout_with
from gradcut.engines.base import Evaluation, Precision, precision_of, stack_cotangents
from gradcut.engines.bins.base import BinsEngine, kernel_arguments, shape_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.bins_spec import BinsSpec
    from gradcut.binning.cells import Cells
    from gradcut.yields import Moments

__all__ = ["CellsEngine"]


class CellsEngine(BinsEngine):
    """Soft yields of cells.

    Parameters
    ----------
    spec : BinsSpec
        The bins; its columns are the coordinates of the cells.
    cells : Cells
        The sums of the events.
    precision : {"float32", "float64"}, default "float32"
        Precision of memberships and of the sums over cells.

    Notes
    -----
    Bins whose axes have given edges run last. Hard bins are those of the positions of cells: exact where no
    edge is inside of a cell.
    """

    def __init__(self, spec: BinsSpec, cells: Cells, *, precision: Precision = "float32") -> None:
        self.bin_shape = shape_of(spec)
        super().__init__(spec, layout_with(cells.layout, (*self.bin_shape, *cells.fixed_shape)))
        self.cells = cells
        self._dtype = precision_of(precision)
        self._columns = [np.ascontiguousarray(p, dtype=self._dtype) for p in cells.position]
        self._rows = cells.flat_rows(np.dtype(self._dtype))

    def _evaluate(self, points: NDArray[np.float64], *, hard: bool) -> Evaluation:
        return _CellsEvaluation(self, points, hard=hard)

    def membership(self, points: NDArray[np.float64], *, hard: bool = False) -> NDArray[np.floating]:
        """Membership of every cell, shape (points, bins, cells)."""
        from gradcut._kernels import bins_membership

        columns: list[Any] = self._columns
        made: NDArray[np.floating] = bins_membership(
            columns, **kernel_arguments(self.spec, points, hard=hard)
        )
        return made

    def pulled_back(
        self, cotangents: NDArray[np.float64], points: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Gradient in the parameters of cotangents of shape (3, points, rows, bins)."""
        from gradcut._kernels import bins_membership_vjp

        # Rows are (moment, channel, process, variation, fixed bin).
        flat = np.moveaxis(cotangents, 1, 0).reshape(len(points), -1, self.spec.n_bins)
        per_cell = np.matmul(np.swapaxes(flat, 1, 2).astype(self._dtype), self._rows)
        columns: list[Any] = self._columns
        gradient: NDArray[np.float64] = bins_membership_vjp(
            columns, np.ascontiguousarray(per_cell), **kernel_arguments(self.spec, points)
        )
        return gradient


class _CellsEvaluation(Evaluation):
    def __init__(self, engine: CellsEngine, points: NDArray[np.float64], *, hard: bool) -> None:
        self._engine, self._points = engine, points
        self.yields = engine.cells.yields(engine.membership(points, hard=hard), engine.bin_shape)

    def vjp(self, cotangents: Moments) -> NDArray[np.float64]:
        engine = self._engine
        n_fixed, n_bins = engine.cells.n_fixed, engine.spec.n_bins
        full = stack_cotangents(cotangents, self.yields.moments.sum_w.shape)
        by_bin = full.reshape((*full.shape[:5], n_bins, n_fixed))
        return engine.pulled_back(np.swapaxes(by_bin, 5, 6), self._points)
