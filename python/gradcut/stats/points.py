"""Parameters by name as vectors, and the data that are expected there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.errors import DataError, DeclarationError, close_matches
from gradcut.stats.compiled_fit import FitBox, fit, require_ended

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from gradcut.stats.model import Model

__all__ = ["asimov_data", "box_of", "data_of", "expected_at", "held_at", "indices_of", "poi_of", "theta_of"]


def indices_of(model: Model, name: str) -> NDArray[np.intp]:
    """Positions of the parameters called so, or of the modifier.

    Raises
    ------
    DeclarationError
        If there is none.
    """
    if name in model.parameters:
        return np.array([model.parameters.index(name)])
    first = 0
    for made in model.parameter_sets:
        if made.name == name:
            return np.arange(first, first + len(made.initial))
        first += len(made.initial)
    known = dict.fromkeys((*model.parameters, *(made.name for made in model.parameter_sets)))
    raise DeclarationError(f"no parameter is called '{name}'", hint=close_matches(name, known))


def poi_of(model: Model, name: str | None = None) -> int:
    """Position of the parameter of interest, or of another single parameter.

    Raises
    ------
    DeclarationError
        If there is none.
    """
    if name is None:
        if model.poi_index is None:
            raise DeclarationError("the model has no parameter of interest", hint="model.with_poi('mu')")
        return model.poi_index
    found = indices_of(model, name)
    if len(found) != 1:
        raise DeclarationError(
            "one parameter is asked for", given=f"'{name}' with {len(found)}", allowed=f"'{name}[0]', ..."
        )
    return int(found[0])


def theta_of(
    model: Model, parameters: Mapping[str, ArrayLike] | ArrayLike | None = None
) -> NDArray[np.float64]:
    """All parameters as a vector: initial ones, but for those given.

    Parameters
    ----------
    model : Model
        Whose.
    parameters : mapping of str to float, or array_like, optional
        Values by name, of a modifier with several parameters one for all or one each; or the whole vector.

    Raises
    ------
    DeclarationError
        If a name is not known, or there is another number of values.
    DataError
        If a value is not finite.
    """
    theta: NDArray[np.float64] = model.initial.copy()
    if isinstance(parameters, Mapping):
        for name, value in parameters.items():
            at, given = indices_of(model, name), np.asarray(value, dtype=np.float64)
            if given.shape not in ((), (len(at),)):
                raise DeclarationError(
                    f"'{name}' has another number of values",
                    given=f"shape {given.shape}",
                    allowed=f"one, or {len(at)}",
                )
            theta[at] = given
    elif parameters is not None:
        given = np.asarray(parameters, dtype=np.float64)
        if given.shape != theta.shape:
            raise DeclarationError(
                "there is one value per parameter", given=f"shape {given.shape}", allowed=f"{theta.shape}"
            )
        theta = given.copy()
    if not np.isfinite(theta).all():
        name = model.parameters[int(np.flatnonzero(~np.isfinite(theta))[0])]
        raise DataError("a parameter is not finite", given=name)
    return theta


def expected_at(model: Model, theta: NDArray[np.float64]) -> NDArray[np.float64]:
    """Expected events and auxiliary measurements; see :meth:`gradcut.stats.Model.expected_data`."""
    made: NDArray[np.float64] = model.likelihood.expected_data(theta, model.inputs)[0]
    return made


def held_at(
    model: Model, theta: NDArray[np.float64], fixed: Mapping[str, ArrayLike] | None
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Parameters with those that are held where they are held, and which ones these are."""
    theta, held = theta.copy(), model.fixed.copy()
    for name in fixed or {}:
        at = indices_of(model, name)
        held[at] = True
        theta[at] = theta_of(model, fixed)[at]
    return theta, held


def box_of(model: Model, fixed: Mapping[str, ArrayLike] | None = None, start: Any = None) -> FitBox:
    """Where fits of a model may go.

    Parameters
    ----------
    model : Model
        The model.
    fixed : mapping of str to float, optional
        Parameters that are held, and where.
    start : mapping or array_like, optional
        Where others start.
    """
    theta, held = held_at(model, theta_of(model, start), fixed)
    inside = np.minimum(np.maximum(theta, model.bounds[:, 0]), model.bounds[:, 1])
    return FitBox(np.where(held, theta, inside), model.bounds, held)


def data_of(model: Model, data: ArrayLike | Mapping[str, ArrayLike] | None) -> NDArray[np.float64]:
    """One row of data: as :meth:`gradcut.stats.Model.data` gives, or only the bins of all channels.

    Raises
    ------
    DataError
        If there are none, or they do not fit the model.
    """
    if data is None or isinstance(data, Mapping):
        return model.data(data)
    given = np.asarray(data, dtype=np.float64)
    if given.shape == (model.plan.n_data,):
        if not np.isfinite(given).all() or (given[: model.n_bins] < 0).any():
            raise DataError("data are finite numbers, and events not negative")
        return given
    return model.data(given)


def asimov_data(
    model: Model, mu: float, data: ArrayLike | None, parameters: Mapping[str, ArrayLike]
) -> NDArray[np.float64]:
    """See :meth:`gradcut.stats.Model.asimov`."""
    held = {model.parameters[poi_of(model)]: mu, **parameters}
    if data is None:
        return expected_at(model, theta_of(model, held))
    fits = fit(model.likelihood, model.inputs, data_of(model, data), box_of(model, held))
    require_ended(fits.status)
    return expected_at(model, fits.theta[0])
