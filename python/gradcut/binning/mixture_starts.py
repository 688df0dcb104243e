"""Mixtures to start from: those that come closest to a partition of cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.binning.mixture_hard import labels_of, within_limits
from gradcut.binning.mixture_parameters import Mixtures

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.cells import Cells
    from gradcut.binning.limits import BinLimits
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
    """Mixtures whose logits are what a place is worth in each bin, as far as a polynomial can say it.

    What a cell is worth in a bin is linear in what is in it, which over its size is a polynomial of the
    place: exactly, where the columns are the probabilities of processes and the polynomial is of degree one;
    else as close as least squares come. Fluctuations of single cells do not matter then.

    Parameters
    ----------
    cells, sizes
        As for :func:`by_moments`.
    objective : Objective
        Whose gradient in the yields of a bin says what they are worth.
    limits : BinLimits
        What every bin has to have.
    quadratic : bool
        Polynomials of degree two instead of one.
    """

    def __init__(
        self,
        cells: Cells,
        sizes: NDArray[np.float64],
        objective: Objective,
        limits: BinLimits,
        *,
        quadratic: bool,
    ) -> None:
        self._cells, self._objective, self._limits = cells, objective, limits
        x, d = cells.position, len(cells.position)
        self._pairs = [(i, j) for i in range(d) for j in range(i + 1)] if quadratic else []
        basis = np.vstack([np.ones((1, cells.n_cells)), x, *[(x[i] * x[j])[None] for i, j in self._pairs]])
        content = cells.rows.reshape(-1, cells.n_cells)
        # Least squares of content / size with weight size: the sizes drop out on the right.
        normal = (basis * sizes) @ basis.T
        self._polynomials = np.linalg.lstsq(normal, basis @ content.T, rcond=None)[0]
        self._normal = normal / sizes.sum()

    def mixture(self, labels: NDArray[np.int64], n_bins: int) -> Mixtures:
        """The mixture that comes closest to one more pass of Lloyd's iteration from a partition."""
        cells, d = self._cells, len(self._cells.position)
        _, cotangents = self._objective.gradient(cells.partition(labels[None], n_bins))
        flat = np.stack([np.asarray(c)[0] for c in cotangents]).reshape(-1, n_bins)
        found = self._objective.sign * self._polynomials @ flat
        found = found - found.mean(1, keepdims=True)  # what is common to all bins decides nothing
        unit = float(np.sqrt(np.einsum("ak,ab,bk->k", found, self._normal, found).mean())) + 1e-300
        found = found / unit
        constant, slope = found[0], found[1 : 1 + d].T
        curvature = np.zeros((n_bins, d, d))
        for (i, j), row in zip(self._pairs, found[1 + d :], strict=True):
            curvature[:, i, j] += row / 2
            curvature[:, j, i] += row / 2
        # A parabola that all share makes every one a Gaussian.
        steepest = max(float(np.linalg.eigvalsh(curvature).max()), 0.0)
        matrices = 2 * ((steepest + 0.5) * np.eye(d) - curvature)
        factors = _triangles(matrices)
        means = np.linalg.solve(matrices, slope[..., None])[..., 0]
        shifts = (factors @ means[..., None])[..., 0]
        log_det = np.log(np.diagonal(factors, axis1=1, axis2=2)).sum(-1)
        log_weights = constant + (shifts**2).sum(-1) / 2 - log_det
        return Mixtures(log_weights[None], shifts[None], factors[None])

    def followed(self, labels: NDArray[np.int64], n_bins: int, passes: int) -> tuple[float, Mixtures]:
        """The best mixture of several passes, within the limits, and its hard objective times its sign."""
        best: tuple[float, Mixtures] | None = None
        for _ in range(passes):
            mixture = within_limits(self.mixture(labels, n_bins), self._cells, self._limits)
            n_bins = len(mixture.log_weights[0])
            labels = labels_of(mixture, self._cells)
            yields = self._cells.partition(labels[None], n_bins)
            value = float(self._objective.sign * self._objective.hard(yields)[0])
            if best is None or value > best[0]:
                best = value, mixture
        if best is None:
            raise RuntimeError("no pass was asked for")
        return best


def _triangles(matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lower triangles A with ``A^T A`` = the matrices."""
    flipped = np.linalg.cholesky(matrices[:, ::-1, ::-1])
    return np.asarray(np.swapaxes(flipped, 1, 2)[:, ::-1, ::-1])
