"""How far a likelihood is from the Normal distribution that its curvature stands for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from gradcut.stats.curvature import Curvature
from gradcut.stats.information import optimum_of, value_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from gradcut.stats.model import Model
    from gradcut.stats.optima import Optima

__all__ = ["distance_from_normal", "gaussianity"]

#: Places of the grid in standard deviations, and their weights in a Normal distribution.
_PLACES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(7)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()
#: Differences of log-likelihoods beyond this all count the same: rates may be negative there.
_LARGE = 10.0


def gaussianity(
    model: Model, *, data: ArrayLike | None = None, fixed: Mapping[str, ArrayLike] | None = None
) -> float:
    """Mean squared difference between the log-likelihood and that of a Normal distribution.

    Parameters
    ----------
    model : Model
        The model.
    data : array_like, optional
        Data to fit; default Asimov data.
    fixed : mapping of str to float, optional
        Parameters that are known.

    Returns
    -------
    float
        Zero where the likelihood is Gaussian.

    Notes
    -----
    The Normal distribution has its maximum where the likelihood has it, and as covariance ``C`` the
    inverse of the Hessian there (Fisher information, for Asimov data). The grid lies on one line per
    parameter that is not fixed, the one of its profile: ``theta_hat + t C e_i / sqrt(C_ii)``, on which
    ``-log`` of the Normal distribution rises by ``t^2 / 2``. Places ``t`` are the seven of Gauss and Hermite,
    up to 3.75 standard deviations, and their squared differences ``D^2`` are weighted as those do: the mean
    over the Normal distribution. Means of all parameters are added. Differences larger than ten count no
    more than that, ``D^2 / (1 + D^2 / 100)``, because rates can be negative there.

    References
    ----------
    Thesis 7.5, with a grid that has no chance in it: a thousand random points instead scatter by a third.
    """
    return value_of(optimum_of(model, None, data, fixed), distance_from_normal)


def distance_from_normal(optima: Optima, covariance: NDArray[np.float64]) -> Curvature:
    """See :func:`gaussianity`, with derivatives."""
    fits, likelihood = optima.fits, optima.likelihood
    n_models, n = fits.theta.shape
    at_minimum = likelihood.evaluate(fits.theta, optima.inputs, optima.data)
    value = np.zeros(n_models)
    d_hessian, d_theta = np.zeros_like(covariance), np.zeros_like(fits.theta)
    d_inputs, d_data = np.zeros_like(optima.inputs), np.zeros_like(optima.data)
    for i in range(n):
        column, variance = covariance[:, :, i], covariance[:, i, i]
        moves = variance > 0
        scale = np.sqrt(np.where(moves, variance, 1.0))
        for t, weight in zip(_PLACES, _WEIGHTS, strict=True):
            there = likelihood.evaluate(fits.theta + t * column / scale[:, None], optima.inputs, optima.data)
            difference = np.clip(there.value - at_minimum.value - t * t / 2, -1e70, 1e70)
            damped = 1 / (1 + (difference / _LARGE) ** 2)
            value += np.where(moves, weight * difference**2 * damped, 0.0)
            slope = np.where(moves, weight * 2 * difference * damped**2, 0.0)[:, None]
            d_inputs += slope * (there.d_inputs - at_minimum.d_inputs)
            d_data += slope * (there.d_data - at_minimum.d_data)
            d_theta += slope * there.d_parameters
            # The line turns with the covariance, dC = -C dH C.
            onto = np.einsum("mij,mj->mi", covariance, there.d_parameters)
            along = onto[:, i] / (2 * np.where(moves, variance, 1.0))
            turned = (slope[:, 0] * t / scale)[:, None, None] * (along[:, None] * column - onto)[:, :, None]
            d_hessian += turned * column[:, None, :]
    return Curvature(value, d_hessian, d_inputs, d_data, d_theta)
