"""Where likelihoods are least, and derivatives of what is made of their curvature there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gradcut.stats.compiled_fit import FitBox, Fits, fit, fit_vjp
from gradcut.stats.compiled_information import expected_information_vjp

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from gradcut.stats.compiled import CompiledLikelihood

__all__ = ["Optima"]


@dataclass(frozen=True, eq=False)
class Optima:
    """Minima of ``-log L`` of several models; arrays with one row per model.

    Parameters
    ----------
    likelihood : CompiledLikelihood
        The model.
    inputs, data : ndarray
        Its numbers and what was observed.
    fits : Fits
        Parameters, Hessian, and which parameters do not move.
    asimov : bool
        Whether the data are what is expected at these parameters, and follow the inputs.
    """

    likelihood: CompiledLikelihood
    inputs: NDArray[np.float64]
    data: NDArray[np.float64]
    fits: Fits
    asimov: bool

    @classmethod
    def of_asimov(
        cls, likelihood: CompiledLikelihood, inputs: ArrayLike, theta: ArrayLike, fixed: ArrayLike
    ) -> Optima:
        """Minima with data as expected at parameters: there, the Hessian is the Fisher information.

        Parameters
        ----------
        likelihood, inputs
            See :class:`Optima`.
        theta : array_like, shape (parameters,)
            The parameters.
        fixed : array_like of bool, shape (parameters,)
            Which of them are known.
        """
        rows = likelihood.input_rows(inputs)
        at = np.broadcast_to(likelihood.parameter_rows(theta), (len(rows), len(likelihood.plan.parameters)))
        at = np.ascontiguousarray(at)
        data = likelihood.expected_data(at, rows)
        found = likelihood.evaluate(at, rows, data)
        active = np.ascontiguousarray(np.broadcast_to(np.asarray(fixed, dtype=np.bool_), at.shape))
        zeros = np.zeros(len(rows), dtype=np.int32)
        fits = Fits(at, found.value, found.hessian, active, zeros, zeros, zeros)
        return cls(likelihood, rows, data, fits, True)

    @classmethod
    def of_data(
        cls, likelihood: CompiledLikelihood, inputs: ArrayLike, data: ArrayLike, box: FitBox
    ) -> Optima:
        """Minima found by fits; whether they ended is in ``fits``."""
        fits = fit(likelihood, inputs, data, box)
        n = len(fits.theta)
        rows = [likelihood.input_rows(inputs), likelihood.data_rows(data)]
        inputs_, data_ = (np.ascontiguousarray(np.broadcast_to(row, (n, row.shape[1]))) for row in rows)
        return cls(likelihood, inputs_, data_, fits, False)

    def __len__(self) -> int:
        return len(self.fits.theta)

    def only(self, which: NDArray[np.bool_]) -> Optima:
        """Some of the models."""
        parts = (getattr(self.fits, name)[which] for name in self.fits.__dataclass_fields__)
        return Optima(self.likelihood, self.inputs[which], self.data[which], Fits(*parts), self.asimov)

    def covariances(self) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Inverse Hessians of the parameters that move, 0 elsewhere; and which of them exist."""
        made = np.zeros_like(self.fits.hessian)
        exists = np.array(self.fits.status == 0)
        if (self.fits.active == self.fits.active[:1]).all():
            patterns, of = self.fits.active[:1], np.zeros(len(self), dtype=np.intp)
        else:
            patterns, of = np.unique(self.fits.active, axis=0, return_inverse=True)
        for number, active in enumerate(patterns):
            rows, free = np.flatnonzero(of.reshape(-1) == number), np.flatnonzero(~active)
            part = self.fits.hessian[np.ix_(rows, free, free)]
            # In units of each parameter's own curvature, so that they may be of any size.
            diagonal = np.diagonal(part, axis1=1, axis2=2)
            exists[rows] &= np.isfinite(part).all((1, 2)) & (diagonal > 0).all(1)
            scale = np.sqrt(np.where(exists[rows, None], diagonal, 1.0))
            scaled = np.where(exists[rows, None, None], part, np.eye(len(free)))
            scaled = scaled / (scale[:, :, None] * scale[:, None, :])
            # A direction that rounding cannot tell from one without curvature has no variance.
            exists[rows] &= np.linalg.eigvalsh(scaled).min(1, initial=np.inf) > 1e-13
            scaled[~exists[rows]] = np.eye(len(free))
            made[np.ix_(rows, free, free)] = np.linalg.inv(scaled) / (scale[:, :, None] * scale[:, None, :])
        return made, exists

    def pull_back(
        self,
        d_hessian: NDArray[np.float64],
        d_inputs: NDArray[np.float64] | None = None,
        d_data: NDArray[np.float64] | None = None,
        d_theta: NDArray[np.float64] | None = None,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Derivatives of a number in inputs and data, with the way of the minimum.

        Parameters
        ----------
        d_hessian : ndarray, shape (models, parameters, parameters)
            Its derivatives in the Hessian at the minimum.
        d_inputs, d_data, d_theta : ndarray, optional
            Those in inputs, data, and the parameters at the minimum, where it uses them itself.
        """
        theta = self.fits.theta
        if self.asimov:
            # The minimum stays where the data were made, whatever the inputs are.
            of_inputs = expected_information_vjp(self.likelihood, theta, self.inputs, d_hessian)[1]
            if d_data is not None:
                of_inputs = of_inputs + self.likelihood.expected_data_vjp(theta, self.inputs, d_data)[1]
            of_data = np.zeros_like(self.data)
        else:
            at = np.zeros_like(theta) if d_theta is None else d_theta
            of_inputs, of_data = fit_vjp(self.likelihood, self.inputs, self.data, self.fits, at, d_hessian)
            of_data = of_data if d_data is None else of_data + d_data
        return of_inputs if d_inputs is None else of_inputs + d_inputs, of_data
