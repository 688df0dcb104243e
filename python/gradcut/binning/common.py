"""Bins that were learned side by side, of different numbers: the last ones are the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["common_shape", "in_common", "in_common_code"]


def common_shape(shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """Largest number of bins along every axis."""
    return tuple(max(sizes) for sizes in zip(*shapes, strict=True))


def in_common(number: NDArray[np.int64], own: tuple[int, ...], shape: tuple[int, ...]) -> NDArray[np.int64]:
    """Numbers of bins in the common shape; -1 stays.

    Signal is where scores are large, so the last bins of an axis are those that sets of bins have in common.
    """
    if own == shape:
        return number
    places = np.unravel_index(np.maximum(number, 0), own)
    moved = [place + n - size for place, size, n in zip(places, own, shape, strict=True)]
    return np.where(number < 0, -1, np.ravel_multi_index(tuple(moved), shape))


def in_common_code(number: str, own: tuple[int, ...], shape: tuple[int, ...]) -> str:
    """The same in C++, of a column."""
    if own == shape:
        return number
    terms, below_own, below = [], 1, 1
    for size, n in zip(reversed(own), reversed(shape), strict=True):
        terms.append(f"({number} / {below_own} % {size} + {n - size}) * {below}")
        below_own, below = below_own * size, below * n
    return f"({number} < 0 ? -1 : {' + '.join(terms)})"
