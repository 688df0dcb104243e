r"""How wide the steps of a soft histogram should be for its gradients to be right.

The yield of a bin changes with its edge ``e`` by the density of events there. In a soft histogram that is
``dy/de = sum_i w_i K_h(e - x_i)``: what a kernel estimate makes of the density ``f(e)``. For a kernel with
second moment :math:`\kappa` and roughness :math:`R = \int K^2`, and small ``h``,

.. math:: \mathrm{MSE}(h) = \tfrac14 h^4 \kappa^2 f''(e)^2 + \frac{R}{h}\, q(e),
          \qquad q(e) = \sum_i w_i^2\, \delta(e - x_i),

bias against variance. Summed over edges it is least at

.. math:: h^5 = \frac{R \sum_e q(e)}{\kappa^2 \sum_e f''(e)^2}.

Without weights ``q = f`` is ``n`` times the density and ``f''`` is proportional to ``n``, so that ``h`` falls
as ``n^(-1/5)``: the line that the best bandwidths of the thesis scatter about (fig. 7.15). It does not depend
on the width of bins as long as that is larger than ``h``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from gradcut.errors import DataError, DeclarationError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["bandwidth_rule"]

#: Second moment and roughness of the densities of unit width that the steps are integrals of.
KERNELS = {"gaussian": (1.0, 0.5 / np.sqrt(np.pi)), "logistic": (np.pi**2 / 3, 1 / 6)}
#: Width of the pilot estimate of the second derivative, in units of what is best for a Gaussian density.
#: Others need less, and lose more by a pilot that is too wide than a Gaussian does by one that is too narrow.
PILOT = 0.8
#: Events that are compared with the edges at once.
CHUNK = 1 << 16


def bandwidth_rule(
    values: ArrayLike,
    weights: ArrayLike,
    edges: ArrayLike,
    *,
    step: Literal["gaussian", "logistic"] = "gaussian",
) -> float:
    """Find the bandwidth with which the gradients of the yields have the least mean squared error.

    Parameters
    ----------
    values : array-like of shape (n_events,)
        The column that is binned.
    weights : array-like of shape (n_events,)
        Weights, with a positive sum; single ones may be negative.
    edges : array-like of shape (edges,)
        Edges of the bins, those at infinity not among them.
    step : {"gaussian", "logistic"}, default "gaussian"
        Form of the step whose width is wanted.

    Returns
    -------
    float
        The bandwidth, in the unit of the column; at most what is right for the smoothest density of this
        spread (Terrell's rule), which counts where the density has no curvature at the edges.

    Raises
    ------
    DeclarationError
        If there are no edges, they are not finite, or the step is not known.
    DataError
        If the values are not finite, all the same, or their weights do not have a positive sum.

    Notes
    -----
    ``q`` and ``f''`` are estimated by a Gaussian pilot kernel. The spread is the smaller of the standard
    deviation and the interquartile range over 1.349.

    References
    ----------
    M. P. Wand, M. C. Jones, "Kernel Smoothing" (1995), sections 2.5 and 3.5; G. R. Terrell, J. Am. Stat.
    Assoc. 85 (1990) 470; thesis, section 7.2.3.
    """
    x, w = np.asarray(values, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    at = np.asarray(edges, dtype=np.float64)
    if step not in KERNELS:
        raise DeclarationError("unknown 'step'", given=repr(step), allowed="'gaussian', 'logistic'")
    if at.ndim != 1 or not at.size or not np.isfinite(at).all():
        raise DeclarationError("a bandwidth is that of finite edges", given=repr(edges))
    spread, n_effective = _spread(x, w)
    pilot = PILOT * spread * (4 / 7) ** (1 / 9) * n_effective ** (-1 / 9)
    squares, curvature = np.zeros(at.size), np.zeros(at.size)
    for start in range(0, x.size, CHUNK):
        u = (at[:, None] - x[start : start + CHUNK]) / pilot
        density = np.exp(-0.5 * u * u) / (np.sqrt(2 * np.pi) * pilot)
        own = w[start : start + CHUNK]
        squares += density @ own**2
        curvature += (density * (u * u - 1)) @ own / pilot**2
    kappa, roughness = KERNELS[step]
    bend, smoothest = float((curvature**2).sum()), 1.144 * spread * n_effective**-0.2
    # Terrell's bandwidth is that of a Gaussian kernel: the same ratio of variance to bias in another one.
    smoothest *= (roughness / KERNELS["gaussian"][1] / kappa**2) ** 0.2
    if bend <= 0:
        return float(smoothest)
    return float(min((roughness * squares.sum() / (kappa**2 * bend)) ** 0.2, smoothest))


def _spread(x: NDArray[np.float64], w: NDArray[np.float64]) -> tuple[float, float]:
    """Spread of values, and how many entries of equal weight they are worth."""
    total = float(w.sum())
    if x.shape != w.shape or x.ndim != 1 or not (np.isfinite(x).all() and np.isfinite(w).all()):
        missing = np.count_nonzero(~np.isfinite(x))
        raise DataError(
            "values and weights are finite numbers, one each per event",
            given=f"shapes {x.shape} and {w.shape}, {missing} values are not finite",
        )
    if total <= 0:
        raise DataError("the weights have no positive sum", given=f"{total:.4g} of {w.size} events")
    mean = float(w @ x) / total
    variance = float(w @ (x - mean) ** 2) / total
    order = np.argsort(x, kind="stable")
    running = np.cumsum(np.abs(w)[order])
    low, high = np.interp([0.25 * running[-1], 0.75 * running[-1]], running, x[order])
    spreads = [s for s in (np.sqrt(max(variance, 0.0)), (high - low) / 1.349) if s > 0]
    if not spreads:
        raise DataError("all events have the same value", given=f"{x[0]:.6g}")
    return float(min(spreads)), total**2 / float(w @ w)
