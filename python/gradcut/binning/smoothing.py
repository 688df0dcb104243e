"""What is in cells, smoothed: each cell shows what its neighbours together say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.cells import Cells

__all__ = ["smoothed_rows"]

#: Cells whose neighbours are looked for together; how firmly slopes are held where neighbours lie in a line.
TOGETHER, RIDGE = 512, 1e-5


def smoothed_rows(cells: Cells, neighbours: int) -> NDArray[np.float64]:
    """Fit the sums of cells, relative to their background entries, by a plane through their neighbours.

    Parameters
    ----------
    cells : Cells
        Of any number of axes; cells should have some background each.
    neighbours : int
        Cells in a fit, the cell itself among them; the weight of each is its background entries, and less
        with the distance (tricube).

    Returns
    -------
    ndarray of float64, shape (rows, cells)
        Sums, with the total of each row kept.

    References
    ----------
    W. S. Cleveland, J. Am. Stat. Assoc. 74 (1979) 829.
    """
    rows, n = cells.rows.reshape(-1, cells.n_cells), cells.n_cells
    neighbours = min(neighbours, n)
    if neighbours <= len(cells.position) + 1:
        return np.asarray(rows.copy())
    processes = cells.layout.process_indices("background")
    base = np.abs(cells.sums[0][:, processes, 0]).sum((0, 1))
    base = np.maximum(base, 1e-3 * base.mean() + 1e-300)
    relative = rows / base
    spread = cells.position.std(1, keepdims=True)
    x = cells.position / np.where(spread > 0, spread, 1.0)
    made = np.empty_like(rows)
    for start in range(0, n, TOGETHER):
        mine = x[:, start : start + TOGETHER]
        distance = ((mine[:, :, None] - x[:, None, :]) ** 2).sum(0)
        near = np.argpartition(distance, neighbours - 1, axis=1)[:, :neighbours]
        distance = np.take_along_axis(distance, near, 1)
        reach = distance.max(1, keepdims=True)
        weight = (1 - (distance / np.where(reach > 0, reach, 1.0)) ** 1.5).clip(1e-6) ** 3 * base[near]
        plane = np.stack([np.ones_like(weight), *(x[a][near] - mine[a][:, None] for a in range(len(x)))], -1)
        weighted = weight[..., None] * plane
        normal = np.einsum("nki,nkj->nij", weighted, plane)
        size = np.einsum("nii->n", normal)
        slopes = np.diag([0.0] + [1.0] * len(x))
        normal += (RIDGE * size)[:, None, None] * slopes + 1e-300 * np.eye(len(x) + 1)
        wanted = np.einsum("nki,rnk->nir", weighted, relative[:, near])
        made[:, start : start + TOGETHER] = np.linalg.solve(normal, wanted)[:, 0].T
    # Where all neighbours have one sign, so has the cell.
    for row, old in zip(made, rows, strict=True):
        row *= base
        if (old >= 0).all():
            np.maximum(row, 0.0, out=row)
        total = row.sum()
        if total * old.sum() > 0:
            row *= old.sum() / total
    return made
