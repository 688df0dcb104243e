"""Variations along an axis without the part of them that is noise, to learn bins from.

A variation that moves events is known as well as the events that it moves. Its difference from nominal in a
narrow bin is mostly noise, and a fit that profiles it would find the bins in which the noise looks like a
strong effect, which constrains the nuisance, or like none.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gradcut.stats.smooth_curve import smooth_curve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.cells import Cells

__all__ = ["steadied"]

#: Entries of a part of the range, standard deviations that its yield is away from zero, and parts at most.
ENTRIES, SIGNIFICANT, PARTS = 25.0, 4.0, 48
#: Of fewer parts only the rate of a variation is known.
FEWEST = 6
#: A variation leaves at least so much of what there is.
LEAST = 0.05


def steadied(cells: Cells) -> Cells:
    """Replace the yields of variations by nominal ones times a smooth ratio, with the same sum.

    Of each process the range is divided into parts, closer to each other in its tails (equal steps of the
    logarithm of ``rank / (1 - rank)``). The ratio of varied to nominal yields of the parts is smoothed as
    much as its own scatter says (:func:`gradcut.stats.smooth_curve.smooth_curve`), and interpolated.

    Parameters
    ----------
    cells : Cells
        Of one axis.

    Returns
    -------
    Cells
        The same nominal sums, entries and variances.
    """
    rows = cells.rows.copy()
    entries, yields, variances = cells.rows
    for c, p, f in np.ndindex(*yields.shape[:2], yields.shape[3]):
        nominal = entries[c, p, 0, f], yields[c, p, 0, f], variances[c, p, 0, f]
        if nominal[1].sum() <= 0:
            continue
        first = _parts(*nominal)
        at = _log_odds(nominal[0])
        for v in range(1, yields.shape[2]):
            varied = yields[c, p, v, f]
            if not np.array_equal(varied, nominal[1]):
                rows[1, c, p, v, f] = _varied(first, at, *nominal, varied, variances[c, p, v, f])
    return replace(cells, rows=rows)


def _parts(
    entries: NDArray[np.float64], yields: NDArray[np.float64], variances: NDArray[np.float64]
) -> NDArray[np.intp]:
    """First cell of every part."""
    run = [np.concatenate([[0.0], np.cumsum(one)]) for one in (entries, yields, variances)]
    total, end = run[0][-1], len(entries)

    def is_known(a: int, b: int) -> bool:
        n, w, v = (one[b] - one[a] for one in run)
        return bool(n >= ENTRIES and w >= SIGNIFICANT * np.sqrt(v))

    found = [0]
    if total >= 4 * ENTRIES:
        most = np.log(total / ENTRIES - 1)
        wanted = total / (1 + np.exp(-np.linspace(-most, most, PARTS - 1)))
        for cut in np.unique(np.searchsorted(run[0], wanted)).tolist():
            if is_known(found[-1], cut) and is_known(cut, end):
                found.append(cut)
    return np.array(found)


def _log_odds(entries: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where each cell is among the entries: ``ln(rank / (1 - rank))``."""
    rank = (np.cumsum(entries) - entries / 2 + 0.5) / (entries.sum() + 1)
    return np.asarray(np.log(rank / (1 - rank)))


def _varied(
    first: NDArray[np.intp],
    at: NDArray[np.float64],
    entries: NDArray[np.float64],
    nominal: NDArray[np.float64],
    variance: NDArray[np.float64],
    varied: NDArray[np.float64],
    varied_variance: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Nominal yields of the cells times the smooth ratio."""
    ratio = np.ones(len(at))
    if len(first) >= FEWEST:
        n, below, above = (np.add.reduceat(one, first) for one in (entries, nominal, varied))
        # Nominal and varied events are mostly the same: only how parts compare matters.
        noise = np.add.reduceat(variance + varied_variance, first) / below**2
        centre = np.add.reduceat(at * entries, first) / n
        ratio = np.maximum(np.interp(at, centre, smooth_curve(above / below, noise)), LEAST)
    made = nominal * ratio
    return np.asarray(made * (varied.sum() / made.sum()))
