"""Bins of cells that miss their limits take from others what costs least."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.binning.intervals import ROUNDING

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.limits import BinLimits
    from gradcut.binning.tangents import Tangents

__all__ = ["meet_limits"]

#: Cells that a bin may take at once, those that cost least, and how often bins take.
OFFERED, ROUNDS = 1500, 40


def meet_limits(
    tangents: Tangents, real: Tangents, labels: NDArray[np.int64], limits: BinLimits
) -> NDArray[np.int64] | None:
    """Move cells between bins until all bins keep to the limits.

    Parameters
    ----------
    tangents : Tangents
        What cells are worth in bins.
    real : Tangents
        What is in them, which the limits are about.
    labels : ndarray of int64, shape (cells,)
        Bins to start from.
    limits : BinLimits
        What every bin has to have.

    Returns
    -------
    ndarray of int64 or None
        Bins that keep to the limits; None if that was not reached.
    """
    labels, n_fixed = labels.copy(), real.cells.n_fixed
    background = _background(tangents)
    for _ in range(ROUNDS):
        sums = real.sums(labels[None])
        excess = _excess(real, sums, limits, n_fixed)[0]
        poor = int(excess.argmin())
        if excess[poor] >= -ROUNDING:
            return labels
        worth = tangents.worth(labels[None])[0]
        # What leaves its bin loses the worth it had; per background, which is what limits are about.
        price = (worth[labels, np.arange(len(labels))] - worth[poor]) / background
        # A bin gives only while it keeps to the limits itself: rich ones do for long, poor ones not at all.
        giving = np.flatnonzero((labels != poor) & (excess[labels] > 0))
        order = giving[np.argsort(price[giving], kind="stable")[:OFFERED]]
        order = _given(real, labels, order, sums[0], limits)
        if not len(order):
            return None
        taken = sums[0, poor] + np.cumsum(real.rows[:, order].T, axis=0)
        enough = _excess(real, taken[:, None], limits, n_fixed)[:, 0] >= -ROUNDING
        count = int(enough.argmax()) + 1 if enough.any() else len(order)
        labels[order[:count]] = poor
    return None


def _given(
    real: Tangents,
    labels: NDArray[np.int64],
    order: NDArray[np.int64],
    sums: NDArray[np.float64],
    limits: BinLimits,
) -> NDArray[np.int64]:
    """Of cells in the order in which they would go, those that their bins can spare."""
    spared = np.zeros(len(order), dtype=bool)
    for giver in np.unique(labels[order]):
        own = np.flatnonzero(labels[order] == giver)
        left = sums[giver] - np.cumsum(real.rows[:, order[own]].T, axis=0)
        met = _excess(real, left[:, None], limits, real.cells.n_fixed)[:, 0] >= -ROUNDING
        spared[own[: int(np.argmin(np.append(met, False)))]] = True
    return order[spared]


def _excess(
    tangents: Tangents, sums: NDArray[np.float64], limits: BinLimits, n_fixed: int
) -> NDArray[np.float64]:
    """Least excess over the limits, shape (points, bins), of sums of shape (points, bins, rows)."""
    excess = limits.excess(tangents.yields_of(sums))
    return np.asarray(excess.reshape(len(sums), -1, n_fixed).min(2))


def _background(tangents: Tangents) -> NDArray[np.float64]:
    """Background entries of each cell; hardly any of those without, which help no bin."""
    cells = tangents.cells
    size = np.abs(cells.sums[0][:, cells.layout.process_indices("background"), 0]).sum((0, 1))
    return np.asarray(np.maximum(size, 1e-9 * size.mean() + 1e-300))
