"""Numbers made of the curvature of likelihoods, with their derivatives in the numbers of the model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gradcut.stats.plan import CONSTRAINTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.stats.optima import Optima

__all__ = [
    "Curvature",
    "Slopes",
    "constraint_widths",
    "over_constraint",
    "sigma",
    "values",
    "volume",
    "with_slopes",
]


class Slopes(NamedTuple):
    """A number per model and its derivatives; where it does not exist, infinity and zeros."""

    #: Shape (models,).
    value: NDArray[np.float64]
    #: Shape (models, n_inputs).
    d_inputs: NDArray[np.float64]
    #: Shape (models, n_data).
    d_data: NDArray[np.float64]


class Curvature(NamedTuple):
    """A number per model and its derivatives in the Hessian, and in what else it uses itself."""

    value: NDArray[np.float64]
    d_hessian: NDArray[np.float64]
    d_inputs: NDArray[np.float64] | None = None
    d_data: NDArray[np.float64] | None = None
    #: In the parameters at the minimum.
    d_theta: NDArray[np.float64] | None = None


#: From optima and their covariances to a number.
Number = Callable[["Optima", "NDArray[np.float64]"], Curvature]


def with_slopes(optima: Optima, number: Number) -> Slopes:
    """Calculate a number with its derivatives, the way of the minimum itself included.

    Parameters
    ----------
    optima : Optima
        Where.
    number : callable
        From optima and covariances to :class:`Curvature`.
    """
    covariance, exists = optima.covariances()
    value = np.full(len(optima), np.inf)
    d_inputs, d_data = np.zeros_like(optima.inputs), np.zeros_like(optima.data)
    if exists.any():
        some = optima if exists.all() else optima.only(exists)
        made = number(some, covariance[exists])
        of_inputs, of_data = some.pull_back(*made[1:])
        good = np.isfinite(made.value) & np.isfinite(of_inputs).all(1) & np.isfinite(of_data).all(1)
        at = np.flatnonzero(exists)[good]
        value[at], d_inputs[at], d_data[at] = made.value[good], of_inputs[good], of_data[good]
    return Slopes(value, d_inputs, d_data)


def values(optima: Optima, number: Number) -> NDArray[np.float64]:
    """Calculate a number without the derivatives of minima; infinite where it does not exist."""
    covariance, exists = optima.covariances()
    value = np.full(len(optima), np.inf)
    if exists.any():
        some = optima if exists.all() else optima.only(exists)
        made = number(some, covariance[exists]).value
        value[exists] = np.where(np.isfinite(made), made, np.inf)
    return value


def sigma(index: int) -> Number:
    """Standard deviation of one parameter, of the inverse Hessian."""

    def number(optima: Optima, covariance: NDArray[np.float64]) -> Curvature:
        column = covariance[:, :, index]
        value = np.sqrt(column[:, index])
        # dC = -C dH C
        with np.errstate(divide="ignore", invalid="ignore"):  # one that does not move has none
            slope = -column[:, :, None] * column[:, None, :] / (2 * value[:, None, None])
        return Curvature(np.where(value > 0, value, np.inf), slope)

    return number


def constraint_widths(optima: Optima) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Widths of the constraints of parameters, and as which powers of inputs they grow.

    Shapes (models, parameters), 1 where there is no constraint, and (parameters, n_inputs): that of a
    Gaussian is an input itself, that of a Poisson one is ``1 / sqrt(tau)``.
    """
    plan = optima.likelihood.plan
    widths = np.ones((len(optima), len(plan.parameters)))
    power = np.zeros((len(plan.parameters), plan.n_inputs))
    for kind, parameter, at in plan.constraints:
        number = optima.inputs[:, at]
        gaussian = kind == CONSTRAINTS["gaussian"]
        widths[:, parameter] = number if gaussian else 1 / np.sqrt(number)
        power[parameter, at] = 1.0 if gaussian else -0.5
    return widths, power


def volume(optima: Optima, covariance: NDArray[np.float64]) -> Curvature:
    """Determinant of the covariance of all parameters that move.

    Constrained ones are in units of the widths of their constraints, others as they are.
    """
    widths, power = constraint_widths(optima)
    value = np.empty(len(optima))
    d_inputs = np.empty_like(optima.inputs)
    for i, active in enumerate(optima.fits.active):
        free = np.flatnonzero(~active)
        value[i] = np.linalg.slogdet(covariance[i][np.ix_(free, free)])[1] - 2 * np.log(widths[i, free]).sum()
        d_inputs[i] = -2 * power[free].sum(0) / np.where(power.any(0), optima.inputs[i], 1.0)
    size = np.exp(value)
    return Curvature(size, -size[:, None, None] * covariance, size[:, None] * d_inputs)


def over_constraint(indices: Sequence[int]) -> Number:
    """Sum of ``(1 - sigma)^2`` over parameters, sigma in units of the width of the constraint."""

    def number(optima: Optima, covariance: NDArray[np.float64]) -> Curvature:
        widths, power = constraint_widths(optima)
        value = np.zeros(len(optima))
        d_hessian, d_inputs = np.zeros_like(covariance), np.zeros_like(optima.inputs)
        for index in indices:
            column = covariance[:, :, index]
            moves = column[:, index] > 0
            ratio = np.sqrt(column[:, index]) / widths[:, index]
            value += np.where(moves, (1 - ratio) ** 2, 0.0)  # one that does not move has no width
            outward = np.where(moves, 2 * (1 - ratio) * ratio, 0.0)
            half = outward / np.where(moves, 2 * column[:, index], 1.0)
            d_hessian += half[:, None, None] * column[:, :, None] * column[:, None, :]
            d_inputs += outward[:, None] * power[index] / np.where(power[index] != 0, optima.inputs, 1.0)
        return Curvature(value, d_hessian, d_inputs)

    return number
