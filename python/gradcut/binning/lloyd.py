"""Hard bins of any shape in any number of dimensions: Lloyd's iteration with the divergence of the objective.

An objective such as ``Z^2 = sum_b b f(s / b)`` with a convex f is a sum over bins of convex functions of the
yields. Such a function lies above its tangents, and the tangent at the yields of a bin says what a cell is
worth in that bin, linear in what is in the cell: every cell goes to the bin in which it is worth most, which
cannot make the sum smaller; then the tangents are made again. This is k-means with a Bregman divergence
(A. Banerjee et al., J. Mach. Learn. Res. 6 (2005) 1705). Of objectives that are not such sums the gradient
takes the place of the tangent, and the best bins on the way count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gradcut.binning.blocks import blocks
from gradcut.binning.smoothing import smoothed_rows
from gradcut.binning.taking import meet_limits
from gradcut.binning.tangents import Tangents
from gradcut.errors import DeclarationError, UnattainableError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.cells import Cells
    from gradcut.binning.limits import BinLimits
    from gradcut.objectives.base import Objective

__all__ = ["LloydBins", "lloyd"]

#: Background entries of the blocks that bins are made of, and how many blocks there are at most, roughly.
MIN_ENTRIES, BLOCKS = 12.0, 6000
#: Blocks that say together how much there is in one of them, per parameter of the plane through them.
NEIGHBOURS = 10
#: Passes of all starts, of the better ones, and of those that have to keep to limits.
FIRST, SECOND, LIMITED = 12, 40, 6
#: Part of the starts that goes on after the first passes.
KEPT = 0.34
#: A start stands still when its value grows by less than this.
STILL = 1e-6


@dataclass(frozen=True, eq=False)
class LloydBins:
    """A partition of cells.

    Parameters
    ----------
    labels : ndarray of int64, shape (cells,)
        Bin of each cell; bins with more signal beside the background come later.
    n_bins : int
        Number of bins.
    value : float
        Hard value of the objective.
    values : ndarray of float64, shape (starts,)
        The same of every start that was followed to its end, in the order in which they were preferred.
    """

    labels: NDArray[np.int64]
    n_bins: int
    value: float
    values: NDArray[np.float64]


def lloyd(
    cells: Cells,
    objective: Objective,
    n_bins: int,
    limits: BinLimits | None = None,
    *,
    restarts: int = 12,
    seed: int = 0,
    min_entries: float = MIN_ENTRIES,
) -> LloydBins:
    """Divide cells into bins.

    Parameters
    ----------
    cells : Cells
        Of any number of axes.
    objective : Objective
        Any; of those that are convex in the yields of a bin, every pass is an improvement.
    n_bins : int
        Number of bins.
    limits : BinLimits, optional
        What every bin has to have; bins that miss them take from others what costs least.
    restarts : int, default 12
        Starts: by the ratio of signal to background, and at random.
    seed : int, default 0
        Of the random starts.
    min_entries : float, default 12
        Background entries that cells are joined to; ratios of what is in them are smoothed over some tens of
        neighbours, so that no bin collects what fluctuates.

    Returns
    -------
    LloydBins
        The best bins found that keep to the limits.

    Raises
    ------
    DeclarationError
        If there are not as many bins or starts as one.
    UnattainableError
        If there are not so many blocks, or no start came to bins that keep to the limits.
    """
    for name, number in (("n_bins", n_bins), ("restarts", restarts)):
        if isinstance(number, bool) or number < 1:
            raise DeclarationError(f"'{name}' is at least 1", given=repr(number))
    group = blocks(cells, min_entries, BLOCKS)
    coarse = cells.merged(group, int(group.max()) + 1)
    if coarse.n_cells < n_bins:
        raise UnattainableError(
            "there are too few background events to divide",
            given=f"{n_bins} bins",
            allowed=f"at most {coarse.n_cells}, each of {min_entries:g} entries",
            hint="fewer bins, or more events",
        )
    shown = smoothed_rows(coarse, NEIGHBOURS * (len(coarse.position) + 1))
    tangents, real = Tangents(coarse, objective, n_bins, shown), Tangents(coarse, objective, n_bins)
    labels = tangents.starts(restarts, np.random.default_rng([seed, 20601]))
    labels, values = _followed(tangents, labels, FIRST)
    order = np.argsort(-values, kind="stable")[: max(2, round(KEPT * restarts))]
    labels, values = _followed(tangents, labels[order], SECOND)
    if limits:
        labels, values = _limited(tangents, real, labels, limits)
        if not np.isfinite(values).any():
            raise UnattainableError(
                f"no {n_bins} bins were found that keep to the limits",
                given=limits.which(real.yields(labels[:1])) or None,
                allowed=str(limits),
                hint="fewer bins, or lower limits",
            )
    labels = labels[np.argsort(-values, kind="stable")][: int(np.isfinite(values).sum())]
    found = np.asarray(objective.hard(real.yields(labels)), dtype=np.float64)
    return LloydBins(_in_order(coarse, labels[0], n_bins)[group], n_bins, float(found[0]), found)


def _followed(
    tangents: Tangents, labels: NDArray[np.int64], passes: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Best labels of each start, and their merit."""
    best, merit = labels, tangents.merit(labels)
    going = np.arange(len(labels))
    for _ in range(passes):
        labels = tangents.assigned(labels)
        now = tangents.merit(labels)
        better = now > merit[going]
        # Where there was no merit, any is more.
        known = np.where(np.isfinite(merit[going]), merit[going], 0.0)
        grew = now > merit[going] + STILL * np.abs(known)
        best = best.copy()
        best[going[better]], merit[going[better]] = labels[better], now[better]
        going, labels = going[grew], labels[grew]
        if not len(going):
            break
    return best, merit


def _limited(
    tangents: Tangents, real: Tangents, labels: NDArray[np.int64], limits: BinLimits
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Best labels of each start that keep to the limits, and their merit, minus infinity without any."""
    best, merit = labels.copy(), np.full(len(labels), -np.inf)
    for start in range(len(labels)):
        own = labels[start]
        for number in range(LIMITED):
            if number:
                own = tangents.assigned(own[None])[0]
            met = meet_limits(tangents, real, own, limits)
            if met is None:
                break
            now = float(tangents.merit(met[None])[0])
            if now <= merit[start] * (1 + STILL):
                break
            best[start], merit[start], own = met, now, met
    return best, merit


def _in_order(cells: Cells, labels: NDArray[np.int64], n_bins: int) -> NDArray[np.int64]:
    """Number bins by the ratio of signal to background."""
    totals = []
    for role in ("signal", "background"):
        size = cells.sums[1][:, cells.layout.process_indices(role), 0].sum((0, 1))
        totals.append(np.bincount(labels, size, n_bins))
    ratio = totals[0] / np.maximum(totals[1], 1e-12 * max(totals[1].sum(), 1e-300))
    rank = np.empty(n_bins, dtype=np.int64)
    rank[np.argsort(ratio, kind="stable")] = np.arange(n_bins)
    return rank[labels]
