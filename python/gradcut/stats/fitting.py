"""Maximum-likelihood fits of one model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from gradcut.stats.compiled_fit import FLAGS, STATUS
from gradcut.stats.fit_result import FitResult
from gradcut.stats.optima import Optima
from gradcut.stats.points import box_of, data_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from gradcut.stats.compiled_fit import FitBox
    from gradcut.stats.model import Model

__all__ = ["fit", "result_of"]


def fit(
    model: Model,
    data: ArrayLike | Mapping[str, ArrayLike] | None = None,
    *,
    fixed: Mapping[str, ArrayLike] | None = None,
    start: Mapping[str, ArrayLike] | ArrayLike | None = None,
) -> FitResult:
    """Fit a model by maximum likelihood.

    Parameters
    ----------
    model : Model
        The model.
    data : array_like or mapping of str to array_like, optional
        The bins of all channels, by channel, or what :meth:`gradcut.stats.Model.data` gives. Default: the
        observations of the model.
    fixed : mapping of str to float, optional
        Parameters that are held, and where.
    start : mapping of str to float, or array_like, optional
        Where others start. Fits go on from saddles and look for other minima by themselves.

    Returns
    -------
    FitResult
        Look at its ``status``: a fit that did not end in a minimum says so there, and raises nothing.

    Raises
    ------
    DataError
        If there are no data, or they do not fit the model.
    DeclarationError
        If a name is not known.
    """
    box = box_of(model, fixed, start)
    return result_of(model, Optima.of_data(model.likelihood, model.inputs, data_of(model, data), box), box)


def result_of(model: Model, optima: Optima, box: FitBox) -> FitResult:
    """A fit of one model for users."""
    fits = optima.fits
    covariances, exists = optima.covariances()
    theta, active, held = fits.theta[0], fits.active[0], box.arrays[3].astype(np.bool_)
    stopped = active & ~held
    bound = stopped & ((theta <= box.lower) | (theta >= box.upper))
    status = STATUS[int(fits.status[0])]

    is_minimum = status in ("converged", "flat")
    unknown = ~active if is_minimum else ~held

    def named(which: np.ndarray) -> tuple[str, ...]:
        return tuple(name for name, one in zip(model.parameters, which, strict=True) if one)

    return FitResult(
        model.parameters,
        theta,
        covariances[0] if exists[0] and is_minimum else np.where(unknown[:, None] & unknown, np.nan, 0.0),
        float(fits.value[0]),
        "flat" if status == "converged" and not exists[0] else status,
        tuple(name for bit, name in enumerate(FLAGS) if fits.flags[0] >> bit & 1),
        named(held),
        named(bound),
        named(stopped & ~bound),
    )
