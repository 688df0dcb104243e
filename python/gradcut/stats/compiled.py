"""The compiled likelihood of a plan: :mod:`gradcut._kernels` with what it is given checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, ParamSpec, TypeVar

import numpy as np

from gradcut import _kernels
from gradcut.errors import DataError, DeclarationError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from gradcut.stats.plan import LikelihoodPlan

__all__ = ["CompiledLikelihood", "Evaluation"]

P = ParamSpec("P")
R = TypeVar("R")


class Evaluation(NamedTuple):
    """``-log L`` of every model and its derivatives; arrays with one row per model."""

    value: NDArray[np.float64]
    d_parameters: NDArray[np.float64]
    hessian: NDArray[np.float64]
    d_inputs: NDArray[np.float64]
    d_data: NDArray[np.float64]


class CompiledLikelihood:
    """A HistFactory likelihood with its derivatives.

    Formulas, conventions and what happens at empty bins are in the header ``gradcut/kernels/Likelihood.h``.
    All arrays have one row per model, or a single one that serves all; a vector is one row.

    Parameters
    ----------
    plan : LikelihoodPlan
        The model without its numbers.

    Raises
    ------
    DeclarationError
        If the plan points at bins, parameters or inputs that there are not.
    """

    def __init__(self, plan: LikelihoodPlan) -> None:
        self.plan = plan
        try:
            self.kernel = _kernels.Likelihood(
                len(plan.parameters),
                plan.n_bins,
                plan.n_inputs,
                *(
                    np.ascontiguousarray(codes, np.int32)
                    for codes in (plan.samples, plan.modifiers, plan.constraints)
                ),
            )
        except ValueError as error:
            raise DeclarationError(
                "a plan of a likelihood contradicts itself", given=str(error), where="LikelihoodPlan"
            ) from error

    def __reduce__(self) -> tuple[type[CompiledLikelihood], tuple[LikelihoodPlan]]:
        return CompiledLikelihood, (self.plan,)

    def parameter_rows(self, theta: ArrayLike) -> NDArray[np.float64]:
        """Parameters as rows, shape (models, parameters)."""
        return rows(theta, len(self.plan.parameters), "parameters")

    def input_rows(self, inputs: ArrayLike) -> NDArray[np.float64]:
        """Inputs as rows, shape (models, n_inputs)."""
        return rows(inputs, self.plan.n_inputs, "inputs")

    def data_rows(self, data: ArrayLike) -> NDArray[np.float64]:
        """Data as rows, shape (models, n_data)."""
        return rows(data, self.plan.n_data, "data")

    def expected_data(self, theta: ArrayLike, inputs: ArrayLike) -> NDArray[np.float64]:
        """Expected events of all bins, then the expected auxiliary measurements."""
        return same_models(self.kernel.expected_data, self.parameter_rows(theta), self.input_rows(inputs))

    def expected_data_vjp(
        self, theta: ArrayLike, inputs: ArrayLike, cotangents: ArrayLike
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Gradients of cotangents times expected data in the parameters and the inputs."""
        return same_models(
            self.kernel.expected_data_vjp,
            self.parameter_rows(theta),
            self.input_rows(inputs),
            rows(cotangents, self.plan.n_data, "cotangents"),
        )

    def logpdf(self, theta: ArrayLike, inputs: ArrayLike, data: ArrayLike) -> NDArray[np.float64]:
        """Logarithm of the likelihood of every model, pyhf's ``Model.logpdf``.

        Raises
        ------
        DataError
            If numbers are not finite, observed events negative, widths or factors of a normsys not positive.
        """
        return -self._checked(same_models(self.kernel.value, *self._rows(theta, inputs, data)))

    def evaluate(self, theta: ArrayLike, inputs: ArrayLike, data: ArrayLike) -> Evaluation:
        """``-log L`` with its gradients in parameters, inputs and data, and its Hessian in the parameters.

        Raises
        ------
        DataError
            As :meth:`logpdf`.
        """
        result = Evaluation(*same_models(self.kernel.evaluate, *self._rows(theta, inputs, data)))
        self._checked(result.value)
        return result

    def hessian_vector(
        self, theta: ArrayLike, inputs: ArrayLike, data: ArrayLike, direction: ArrayLike
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Gradients of ``direction`` times the gradient of ``-log L`` in parameters, inputs and data."""
        along = rows(direction, len(self.plan.parameters), "directions")
        return same_models(self.kernel.hessian_vector, *self._rows(theta, inputs, data), along)

    def hessian_form(
        self, theta: ArrayLike, inputs: ArrayLike, data: ArrayLike, direction: ArrayLike
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Gradients of ``direction`` times Hessian times ``direction`` in parameters, inputs and data."""
        along = rows(direction, len(self.plan.parameters), "directions")
        return same_models(self.kernel.hessian_form, *self._rows(theta, inputs, data), along)

    def _rows(
        self, theta: ArrayLike, inputs: ArrayLike, data: ArrayLike
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        return self.parameter_rows(theta), self.input_rows(inputs), self.data_rows(data)

    def _checked(self, value: NDArray[np.float64]) -> NDArray[np.float64]:
        bad = np.flatnonzero(np.isnan(value))
        if len(bad):
            raise DataError(
                "the likelihood is not defined for these numbers",
                where="models " + ", ".join(map(str, bad[:10])) + (" ..." if len(bad) > 10 else ""),
                allowed="finite numbers, events from 0 on, positive widths, positive factors of a normsys",
            )
        return value


def rows(given: ArrayLike, width: int, what: str) -> NDArray[np.float64]:
    """Return numbers as rows of a width.

    Raises
    ------
    DeclarationError
        If they have another shape.
    """
    array = np.ascontiguousarray(given, dtype=np.float64)
    if array.ndim == 1:
        array = array[np.newaxis]
    if array.ndim != 2 or array.shape[1] != width:
        raise DeclarationError(
            f"{what} of a likelihood have one row per model",
            given=f"shape {np.shape(given)}",
            allowed=f"({width},) or (models, {width})",
        )
    return array


def same_models(function: Callable[P, R], *arrays: P.args, **named: P.kwargs) -> R:
    """Call a kernel; what it says of arrays of different lengths becomes an error for users."""
    try:
        return function(*arrays, **named)
    except ValueError as error:
        raise DeclarationError(
            str(error),
            given=", ".join(str(getattr(array, "shape", "")) for array in arrays),
            allowed="one row for all models, or one row per model, the same number in all arrays",
        ) from error
