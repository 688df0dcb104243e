"""Yields of learned bins, summed over channels and ready to be drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.results.binning_result import BinningResult

__all__ = ["BinNumbers", "numbers_of"]


@dataclass(frozen=True)
class BinNumbers:
    """One number per bin; None where the result has none.

    Parameters
    ----------
    labels : tuple of str
        Names of the bins.
    signal, background, error : ndarray of float64
        Hard yields where they were learned, and the MC uncertainty of the background.
    unused, unused_error : ndarray of float64 or None
        Background of events that chose nothing.
    added : ndarray of float64 or None
        What the bins add to the objective.
    channels : int
        Channels that are summed.
    """

    labels: tuple[str, ...]
    signal: NDArray[np.float64]
    background: NDArray[np.float64]
    error: NDArray[np.float64]
    unused: NDArray[np.float64] | None
    unused_error: NDArray[np.float64] | None
    added: NDArray[np.float64] | None
    channels: int

    @property
    def ratio(self) -> NDArray[np.float64]:
        """Signal over background, NaN where there is none."""
        good = self.background > 0
        found = np.divide(self.signal, self.background, out=np.full(len(self.signal), np.nan), where=good)
        return np.asarray(found)


def numbers_of(result: BinningResult, axis: int | None = None) -> BinNumbers:
    """Sum the rows of a result over channels, and with an axis over all other axes.

    Parameters
    ----------
    result : BinningResult
        The result.
    axis : int, optional
        Number of an axis of edges; default all bins one by one.
    """
    every = [row.bin for row in result.rows]
    keys = every if axis is None else [label.split(".")[axis] for label in every]
    labels = tuple(dict.fromkeys(keys))
    at = np.array([labels.index(key) for key in keys])

    def summed(name: str, power: int = 1) -> NDArray[np.float64] | None:
        values = [getattr(row, name) for row in result.rows]
        if any(value is None for value in values):
            return None
        sums = np.bincount(at, np.array(values, dtype=np.float64) ** power, len(labels))
        return np.asarray(sums if power == 1 else np.sqrt(sums))

    signal, background = summed("signal"), summed("background")
    error = summed("background_error", 2)
    if signal is None or background is None or error is None:  # rows always have them
        raise ValueError("rows of bins without yields")
    return BinNumbers(
        labels,
        signal,
        background,
        error,
        summed("unused_background"),
        summed("unused_error", 2),
        summed("contribution"),
        len({row.channel for row in result.rows}),
    )
