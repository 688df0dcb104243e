"""A curve through noisy points, as smooth as the points themselves ask for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["smooth_curve"]

_Array = NDArray[np.float64]

#: Ratios of roughness to noise that are looked at, around the scale of the points, and golden steps after.
_DECADES, _TRIED, _STEPS = (-6.0, 8.0), 57, 40
_GOLDEN = (5**0.5 - 1) / 2


def smooth_curve(values: _Array, variances: _Array) -> _Array:
    """Smooth equally spaced points; a straight line where they show no more than that.

    Parameters
    ----------
    values : ndarray, shape (points,)
        At least four.
    variances : ndarray, shape (points,)
        Of the values, all positive; only their ratios matter.

    Returns
    -------
    ndarray, shape (points,)
        The best linear prediction of the curve, if its second differences are independent Normal numbers of
        one width and the points are off by noise in proportion to the variances. Both widths are those that
        are likeliest to have left what remains beside a straight line (restricted maximum likelihood), so
        that nothing is to be chosen: noise is smoothed away, structure that stands out of it stays.

    References
    ----------
    E. T. Whittaker, Proc. Edinburgh Math. Soc. 41 (1923) 63; G. Wahba, Annals of Statistics 13 (1985) 1378.
    """
    n, scale = len(values), np.sqrt(variances / np.median(variances))
    differences = np.diff(np.eye(n), 2, axis=0) * scale
    roughness, basis = np.linalg.eigh(differences.T @ differences)
    amplitudes = basis.T @ (values / scale)
    # Straight lines have no roughness: they are the first two.
    rough, seen = np.maximum(roughness[2:], 0.0), amplitudes[2:] ** 2
    if seen.sum() <= 1e-24 * (amplitudes**2).sum():
        return np.array(values)

    def misfit(log_penalty: _Array) -> _Array:
        """-2 ln L of the restricted likelihood, up to a constant."""
        penalised = 10 ** log_penalty[:, None] * rough
        left = penalised / (1 + penalised)
        return np.asarray((n - 2) * np.log((left * seen).sum(1)) - np.log(left).sum(1))

    grid = np.linspace(*_DECADES, _TRIED) - np.log10(np.median(rough))
    best = int(np.argmin(misfit(grid)))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, _TRIED - 1)]
    for _ in range(_STEPS):
        inner = np.array([high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)])
        first, second = misfit(inner)
        low, high = (low, inner[1]) if first < second else (inner[0], high)
    shrunk = amplitudes.copy()
    shrunk[2:] /= 1 + 10 ** ((low + high) / 2) * rough
    return np.asarray(scale * (basis @ shrunk))
