"""Compiled maximum-likelihood fits and the derivatives of where they end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from gradcut.errors import DataError, DeclarationError
from gradcut.stats.compiled import CompiledLikelihood, rows, same_models

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import ArrayLike, NDArray

__all__ = ["FLAGS", "STATUS", "FitBox", "Fits", "fit", "fit_vjp", "require_ended"]

#: Statuses of fits, by code (``GradCutFitStatus`` in ``gradcut/kernels/ProfileFit.h``).
STATUS = ("converged", "flat", "not converged", "saddle", "unbounded", "impossible", "invalid")
#: What fits met, by bit (``GradCutFitFlag``).
FLAGS = ("at a bound", "at a kink", "negative rate", "other minimum", "left a saddle", "no limit")

_REASONS = {
    "not converged": "the steps were used up",
    "saddle": "it stands at a saddle",
    "unbounded": "parameters without bounds ran away",
    "impossible": "there are events where none are expected, whatever the parameters",
    "invalid": "numbers are not finite, observed events negative, or widths or factors not positive",
}


@dataclass(frozen=True, eq=False)
class FitBox:
    """Where fits may go.

    Parameters
    ----------
    start : array_like, shape (parameters,) or (models, parameters)
        Where fits start, and where fixed parameters stay.
    bounds : array_like, shape (parameters, 2)
        Lower and upper bounds; infinite ones are allowed.
    fixed : array_like of bool, shape (parameters,)
        Which parameters are not fitted.

    Raises
    ------
    DeclarationError
        If shapes do not fit, or a lower bound is above its upper one.
    """

    start: ArrayLike
    bounds: ArrayLike
    fixed: ArrayLike
    lower: NDArray[np.float64] = field(init=False, repr=False)
    upper: NDArray[np.float64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        fixed = np.ascontiguousarray(self.fixed).astype(np.uint8)
        bounds = np.asarray(self.bounds, dtype=np.float64)
        if fixed.ndim != 1 or bounds.shape != (len(fixed), 2) or np.shape(self.start)[-1:] != fixed.shape:
            raise DeclarationError(
                "start, bounds and fixed are of the same parameters",
                given=f"shapes {np.shape(self.start)}, {bounds.shape} and {fixed.shape}",
                allowed="(..., parameters), (parameters, 2) and (parameters,)",
            )
        lower, upper = np.ascontiguousarray(bounds.T)
        ordered = lower <= upper
        if not ordered.all():
            raise DeclarationError(
                "a lower bound is above its upper one",
                where="parameters " + ", ".join(map(str, np.flatnonzero(~ordered))),
            )
        object.__setattr__(self, "start", rows(self.start, len(fixed), "starts"))
        object.__setattr__(self, "lower", lower)
        object.__setattr__(self, "upper", upper)
        object.__setattr__(self, "fixed", fixed)

    @property
    def arrays(
        self,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.uint8]]:
        """Start, lower and upper bounds, fixed: as kernels take them."""
        return self.start, self.lower, self.upper, self.fixed  # type: ignore[return-value]


@dataclass(frozen=True, eq=False)
class Fits:
    """Where fits ended; arrays with one row per model.

    Parameters
    ----------
    theta : ndarray
        Fitted parameters.
    value : ndarray
        ``-log L`` there.
    hessian : ndarray
        Its Hessian in all parameters.
    active : ndarray of bool
        Parameters that do not move: fixed, or held by a bound or a kink.
    status : ndarray of int
        Position in :data:`STATUS`. ``flat`` is a minimum whose parameters are not all determined.
    flags : ndarray of int
        Bits of :data:`FLAGS`.
    iterations : ndarray of int
        How often gradient and Hessian were calculated, over all starts.
    """

    theta: NDArray[np.float64]
    value: NDArray[np.float64]
    hessian: NDArray[np.float64]
    active: NDArray[np.bool_]
    status: NDArray[np.int32]
    flags: NDArray[np.int32]
    iterations: NDArray[np.int32]

    @property
    def ended(self) -> NDArray[np.bool_]:
        """Whether a fit is at a minimum."""
        return self.status <= STATUS.index("flat")

    def covariance(self) -> NDArray[np.float64]:
        """Inverse Hessian of the free parameters, 0 for active ones.

        Raises
        ------
        DataError
            If a fit did not end in a minimum that determines all free parameters.
        """
        require_ended(self.status, allowed=("converged",))
        out = np.zeros_like(self.hessian)
        for covariance, hessian, active in zip(out, self.hessian, self.active, strict=True):
            free = np.flatnonzero(~active)
            part = np.ix_(free, free)
            covariance[part] = np.linalg.inv(hessian[part])
        return out


def fit(likelihood: CompiledLikelihood, inputs: ArrayLike, data: ArrayLike, box: FitBox) -> Fits:
    """Fit models by maximum likelihood; see :class:`Fits` for what to check.

    Parameters
    ----------
    likelihood : CompiledLikelihood
        The model.
    inputs, data : array_like
        Its numbers and what was observed, one row per model or one for all.
    box : FitBox
        Starts, bounds and fixed parameters.
    """
    start, lower, upper, fixed = box.arrays
    theta, value, hessian, active, status, flags, iterations = same_models(
        likelihood.kernel.fit,
        likelihood.input_rows(inputs),
        likelihood.data_rows(data),
        start,
        lower,
        upper,
        fixed,
    )
    return Fits(theta, value, hessian, active.astype(np.bool_), status, flags, iterations)


def fit_vjp(
    likelihood: CompiledLikelihood,
    inputs: ArrayLike,
    data: ArrayLike,
    fits: Fits,
    cotangents: ArrayLike,
    hessian_cotangents: NDArray[np.float64] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Derivatives of fitted parameters, by the implicit function theorem; active ones do not move.

    Parameters
    ----------
    likelihood, inputs, data
        As fitted.
    fits : Fits
        What :func:`fit` returned.
    cotangents : array_like, shape (models, parameters)
        Derivatives of a number in the fitted parameters.
    hessian_cotangents : ndarray, shape (models, parameters, parameters), optional
        Its derivatives in ``fits.hessian``.

    Returns
    -------
    (ndarray, ndarray)
        Derivatives of the number in the inputs and the data of every model.

    Raises
    ------
    DataError
        If a fit did not end in a minimum that determines all free parameters.
    """
    require_ended(fits.status, allowed=("converged",))
    matrices = hessian_cotangents
    if matrices is not None:
        matrices = np.ascontiguousarray(matrices, dtype=np.float64)
    return same_models(
        likelihood.kernel.fit_vjp,
        likelihood.input_rows(inputs),
        likelihood.data_rows(data),
        fits.theta,
        fits.active.astype(np.uint8),
        rows(cotangents, fits.theta.shape[1], "cotangents"),
        matrices,
    )


def require_ended(status: NDArray[np.int32], allowed: Iterable[str] = ("converged", "flat")) -> None:
    """Raise where fits did not end as they should.

    Raises
    ------
    DataError
        Naming the models and why.
    """
    good = {STATUS.index(name) for name in allowed}
    codes = status.tolist()
    if good.issuperset(codes):
        return
    bad = [model for model, code in enumerate(codes) if code not in good]
    name = STATUS[int(status[bad[0]])]
    raise DataError(
        f"a fit ended '{name}'",
        where="models " + ", ".join(map(str, bad[:10])) + (" ..." if len(bad) > 10 else ""),
        given=_REASONS.get(name, "some direction does not change the likelihood"),
    )
