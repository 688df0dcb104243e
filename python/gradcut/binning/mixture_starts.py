"""Mixtures to start from: those that come closest to a partition of cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.binning.mixture_parameters import Mixtures

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.cells import Cells
    from gradcut.objectives import Objective

__all__ = ["Worth", "by_moments"]

#: Part of the spread of all events that a component has at least, in its covariance.
LEAST = 1e-4


def by_moments(
    cells: Cells, sizes: NDArray[np.float64], labels: NDArray[np.int64], n_bins: int, *, shared: bool
) -> Mixtures:
    """Gaussians with the moments of the bins of a partition.

    Parameters
    ----------
    cells : Cells
        In standardised coordinates.
    sizes : ndarray of float64, shape (cells,)
        How much each cell counts.
    labels : ndarray of int64, shape (cells,)
        The partition.
    n_bins : int
        Number of bins.
    shared : bool
        Whether all have the mean covariance, so that regions are bounded by planes.
    """
    x = cells.position
    d = len(x)
    weight = np.bincount(labels, sizes, n_bins) + 1e-12 * sizes.sum()
    mean = np.array([np.bincount(labels, sizes * row, n_bins) / weight for row in x])
    covariance = np.empty((n_bins, d, d))
    for i in range(d):
        for j in range(d):
            product = sizes * (x[i] - mean[i][labels]) * (x[j] - mean[j][labels])
            covariance[:, i, j] = np.bincount(labels, product, n_bins) / weight
    if shared:
        covariance[:] = (weight[:, None, None] * covariance).sum(0) / weight.sum()
    covariance += LEAST * np.eye(d)
    factors = _triangles(np.asarray(np.linalg.inv(covariance), dtype=np.float64))
    shifts = (factors @ mean.T[..., None])[..., 0]
    return Mixtures(np.log(weight / weight.sum())[None], shifts[None], factors[None])


class Worth:
    """Mixtures whose logits are what a place is worth in each bin, as far as a linear function can say it.

    What a cell is worth in a bin is linear in what is in it, which over its size is a function of the place:
    linear, where the columns are the probabilities of processes; else as close as least squares come.
    Fluctuations of single cells do not matter then.

    Parameters
    ----------
    cells, sizes
        As for :func:`by_moments`.
    objective : Objective
        Whose gradient in the yields of a bin says what they are worth.
    """

    def __init__(self, cells: Cells, sizes: NDArray[np.float64], objective: Objective) -> None:
        self._cells, self._objective = cells, objective
        basis = np.vstack([np.ones((1, cells.n_cells)), cells.position])
        content = cells.rows.reshape(-1, cells.n_cells)
        # Least squares of content / size with weight size: the sizes drop out on the right.
        normal = (basis * sizes) @ basis.T
        self._functions = np.linalg.lstsq(normal, basis @ content.T, rcond=None)[0]
        self._normal = normal / sizes.sum()

    def mixture(self, labels: NDArray[np.int64], n_bins: int) -> Mixtures:
        """The mixture that comes closest to one more pass of Lloyd's iteration from a partition."""
        _, cotangents = self._objective.gradient(self._cells.partition(labels[None], n_bins))
        flat = np.stack([np.asarray(c)[0] for c in cotangents]).reshape(-1, n_bins)
        found = self._objective.sign * self._functions @ flat
        found = found - found.mean(1, keepdims=True)  # what is common to all bins decides nothing
        unit = float(np.sqrt(np.einsum("ak,ab,bk->k", found, self._normal, found).mean())) + 1e-300
        constant, slope = found[0] / unit, found[1:].T / unit
        # Gaussians of one width: a plane is their logit, but for a parabola that all share.
        factors = np.broadcast_to(np.eye(slope.shape[1]), (n_bins, slope.shape[1], slope.shape[1]))
        log_weights = constant + (slope**2).sum(1) / 2
        return Mixtures(log_weights[None], slope[None], factors[None].copy())


def _triangles(matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lower triangles A with ``A^T A`` = the matrices."""
    flipped = np.linalg.cholesky(matrices[:, ::-1, ::-1])
    return np.asarray(np.swapaxes(flipped, 1, 2)[:, ::-1, ::-1])
