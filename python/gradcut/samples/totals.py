"""Sums of weights that are quoted beside every yield."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Totals"]


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over events.

    Parameters
    ----------
    entries : int
        Number of events, weights not counted.
    sum_w, sum_w2 : float
        Sum of weights and of their squares.
    max_abs_w : float
        Largest absolute weight, 0 without events.
    mean_w : float
        Mean weight, 0 without events.
    """

    entries: int
    sum_w: float
    sum_w2: float
    max_abs_w: float
    mean_w: float

    @classmethod
    def of(cls, weights: NDArray[Any], mask: NDArray[np.bool_]) -> Totals:
        """Sum over the events of a mask.

        Parameters
        ----------
        weights : ndarray of shape (n_events,)
            Zero where the mask is false.
        mask : ndarray of bool, shape (n_events,)
            The events that count.
        """
        entries = int(np.count_nonzero(mask))
        sum_w = float(np.sum(weights))
        return cls(
            entries,
            sum_w,
            float(np.sum(np.square(weights))),
            float(np.max(np.abs(weights), initial=0.0)),
            sum_w / entries if entries else 0.0,
        )
