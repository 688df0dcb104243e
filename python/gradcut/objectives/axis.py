"""One axis of a product of bins, such as the mass beside the learned bins: split off, summed, put back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gradcut.checks import is_integer
from gradcut.errors import DeclarationError
from gradcut.yields import Moments, Yields

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.yields import YieldsLayout

__all__ = ["BinAxis"]


class BinAxis:
    """An axis of bins that an objective looks along.

    Parameters
    ----------
    axis : int
        Position in :attr:`gradcut.YieldsLayout.bin_shape`; -1 is the last.
    purpose : str
        What it is needed for, as the beginning of a sentence.
    """

    def __init__(self, axis: int, purpose: str) -> None:
        if not is_integer(axis):
            raise DeclarationError("an axis of bins is a position", given=repr(axis), allowed="such as -1")
        self.axis, self.purpose = int(axis), purpose

    def length(self, layout: YieldsLayout) -> int:
        """Length of the axis.

        Raises
        ------
        DeclarationError
            If the bins are no product, or have no such axis.
        """
        shape = layout.bin_shape
        if len(shape) < 2 or not -len(shape) <= self.axis < len(shape):
            raise DeclarationError(
                f"{self.purpose} needs bins that are a product with the axis {self.axis}",
                given=f"bins of shape {shape}",
                hint="add an axis whose edges are given to the binning",
            )
        return shape[self.axis]

    def rest(self, layout: YieldsLayout) -> YieldsLayout:
        """The layout without the axis."""
        self.length(layout)
        axis = self.axis % len(layout.bin_shape)
        labels = np.array(layout.bins, dtype=object).reshape(layout.bin_shape)
        shape = (*layout.bin_shape[:axis], *layout.bin_shape[axis + 1 :])
        named = tuple(_without(label, axis) for label in labels.take(0, axis).reshape(-1))
        return replace(layout, bins=named, bin_shape=shape)

    def split(self, moment: NDArray[np.float64], layout: YieldsLayout) -> NDArray[np.float64]:
        """Turn a last axis of all bins into (other bins, bins along the axis)."""
        n = self.length(layout)
        product = moment.reshape((*moment.shape[:-1], *layout.bin_shape))
        along = np.moveaxis(product, moment.ndim - 1 + self.axis % len(layout.bin_shape), -1)
        return along.reshape((*moment.shape[:-1], -1, n))

    def joined(self, split: NDArray[np.float64], layout: YieldsLayout) -> NDArray[np.float64]:
        """Undo :meth:`split`."""
        axis, shape = self.axis % len(layout.bin_shape), layout.bin_shape
        head = split.shape[:-2]
        along = split.reshape((*head, *shape[:axis], *shape[axis + 1 :], shape[axis]))
        return np.moveaxis(along, -1, len(head) + axis).reshape((*head, -1))

    def summed(self, yields: Yields) -> Yields:
        """Yields summed over the axis."""
        layout = yields.layout
        sums = (self.split(np.asarray(moment), layout).sum(-1) for moment in yields.moments)
        return Yields(self.rest(layout), Moments(*sums))

    def spread(self, cotangents: Moments, layout: YieldsLayout) -> Moments:
        """Derivatives in all moments, from those in moments that were summed over the axis."""
        n = self.length(layout)
        full = (np.broadcast_to(moment[..., None], (*moment.shape, n)) for moment in cotangents)
        return Moments(*(self.joined(moment, layout) for moment in full))


def _without(label: str, axis: int) -> str:
    """Name of a bin without its number along an axis, where names are numbers with dots between them."""
    parts = label.split(".")
    return ".".join(parts[:axis] + parts[axis + 1 :]) if len(parts) > 1 else label
