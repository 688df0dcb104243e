"""Free numbers of mixtures, and the parameters that the kernels take."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Mixtures", "free_of", "mixtures_of", "points_of", "pull_back", "scaled"]


class Mixtures(NamedTuple):
    """Several mixtures of as many components.

    The logit of a component is ``log_weight + log det A - |A x - c|^2 / 2``.
    """

    #: Shape (points, components).
    log_weights: NDArray[np.float64]
    #: ``c = A mu``, shape (points, components, columns).
    shifts: NDArray[np.float64]
    #: Lower triangles A with positive diagonals, shape (points, components, columns, columns).
    factors: NDArray[np.float64]

    @property
    def means(self) -> NDArray[np.float64]:
        """Means, shape (points, components, columns)."""
        return np.asarray(np.linalg.solve(self.factors, self.shifts[..., None])[..., 0])

    def logits(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Logits at positions of shape (columns, n), shape (points, components, n)."""
        z = self.factors @ x - self.shifts[..., None]
        log_det = np.log(np.diagonal(self.factors, axis1=2, axis2=3)).sum(-1)
        return np.asarray((self.log_weights + log_det)[..., None] - (z**2).sum(2) / 2)


def free_of(mixtures: Mixtures) -> NDArray[np.float64]:
    """Free numbers, shape (points, numbers): weights, shifts, triangles with logarithms on the diagonal."""
    n, _, d = mixtures.shifts.shape
    r, c = np.tril_indices(d)
    packed = mixtures.factors[:, :, r, c].copy()
    packed[:, :, r == c] = np.log(packed[:, :, r == c])
    parts = (mixtures.log_weights, mixtures.shifts.reshape(n, -1), packed.reshape(n, -1))
    return np.concatenate(parts, axis=1)


def mixtures_of(free: NDArray[np.float64], n_components: int, n_columns: int) -> Mixtures:
    """The mixtures of free numbers."""
    n, k, d = len(free), n_components, n_columns
    r, c = np.tril_indices(d)
    packed = free[:, k + k * d :].reshape(n, k, -1).copy()
    packed[:, :, r == c] = np.exp(np.clip(packed[:, :, r == c], -30.0, 30.0))
    factors = np.zeros((n, k, d, d))
    factors[:, :, r, c] = packed
    return Mixtures(free[:, :k], free[:, k : k + k * d].reshape(n, k, d), factors)


def points_of(mixtures: Mixtures, temperatures: NDArray[np.float64]) -> NDArray[np.float64]:
    """Parameters of the kernels with a temperature per point, shape (points, parameters)."""
    n, _, d = mixtures.shifts.shape
    r, c = np.tril_indices(d)
    packed = mixtures.factors[:, :, r, c].reshape(n, -1)
    means = mixtures.means.reshape(n, -1)
    return np.hstack([mixtures.log_weights, means, packed, temperatures[:, None]])


def pull_back(
    mixtures: Mixtures, gradient: NDArray[np.float64], *, at_means: bool = False
) -> NDArray[np.float64]:
    """Derivatives in the free numbers of derivatives in the parameters of the kernels.

    With ``at_means`` they are those in the means with the triangles held, and the other way round.
    """
    n, k, d = mixtures.shifts.shape
    r, c = np.tril_indices(d)
    by_mean = gradient[:, k : k + k * d].reshape(n, k, d)
    by_packed = gradient[:, k + k * d : -1].reshape(n, k, -1)
    by_factor = np.zeros((n, k, d, d))
    by_factor[:, :, r, c] = by_packed
    by_shift = by_mean.copy()
    if not at_means:
        # mu = A^-1 c: what moves the mean is shared between c and A.
        by_shift = np.linalg.solve(np.swapaxes(mixtures.factors, 2, 3), by_mean[..., None])[..., 0]
        by_factor = by_factor - by_shift[..., None] * mixtures.means[:, :, None, :]
    packed = by_factor[:, :, r, c]
    packed[:, :, r == c] *= np.diagonal(mixtures.factors, axis1=2, axis2=3)
    parts = (gradient[:, :k], by_shift.reshape(n, -1), packed.reshape(n, -1))
    return np.concatenate(parts, axis=1)


def scaled(mixtures: Mixtures, factors: NDArray[np.float64]) -> Mixtures:
    """Mixtures with logits divided by factors, one per point: the same regions."""
    root = np.sqrt(factors)
    d = mixtures.shifts.shape[2]
    log_det = np.log(np.diagonal(mixtures.factors, axis1=2, axis2=3)).sum(-1)
    after = log_det - d * np.log(root)[:, None]
    return Mixtures(
        (mixtures.log_weights + log_det) / factors[:, None] - after,
        mixtures.shifts / root[:, None, None],
        mixtures.factors / root[:, None, None, None],
    )
