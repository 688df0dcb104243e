"""Fisher information, covariances, and numbers made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from gradcut.errors import DataError, DeclarationError
from gradcut.stats.compiled_fit import require_ended
from gradcut.stats.curvature import over_constraint, sigma, values, volume
from gradcut.stats.kinks import check_kinks
from gradcut.stats.optima import Optima
from gradcut.stats.points import box_of, data_of, held_at, indices_of, poi_of, theta_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from gradcut.stats.curvature import Number
    from gradcut.stats.model import Model

__all__ = [
    "constrained_indices",
    "covariance",
    "fisher_information",
    "generalised_variance",
    "nuisance_constraint",
    "optimum_of",
    "sigma_mu",
    "value_of",
]


def optimum_of(
    model: Model,
    parameters: Mapping[str, ArrayLike] | ArrayLike | None = None,
    data: ArrayLike | None = None,
    fixed: Mapping[str, ArrayLike] | None = None,
) -> Optima:
    """The minimum that curvatures are taken at: of a fit to data, else of Asimov data at parameters.

    Raises
    ------
    DataError
        If a fit does not end in a minimum, or there is no curvature: a parameter stands at a kink.
    """
    if data is not None:
        box = box_of(model, fixed)
        made = Optima.of_data(model.likelihood, model.inputs, data_of(model, data), box)
        require_ended(made.fits.status)
        held = box.arrays[3].astype(np.bool_)
    else:
        theta, held = held_at(model, theta_of(model, parameters), fixed)
        made = Optima.of_asimov(model.likelihood, model.inputs, theta, held)
    check_kinks(model, made.fits.theta[0], held)
    return made


def fisher_information(
    model: Model, parameters: Mapping[str, ArrayLike] | ArrayLike | None = None
) -> NDArray[np.float64]:
    """The Fisher information: the expected Hessian of ``-log L`` in all parameters, fixed ones included.

    Parameters
    ----------
    model : Model
        The model.
    parameters : mapping of str to float, or array_like, optional
        Where: values by name, others are initial (a signal
        of strength one, nuisances at zero, gammas at one).

    Returns
    -------
    ndarray, shape (parameters, parameters)
        The information itself; its inverse is :func:`covariance`.

    Raises
    ------
    DataError
        If it does not exist: templates interpolated with ``code0`` or ``code1`` have a kink at zero, where up
        and down are not on one line.
    """
    made: NDArray[np.float64] = optimum_of(model, parameters).fits.hessian[0]
    return made


def covariance(
    model: Model,
    parameters: Mapping[str, ArrayLike] | ArrayLike | None = None,
    *,
    data: ArrayLike | None = None,
    fixed: Mapping[str, ArrayLike] | None = None,
) -> NDArray[np.float64]:
    """Inverse of the Fisher information, or of the Hessian at the fit to data.

    Parameters
    ----------
    model : Model
        The model.
    parameters : mapping of str to float, or array_like, optional
        Where, without data.
    data : array_like, optional
        Data to fit: the bins of all channels, or what :meth:`gradcut.stats.Model.data` gives.
    fixed : mapping of str to float, optional
        Parameters that are known, and their values.

    Returns
    -------
    ndarray, shape (parameters, parameters)
        0 for parameters that are fixed, or held by a bound.

    Raises
    ------
    DataError
        If a fit does not end in a minimum, or some direction of the parameters is not determined.
    """
    covariances, exists = optimum_of(model, parameters, data, fixed).covariances()
    if not exists[0]:
        raise DataError(
            "the covariance does not exist",
            given="some direction of the parameters does not change the likelihood",
            hint="a signal without events, or two free factors of one process? fixed={...} holds parameters",
        )
    made: NDArray[np.float64] = covariances[0]
    return made


def sigma_mu(
    model: Model,
    *,
    data: ArrayLike | None = None,
    poi: str | None = None,
    parameters: Mapping[str, ArrayLike] | ArrayLike | None = None,
    fixed: Mapping[str, ArrayLike] | None = None,
) -> float:
    """Uncertainty of the signal strength, with all nuisance parameters profiled.

    Parameters
    ----------
    model : Model
        The model.
    data : array_like, optional
        Data to fit; the uncertainty is then that of the Hessian at the fit. Default: Asimov data, as expected
        at ``parameters``, for which it is that of the Fisher information.
    poi : str, optional
        Another parameter instead of the parameter of interest.
    parameters, fixed
        See :func:`covariance`.

    Raises
    ------
    DataError
        As :func:`covariance`; or if a bound holds the parameter.
    """
    return value_of(optimum_of(model, parameters, data, fixed), sigma(poi_of(model, poi)))


def generalised_variance(
    model: Model, *, data: ArrayLike | None = None, fixed: Mapping[str, ArrayLike] | None = None
) -> float:
    """Determinant of the covariance of all parameters that are not fixed.

    Constrained parameters are in units of the width of their constraint, so that a nuisance of which the
    data tell nothing counts as one; free ones, such as the signal strength, are as they are.

    Parameters
    ----------
    model, data, fixed
        See :func:`sigma_mu`.

    References
    ----------
    Thesis 7.5: the inverse determinant of the Fisher information.
    """
    return value_of(optimum_of(model, None, data, fixed), volume)


def nuisance_constraint(model: Model, names: Sequence[str], *, data: ArrayLike | None = None) -> float:
    """Sum of ``(1 - sigma)^2`` over nuisance parameters, in units of the width of their constraints.

    Zero where the data tell nothing of them; one each where they determine them.

    Parameters
    ----------
    model, data
        See :func:`sigma_mu`.
    names : sequence of str
        Nuisance parameters, or modifiers with all of theirs.

    Raises
    ------
    DeclarationError
        If one is not constrained, or fixed.
    """
    number = over_constraint(constrained_indices(model, names))
    return value_of(optimum_of(model, None, data), number)


def constrained_indices(model: Model, names: Sequence[str]) -> list[int]:
    """Positions of nuisance parameters.

    Raises
    ------
    DeclarationError
        If one is not constrained, or fixed.
    """
    if isinstance(names, str):
        raise DeclarationError("names are given in a list", given=repr(names), allowed=f"[{names!r}]")
    found = [int(i) for name in names for i in indices_of(model, name)]
    constrained = {int(row[1]) for row in model.plan.constraints}
    for i in found:
        if i not in constrained or model.fixed[i]:
            raise DeclarationError(
                "a nuisance parameter has a constraint and is not fixed", given=model.parameters[i]
            )
    if not found or len(set(found)) < len(found):
        raise DeclarationError("different nuisance parameters are named", given=repr(list(names)))
    return found


def value_of(optimum: Optima, number: Number) -> float:
    """A number at one minimum.

    Raises
    ------
    DataError
        If it does not exist.
    """
    value = float(values(optimum, number)[0])
    if not np.isfinite(value):
        raise DataError(
            "the uncertainty does not exist",
            given="a direction that does not change the likelihood, or a bound that holds the parameter",
            hint="gc.stats.fit(model, data) says which; other bounds, or fixed={...}",
        )
    return value
