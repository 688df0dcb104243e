"""What working points have to do with each other: smoothness, and nesting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.fitting.isotonic import increasing

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["nested", "smoothness", "smoothness_gradient"]

#: ``rho`` of CABIN eq. 7.
RHO = 0.1


def _expected(z: Any, targets: Any) -> tuple[Any, Any, Any]:
    """What the neighbours of the inner working points say, how far apart they are, and their shares."""
    share = (targets[1:-1] - targets[:-2]) / (targets[2:] - targets[:-2])
    below, above = z[..., :-2, :], z[..., 2:, :]
    return below + share[:, None] * (above - below), above - below, share


def smoothness(z: Any, targets: Any, rho: float = RHO) -> Any:
    """Sum over parameters and inner working points of ``(z - zbar)^2 / (dz^2 + rho)``.

    Parameters
    ----------
    z : ndarray or Tensor of shape (..., working points, parameters)
        Thresholds in units of order one.
    targets : ndarray or Tensor of shape (working points,)
        Signal efficiencies, rising; ``zbar`` lies on the straight line through the two neighbours, which for
        equal steps is their mean.
    rho : float, default 0.1
        Keeps it finite where neighbouring thresholds are equal.

    References
    ----------
    M. Hance and J. Robles, "Learning Selection Cuts With Gradients" (CABIN), eq. 7.
    """
    expected, spread, _ = _expected(z, targets)
    return ((z[..., 1:-1, :] - expected) ** 2 / (spread**2 + rho)).sum((-1, -2))


def smoothness_gradient(z: NDArray[np.float64], targets: NDArray[np.float64]) -> NDArray[np.float64]:
    """Derivatives of :func:`smoothness`, of the shape of ``z``."""
    gradient = np.zeros_like(z)
    if z.shape[-2] < 3:
        return gradient
    expected, spread, share = _expected(z, targets)
    scale = spread**2 + RHO
    away = z[..., 1:-1, :] - expected
    own = 2 * away / scale
    by_spread = -2 * away**2 * spread / scale**2
    gradient[..., 1:-1, :] += own
    gradient[..., :-2, :] += -own * (1 - share)[:, None] - by_spread
    gradient[..., 2:, :] += -own * share[:, None] + by_spread
    return gradient


def nested(
    z: NDArray[np.float64], loosening: NDArray[np.float64], free: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Nearest thresholds that never tighten as the target rises; ``loosening`` is the sign of each."""
    return np.where(free, loosening * increasing(z * loosening), z)
