"""Smoothing of the ratio of a variation to nominal along the bins, its rate kept."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["kernel", "pull_back_smoothed", "smoothed"]

_Array = NDArray[np.float64]


def kernel(width: float, n_bins: int) -> _Array:
    """Gaussian kernel between bins, ``width`` in bins."""
    bins = np.arange(n_bins)
    return np.asarray(np.exp(-0.5 * ((bins[:, None] - bins) / width) ** 2))


def smoothed(varied: _Array, nominal: _Array, matrix: _Array) -> _Array:
    """Return ``nominal (K varied) / (K nominal)``, scaled to the sum of ``varied``; all are positive."""
    shape = nominal * (varied @ matrix) / (nominal @ matrix)
    return np.asarray(shape * (varied.sum(-1, keepdims=True) / shape.sum(-1, keepdims=True)))


def pull_back_smoothed(
    varied: _Array, nominal: _Array, matrix: _Array, cotangent: _Array
) -> tuple[_Array, _Array]:
    """Derivatives in ``varied`` and ``nominal`` of a number with this derivative in :func:`smoothed`."""
    above, below = varied @ matrix, nominal @ matrix
    shape = nominal * above / below
    total = shape.sum(-1, keepdims=True)
    scale = varied.sum(-1, keepdims=True) / total
    along = (cotangent * shape).sum(-1, keepdims=True) / total
    d_shape = scale * (cotangent - along)
    d_varied = (d_shape * nominal / below) @ matrix + along
    d_nominal = d_shape * above / below - (d_shape * shape / below) @ matrix
    return d_varied, d_nominal
