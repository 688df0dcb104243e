"""Cells joined until each has enough background to say how much signal there is beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.cells import Cells

__all__ = ["blocks"]


def blocks(cells: Cells, min_entries: float, target: int) -> NDArray[np.int64]:
    """Divide the space of the cells into boxes, finer where there are more events (a k-d tree).

    Cells on the face between two boxes may belong to either.

    Parameters
    ----------
    cells : Cells
        Of any number of axes.
    min_entries : float
        Background entries that every block has at least, all channels together.
    target : int
        Blocks are not divided further where they hold less than this part of the events: half of it counts
        the background, half the signals.

    Returns
    -------
    ndarray of int64, shape (cells,)
        Number of the block of each cell.
    """
    layout, n = cells.layout, cells.n_cells
    signals, backgrounds = (layout.process_indices(role) for role in ("signal", "background"))
    entries = np.abs(cells.sums[0][:, backgrounds, 0]).sum((0, 1))
    sizes = [np.abs(cells.sums[1][:, [p], 0]).sum((0, 1)) for p in signals]
    sizes.append(np.abs(cells.sums[1][:, backgrounds, 0]).sum((0, 1)))
    halves = [0.5 / max(len(signals), 1)] * len(signals) + [0.5]
    share = np.sum([h * size / max(size.sum(), 1e-300) for h, size in zip(halves, sizes, strict=True)], 0)
    group, n_groups = np.zeros(n, dtype=np.int64), 1
    weight = entries + 1e-9 * max(entries.sum(), 1.0) / n  # cells without background have a place, too
    whole = np.zeros(1, dtype=bool)  # groups that cannot be divided
    while True:
        held = np.bincount(group, entries, n_groups), np.bincount(group, share, n_groups)
        large = (held[0] >= 2 * min_entries) & (held[1] >= 2 / target) & ~whole
        inside = np.flatnonzero(large[group])
        if not len(inside):
            return group
        own = group[inside]
        upper = _upper_half(cells.position[:, inside], own, weight[inside], n_groups)
        # Where cells are large a half may have too little.
        above = np.bincount(own, np.where(upper, entries[inside], 0.0), n_groups)
        divided = large & (above >= min_entries) & (held[0] - above >= min_entries)
        number = n_groups + np.cumsum(divided) - 1
        group[inside] = np.where(upper & divided[own], number[own], own)
        whole = np.concatenate([whole | (large & ~divided), np.zeros(int(divided.sum()), dtype=bool)])
        n_groups = len(whole)


def _upper_half(
    position: NDArray[np.float64], group: NDArray[np.int64], weight: NDArray[np.float64], n_groups: int
) -> NDArray[np.bool_]:
    """Whether cells are above the median of their group along the axis in which it is widest."""
    total = np.maximum(np.bincount(group, weight, n_groups), 1e-300)
    widths = []
    for x in position:
        mean = np.bincount(group, weight * x, n_groups) / total
        widths.append(np.bincount(group, weight * (x - mean[group]) ** 2, n_groups) / total)
    spread = position.var(1)
    axis = (np.array(widths) / np.where(spread > 0, spread, 1.0)[:, None]).argmax(0)
    x = position[axis[group], np.arange(len(group))]
    order = np.lexsort((x, group))
    running = np.cumsum(weight[order])
    ends = np.cumsum(np.bincount(group, weight, n_groups))
    begin = (ends - np.bincount(group, weight, n_groups))[group[order]]
    upper = np.zeros(len(group), dtype=bool)
    upper[order] = running - 0.5 * weight[order] - begin > 0.5 * total[group[order]]
    return upper
