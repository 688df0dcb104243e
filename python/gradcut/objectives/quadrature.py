"""Sums in quadrature of signed numbers, forth and back: what adds is ``z |z|``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["root_of_sum", "root_of_sum_slopes", "signed_square"]

#: Added to a square before its root, which has no derivative at zero.
LEAST = 1e-24


def signed_square(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Square with the sign of what is squared, so that a negative number counts negatively in a sum."""
    return np.asarray(z * np.abs(z), dtype=np.float64)


def root_of_sum(squares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Signed root of signed squares that are summed over all axes but the first, shape (points,)."""
    q = squares.sum(tuple(range(1, squares.ndim)))
    return np.asarray(np.sign(q) * np.sqrt(np.abs(q)), dtype=np.float64)


def root_of_sum_slopes(z: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sum in quadrature of ``z`` over all axes but the first, and its derivatives, finite at zero."""
    if z[0].size == 1:
        return z.reshape(len(z)), np.ones(z.shape)
    q = signed_square(z).sum(tuple(range(1, z.ndim)))
    size = np.abs(q) + LEAST
    by_q = (1 - np.abs(q) / size / 2) / np.sqrt(size)
    return q / np.sqrt(size), by_q.reshape((-1,) + (1,) * (z.ndim - 1)) * 2 * np.abs(z)
