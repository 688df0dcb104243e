"""Sequences that never fall."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["increasing"]


def increasing(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Nearest sequence along the last axis but one that never falls (isotonic regression)."""
    # max over first <= i of the min over last >= i of means: exact, and T^2 is nothing for so few.
    n = values.shape[-2]
    sums = np.concatenate([np.zeros_like(values[..., :1, :]), np.cumsum(values, axis=-2)], axis=-2)
    result = np.empty_like(values)
    least = {}
    for first in range(n):
        means = (sums[..., first + 1 :, :] - sums[..., first : first + 1, :]) / np.arange(1, n - first + 1)[
            :, None
        ]
        least[first] = np.flip(np.minimum.accumulate(np.flip(means, -2), -2), -2)
    for at in range(n):
        result[..., at, :] = np.max([least[first][..., at - first, :] for first in range(at + 1)], axis=0)
    return result
