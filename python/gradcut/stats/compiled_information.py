"""Fisher information, and derivatives of what is made of Hessians."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.stats.compiled import CompiledLikelihood, same_models

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["expected_information", "expected_information_vjp", "hessian_vjp"]


def expected_information(
    likelihood: CompiledLikelihood, theta: ArrayLike, inputs: ArrayLike
) -> NDArray[np.float64]:
    """Fisher information: the Hessian of ``-log L`` where data are as expected, shape (models, n, n).

    Raises
    ------
    DataError
        If numbers are outside of the domain; at negative rates there is no information.
    """
    data = likelihood.expected_data(theta, inputs)
    return likelihood.evaluate(theta, inputs, data).hessian


def expected_information_vjp(
    likelihood: CompiledLikelihood, theta: ArrayLike, inputs: ArrayLike, cotangents: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Derivatives of ``sum(cotangents * expected_information)`` in the parameters and the inputs."""
    data = likelihood.expected_data(theta, inputs)
    d_theta, d_inputs, d_data = hessian_vjp(likelihood, theta, inputs, data, cotangents)
    more_theta, more_inputs = likelihood.expected_data_vjp(theta, inputs, d_data)
    return d_theta + more_theta, d_inputs + more_inputs


def hessian_vjp(
    likelihood: CompiledLikelihood,
    theta: ArrayLike,
    inputs: ArrayLike,
    data: ArrayLike,
    cotangents: ArrayLike,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Derivatives of ``sum(cotangents * Hessian of -log L)`` in parameters, inputs and data.

    ``cotangents`` has shape (n, n) or (models, n, n); its symmetric part counts.
    """
    matrices = np.ascontiguousarray(cotangents, dtype=np.float64)
    if matrices.ndim == 2:
        matrices = matrices[np.newaxis]
    rows = likelihood.parameter_rows(theta), likelihood.input_rows(inputs), likelihood.data_rows(data)
    n = max(len(part) for part in (*rows, matrices))
    if len(matrices) == 1 and n > 1:
        matrices = np.ascontiguousarray(np.broadcast_to(matrices, (n, *matrices.shape[1:])))
    return same_models(likelihood.kernel.hessian_vjp, *rows, matrices)
