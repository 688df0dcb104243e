"""One number out of those of several signals, exact and smooth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from gradcut.objectives.quadrature import root_of_sum, root_of_sum_slopes, signed_square

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["COMBINATIONS", "Combine", "combined", "combined_smoothly"]

Combine = Literal["mean", "worst", "covered", "product", "harmonic", "quadrature"]

#: Combination -> what it is called before the name of an objective.
COMBINATIONS: dict[str, str] = {
    "mean": "mean",
    "worst": "worst",
    "covered": "covered part of the",
    "product": "geometric mean",
    "harmonic": "harmonic mean",
    "quadrature": "quadratic sum of the",
}

#: Width of the soft minimum and of the soft threshold, relative to the mean size of the values.
SOFTNESS = 0.1
#: Values below this, relative to the mean size of all, count as not positive in a product while fitting.
LEAST = 0.01


def combined(
    combine: str,
    values: NDArray[np.float64],
    share: NDArray[np.float64],
    sign: float = 1.0,
    threshold: float = 0.0,
) -> NDArray[np.float64]:
    """Combine values of shape (signals, points) into one per point.

    Parameters
    ----------
    combine : str
        One of :data:`COMBINATIONS`.
    values : ndarray, shape (signals, points)
        Value of each signal.
    share : ndarray, shape (signals,)
        Weights that sum to one.
    sign : float, default 1
        -1 for values that are better when smaller; only for the mean, the worst and the covered part.
    threshold : float, default 0
        For the covered part.

    Notes
    -----
    ``product`` is the geometric mean ``prod v^share``, ``harmonic`` is ``1 / sum(share / v)``. Where a value
    is not positive both are the smallest value, to which they tend.
    """
    if combine == "worst":
        return np.asarray(sign * (sign * values).min(0))
    if combine == "mean":
        return np.asarray((share[:, None] * values).sum(0))
    if combine == "covered":
        return np.asarray((share[:, None] * (sign * (values - threshold) > 0)).sum(0))
    if combine == "quadrature":
        return root_of_sum(signed_square(values.T))
    counts = share[:, None] > 0
    least = np.where(counts, values, np.inf).min(0)
    positive = np.where(counts & (least > 0), values, 1.0)
    return np.where(least > 0, _mean(combine, positive, share), least)


def combined_smoothly(
    combine: str,
    values: NDArray[np.float64],
    share: NDArray[np.float64],
    sign: float = 1.0,
    threshold: float = 0.0,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The same for a descent, and its slopes in each value; arguments as in :func:`combined`.

    A minimum is soft, and a threshold a smooth step. In a product a value that is not positive counts as a
    small positive one, and what it lacks is subtracted, so that it is pulled up.
    """
    if combine == "mean":
        return (share[:, None] * values).sum(0), np.broadcast_to(share[:, None], values.shape)
    if combine == "quadrature":
        value, by_values = root_of_sum_slopes(values.T)
        return value, by_values.T
    size, d_size = np.abs(values).mean(0) + 1e-12, np.sign(values) / len(values)
    if combine in ("product", "harmonic"):
        return _smooth_mean(combine, values, share, LEAST * size, LEAST * d_size)
    width, d_width = SOFTNESS * size, SOFTNESS * d_size
    if combine == "worst":
        least = (sign * values).min(0)
        above = sign * values - least
        likely = np.exp(-above / width)
        value, likely = least - width * np.log(likely.mean(0)), likely / likely.sum(0)
        by_width = (value - least - (likely * above).sum(0)) / width
        return sign * value, likely + sign * by_width * d_width
    beyond = sign * (values - threshold) / width
    step = 1 / (1 + np.exp(-np.clip(beyond, -40, 40)))
    slope = share[:, None] * step * (1 - step) / width
    return (share[:, None] * step).sum(0), sign * slope - (slope * beyond).sum(0) * d_width


def _mean(combine: str, values: NDArray[np.float64], share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weighted geometric or harmonic mean of positive values."""
    if combine == "product":
        return np.asarray(np.exp((share[:, None] * np.log(values)).sum(0)))
    return np.asarray(1 / (share[:, None] / values).sum(0))


def _smooth_mean(
    combine: str,
    values: NDArray[np.float64],
    share: NDArray[np.float64],
    least: NDArray[np.float64],
    d_least: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean of ``g(v)``, ``v`` from ``least`` on and exponential below, plus the mean of ``v - g(v)``."""
    below = values < least
    fall = np.exp(np.clip(np.where(below, values / least - 1, 0.0), -600, 0))
    g = np.where(below, least * fall, values)
    by_value, by_least = np.where(below, fall, 1.0), np.where(below, fall * (1 - values / least), 0.0)
    mean = _mean(combine, g, share)
    # of the product: m share / g; of the harmonic mean: m^2 share / g^2
    by_g = share[:, None] * (mean / g if combine == "product" else (mean / g) ** 2)
    value = mean + (share[:, None] * (values - g)).sum(0)
    by_g_all = by_g - share[:, None]
    return value, by_g_all * by_value + share[:, None] + (by_g_all * by_least).sum(0) * d_least
