"""Sizes of the constraints of MC statistics, made of templates, with their derivatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["constraint_sizes", "relative_widths", "shapesys_factors"]


def relative_widths(nominal: NDArray[np.float64], variance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Relative MC uncertainty of a sum of samples per bin, 0 where the sum is not positive.

    Parameters
    ----------
    nominal, variance : ndarray
        Sums over the samples of templates and of squared uncertainties.
    """
    return np.divide(np.sqrt(variance), nominal, out=np.zeros(nominal.shape), where=nominal > 0)


def shapesys_factors(nominal: NDArray[np.float64], variance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Size ``nominal^2 / variance`` of the auxiliary Poisson measurement of a bin, 0 where there is none."""
    known = (nominal > 0) & (variance > 0)
    return np.divide(nominal**2, variance, out=np.zeros(nominal.shape), where=known)


def constraint_sizes(
    nominal: NDArray[np.float64], variance: NDArray[np.float64], *, poisson: bool
) -> tuple[
    NDArray[np.float64], Callable[[NDArray[np.float64]], tuple[NDArray[np.float64], NDArray[np.float64]]]
]:
    """Sizes, 1 where there is none, and what pulls cotangents of them back to nominal and variance.

    Parameters
    ----------
    nominal, variance : ndarray
        Sums over the samples of templates and of squared uncertainties.
    poisson : bool
        Whether it is a shapesys, rather than a staterror.
    """
    sizes = (shapesys_factors if poisson else relative_widths)(nominal, variance)
    # Sizes are powers of both.
    of_nominal, of_variance = (2.0, -1.0) if poisson else (-1.0, 0.5)

    def pull_back(cotangents: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        slope = cotangents * sizes
        d_nominal, d_variance = (
            np.divide(power * slope, of, out=np.zeros(slope.shape), where=of > 0)
            for power, of in ((of_nominal, nominal), (of_variance, variance))
        )
        return d_nominal, d_variance

    return sizes if (sizes > 0).all() else np.where(sizes > 0, sizes, 1.0), pull_back
