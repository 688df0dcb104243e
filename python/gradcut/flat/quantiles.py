"""Quantile regression: a curve below which a given part of the events lies, everywhere along a property."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["quantile_curve", "shifted_to"]

#: Widths of the smooth step, in widths of what is regressed; the last one resolves single events.
WIDTHS = np.geomspace(0.5, 0.01, 12)
#: Newton steps per width.
STEPS = 20
#: Ridge on the Hessian, in units of its trace: a knot without events stays where its neighbours are.
RIDGE = 1e-9


def quantile_curve(
    x: NDArray[np.float64],
    factors: NDArray[np.float64],
    weights: NDArray[np.float64],
    below: NDArray[np.float64],
    sign: float,
) -> NDArray[np.float64]:
    """Coefficients of the curve that has a given part of the events below it, at every value of the property.

    Parameters
    ----------
    x : ndarray of shape (events,)
        What is cut on.
    factors : ndarray of shape (coefficients, events)
        Basis functions of the property, of which the sum is one.
    weights : ndarray of shape (events,)
        Of either sign.
    below : ndarray of shape (events,)
        Which part is to lie below, at the property of each event.
    sign : float
        1 where coefficients may not fall, -1 where they may not rise, else 0.

    Returns
    -------
    ndarray of shape (coefficients,)

    Notes
    -----
    Solves ``sum w (S((curve - x) / h) - below) factor = 0`` by Newton steps, with a logistic step ``S`` whose
    width ``h`` shrinks: the stationarity of smoothed quantile regression (M. Fernandes, E. Guerre, E. Horta,
    J. Bus. Econ. Stat. 39 (2021) 338). Coefficients that are out of order are made equal to their
    neighbours and learned again, as one.
    """
    groups = [[k] for k in range(len(factors))]
    while True:
        merged = np.array([factors[group].sum(0) for group in groups])
        found = _solved(x, merged, weights, below)
        falling = np.flatnonzero(sign * np.diff(found) < 0)
        if sign == 0 or not len(falling):
            break
        worst = int(falling[np.argmin(sign * np.diff(found)[falling])])
        groups[worst : worst + 2] = [groups[worst] + groups[worst + 1]]
    result = np.empty(len(factors))
    for group, value in zip(groups, found, strict=True):
        result[group] = value
    return result


def _solved(
    x: NDArray[np.float64],
    factors: NDArray[np.float64],
    weights: NDArray[np.float64],
    below: NDArray[np.float64],
) -> NDArray[np.float64]:
    absolute = np.abs(weights)
    order = np.argsort(x)
    share = np.cumsum(absolute[order])
    low, middle, high = x[order][np.searchsorted(share, np.array([0.16, 0.5, 0.84]) * share[-1])]
    scale = (high - low) / 2 if high > low else max(abs(float(middle)), 1.0)
    at = np.full(len(factors), middle)
    for width in WIDTHS * scale:
        for _ in range(STEPS):
            passed = 0.5 * (1 + np.tanh((at @ factors - x) / (2 * width)))
            residual = factors @ (weights * (passed - below))
            slope = absolute * passed * (1 - passed) / width
            hessian = (factors * slope) @ factors.T
            hessian[np.diag_indices_from(hessian)] += RIDGE * max(float(np.trace(hessian)), 1e-300)
            step = np.linalg.solve(hessian, residual)
            # Where hardly any event is near, the slope says little: no further than a few widths at once.
            step *= min(1.0, 3 * width / max(float(np.abs(step).max()), 1e-300))
            at = at - step
            if np.abs(step).max() < 1e-3 * width:
                break
    return at


def shifted_to(distances: NDArray[np.float64], weights: NDArray[np.float64], above: float) -> float:
    """Shift of a curve with which the sum of the weights of what lies above it is nearest to a number.

    Parameters
    ----------
    distances : ndarray of shape (events,)
        How far events lie above the curve.
    weights : ndarray of shape (events,)
        Of either sign.
    above : float
        Wanted sum.
    """
    order = np.argsort(-distances, kind="stable")
    ordered, sums = distances[order], np.concatenate([[0.0], np.cumsum(weights[order])])
    # Between two different neighbours, or beyond all.
    between = np.concatenate([[True], ordered[1:] < ordered[:-1], [True]])
    place = np.flatnonzero(between)
    best = int(place[np.argmin(np.abs(sums[place] - above))])
    if best == 0:
        return float(ordered[0]) + 1.0
    if best == len(ordered):
        return float(ordered[-1]) - 1.0
    return float((ordered[best - 1] + ordered[best]) / 2)
