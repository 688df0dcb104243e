"""The objective of cuts and bins together, as a function of what one half sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.binning.cells import layout_with
from gradcut.binning.in_channels import InChannels
from gradcut.yields import Moments, Yields

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.objectives import Objective
    from gradcut.yields import YieldsLayout

__all__ = ["InAnalysis"]


class InAnalysis(InChannels):
    """An objective of the yields in bins behind cuts.

    Parameters
    ----------
    objective : Objective
        Of the whole.
    layout : YieldsLayout
        Of all events before the selection, of one bin: efficiencies and variances without events are theirs.
    bin_shape : tuple of int, optional
        Yields have a channel per channel and bin, as :func:`gradcut.joint.tables.in_bins` makes them; else
        they are of bins already.
    """

    def __init__(
        self, objective: Objective, layout: YieldsLayout, bin_shape: tuple[int, ...] | None = None
    ) -> None:
        super().__init__(objective, layout, (), 0)
        self.bin_shape = bin_shape
        self._of_shape: dict[tuple[int, ...], YieldsLayout] = {}

    def whole(self, yields: Yields) -> Yields:
        """Yields as the objective takes them."""
        shape = yields.layout.bin_shape if self.bin_shape is None else self.bin_shape
        if shape not in self._of_shape:
            self._of_shape[shape] = layout_with(self.layout, shape)
        return Yields(self._of_shape[shape], Moments(*map(self._forth, yields.moments)))

    def gradient(self, yields: Yields) -> tuple[NDArray[np.float64], Moments]:
        """See :meth:`Objective.gradient`."""
        value, cotangents = self.objective.gradient(self.whole(yields))
        shape = yields.moments.sum_w.shape
        whole = self._forth(yields.moments.sum_w).shape
        return value, Moments(*(self._back(np.broadcast_to(c, whole), shape) for c in cotangents))

    def _forth(self, moment: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.bin_shape is None:
            return moment
        points, _, processes, variations, _ = moment.shape
        apart = moment.reshape((points, len(self.layout.channels), -1, processes, variations))
        return np.ascontiguousarray(np.moveaxis(apart, 2, -1))

    def _back(self, moment: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
        if self.bin_shape is None:
            return np.asarray(moment)
        return np.ascontiguousarray(np.moveaxis(moment, -1, 2)).reshape(shape)

    def contributions(self, yields: Yields) -> NDArray[np.float64] | None:
        """See :meth:`Objective.contributions`."""
        found = self.objective.contributions(self.whole(yields))
        return None if found is None else found.reshape((yields.n_points, len(yields.layout.channels), -1))

    @property
    def squares_add(self) -> bool:
        """See :attr:`Objective.squares_add`."""
        return self.objective.squares_add

    @property
    def sees_axes(self) -> bool:
        """See :attr:`Objective.sees_axes`."""
        return self.objective.sees_axes

    @property
    def is_exact(self) -> bool:
        """See :attr:`Objective.is_exact`."""
        return self.objective.is_exact

    def annealed(self, fraction: float) -> Objective:
        """See :meth:`Objective.annealed`."""
        return InAnalysis(self.objective.annealed(fraction), self.layout, self.bin_shape)

    def penalty(
        self, standardised: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """See :meth:`Objective.penalty`."""
        return self.objective.penalty(standardised)
