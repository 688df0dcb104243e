"""Binnings that are not learned: equal widths, equal shares, and the transformations D and F of ATLAS."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from gradcut.checks import is_number
from gradcut.errors import DataError, DeclarationError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.cells import Cells

__all__ = ["equal_background", "equal_signal", "equidistant", "transformation_d", "transformation_f"]

#: A share is reached within this much: sums of the same numbers differ by rounding.
ROUNDING = 1e-9


def equidistant(
    low: float,
    high: float,
    n_bins: int,
    *,
    to: Callable[[NDArray[np.float64]], NDArray[np.float64]] | None = None,
    back: Callable[[NDArray[np.float64]], NDArray[np.float64]] | None = None,
) -> NDArray[np.float64]:
    """Edges at equal distances in some coordinate.

    Parameters
    ----------
    low, high : float
        Ends of the axis, in the unit of the column.
    n_bins : int
        Number of bins.
    to, back : callable, optional
        The coordinate as a function of the column, and the other way round, both of arrays; default the
        column itself.

    Returns
    -------
    ndarray of shape (n_bins - 1,)
        Edges between bins.
    """
    _check_bins(n_bins)
    if (to is None) != (back is None):
        raise DeclarationError("a coordinate needs both ways", given="one of 'to' and 'back'")
    ends = np.array([low, high], dtype=np.float64)
    if to is not None:
        ends = to(ends)
    if not (np.isfinite(ends).all() and ends[0] < ends[1]):
        raise DeclarationError("an axis has finite ends, the lower one first", given=f"{low!r}, {high!r}")
    edges = np.linspace(float(ends[0]), float(ends[1]), n_bins + 1)[1:-1]
    return edges if back is None else np.asarray(back(edges))


def equal_signal(cells: Cells, n_bins: int) -> NDArray[np.float64]:
    """Edges between bins that hold equal shares of all signals together, in all channels."""
    return _equal(cells, n_bins, "signal")


def equal_background(cells: Cells, n_bins: int) -> NDArray[np.float64]:
    """Edges between bins that hold equal shares of all backgrounds together, in all channels."""
    return _equal(cells, n_bins, "background")


def transformation_d(cells: Cells, z_signal: float = 10.0, z_background: float = 10.0) -> NDArray[np.float64]:
    """Edges of transformation D, made from the right.

    A bin ends where ``z_s n_s / N_s + z_b n_b / N_b`` reaches 1. What is left on the left is a bin of its
    own, unless there are ``z_s + z_b`` without it.

    Parameters
    ----------
    cells : Cells
        Of one axis.
    z_signal, z_background : float, default 10
        Numbers of bins that the signal alone, and the background alone, would be divided into.

    Returns
    -------
    ndarray of shape (bins - 1,)
        Edges between bins.

    References
    ----------
    ATLAS, JHEP 01 (2015) 069, arXiv:1409.6212, section 7.4.
    """
    _check_shares(z_signal, z_background)
    signal, background = _of(cells, "signal"), _of(cells, "background")
    running = z_signal * np.cumsum(_from_right(signal)) / signal.sum()
    running += z_background * np.cumsum(_from_right(background)) / background.sum()
    cuts, at = [], 0
    while True:
        start = running[at - 1] if at else 0.0
        reached = np.flatnonzero(running[at:] - start >= 1 - ROUNDING)
        if not len(reached) or at + int(reached[0]) + 1 >= cells.n_cells:
            break
        at += int(reached[0]) + 1
        cuts.append(at)
    left = running[-1] - (running[cuts[-1] - 1] if cuts else 0.0)
    if cuts and left < 1 - ROUNDING and len(cuts) >= z_signal + z_background - ROUNDING:
        cuts.pop()
    return _edges(cells, cuts)


def transformation_f(
    cells: Cells, z_signal: float = 5.0, z_background: float = 1.0, *, max_relative_uncertainty: float = 0.1
) -> NDArray[np.float64]:
    """Edges of transformation F, made from the right.

    A bin ends where ``sqrt(z_s sum n_s ln(1 + n_s / n_b)) + sqrt(z_b n_b / N_b)`` reaches 1, the sum being
    that over the cells in it, and the MC uncertainty of its background is small. What is left joins the last
    bin.

    Parameters
    ----------
    cells : Cells
        Of one axis; the sum depends on how fine they are, so they should not be finer than what fluctuates
        little (:meth:`Cells.merged`). Cells without signal or background do not count in it.
    z_signal, z_background : float, default 5 and 1
        Weights of signal and background.
    max_relative_uncertainty : float, default 0.1
        Largest relative MC uncertainty of the background in a bin.

    Returns
    -------
    ndarray of shape (bins - 1,)
        Edges between bins.

    Notes
    -----
    As in the program HistoTransform of ATLAS's VHbb group.
    """
    _check_shares(z_signal, z_background)
    signal, background = (_from_right(_of(cells, role)) for role in ("signal", "background"))
    processes = cells.layout.process_indices("background")
    variance = _from_right(cells.sums[2][:, processes, 0].sum((0, 1)))
    both = (signal > 0) & (background > 0)
    ratio = np.divide(signal, background, out=np.zeros_like(signal), where=both)
    sums = np.cumsum([signal * np.log1p(ratio), background, variance], axis=1)
    cuts: list[int] = []
    start = np.zeros((3, 1))
    for _ in range(cells.n_cells):
        own = sums - start
        at = cuts[-1] if cuts else 0
        b = np.maximum(own[1], 0.0)
        z = np.sqrt(z_signal * np.maximum(own[0], 0.0)) + np.sqrt(z_background * b / background.sum())
        good = (z >= 1 - ROUNDING) & (own[2] <= (max_relative_uncertainty * b) ** 2) & (b > 0)
        reached = np.flatnonzero(good[at:])
        if not len(reached):
            break
        cuts.append(at + int(reached[0]) + 1)
        start = sums[:, cuts[-1] - 1 : cuts[-1]]
    # The cut of the last bin that is complete is where the rest joins it.
    return _edges(cells, cuts[:-1])


def _equal(cells: Cells, n_bins: int, role: str) -> NDArray[np.float64]:
    _check_bins(n_bins)
    running = np.cumsum(_of(cells, role))
    middle = (running[:-1] + np.minimum(running[1:], running[-1])) / 2  # nearer of the two cuts
    wanted = running[-1] * np.arange(1, n_bins) / n_bins
    cuts = np.searchsorted(middle, wanted) + 1
    if len(np.unique(cuts)) < len(cuts) or (len(cuts) and cuts[-1] >= cells.n_cells):
        raise DataError(
            f"the {role} has too few different values for bins of equal shares",
            given=f"{n_bins} bins, {cells.n_cells} cells",
            hint="fewer bins",
        )
    return np.asarray(cells.boundary[cuts - 1])


def _of(cells: Cells, role: str) -> NDArray[np.float64]:
    """Yield of a role in each cell, which is positive in total."""
    processes = cells.layout.process_indices(role)
    size = np.asarray(cells.sums[1][:, processes, 0].sum((0, 1)))
    if size.sum() <= 0:
        raise DataError(
            f"shares of the {role} need a positive yield of it",
            given=f"{size.sum():.4g} from {len(processes)} processes",
        )
    return size


def _from_right(size: NDArray[np.float64]) -> NDArray[np.float64]:
    return size[::-1]


def _edges(cells: Cells, cuts: list[int]) -> NDArray[np.float64]:
    """Edges of cuts that are counted from the right."""
    return np.asarray(
        cells.boundary[cells.n_cells - 1 - np.array(sorted(cuts, reverse=True), dtype=np.int64)]
    )


def _check_bins(n_bins: int) -> None:
    if isinstance(n_bins, bool) or n_bins < 1:
        raise DeclarationError("a number of bins is at least 1", given=repr(n_bins))


def _check_shares(*numbers: float) -> None:
    for number in numbers:
        if not is_number(number) or number < 0:
            raise DeclarationError(
                "weights of signal and background are numbers from 0 on", given=repr(number)
            )
    if not any(numbers):
        raise DeclarationError("one of the weights of signal and background is positive", given="0 and 0")
