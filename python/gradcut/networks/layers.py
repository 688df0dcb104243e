"""One dense layer of a trained network."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.checks import is_number
from gradcut.errors import DeclarationError, close_matches

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["ACTIVATIONS", "MAX_WIDTH", "SLOPES", "Dense", "frozen"]

#: Activations and their codes in the kernels (``GradCutActivation``). ``gelu`` is ``x Phi(x)``, ``gelu_tanh``
#: its approximation by a tanh; ``softmax`` is over all outputs.
ACTIVATIONS: Mapping[str, int] = {
    "linear": 0,
    "relu": 1,
    "leaky_relu": 2,
    "elu": 3,
    "silu": 4,
    "gelu": 5,
    "gelu_tanh": 6,
    "tanh": 7,
    "sigmoid": 8,
    "softplus": 9,
    "softmax": 10,
}
#: Activations with a slope for negative arguments, and torch's default of it.
SLOPES: Mapping[str, float] = {"leaky_relu": 0.01, "elu": 1.0}
#: Largest number of inputs or outputs of a layer; the kernels' ``GRADCUT_MAX_NETWORK_WIDTH``.
MAX_WIDTH = 4096


@dataclass(frozen=True, eq=False)
class Dense:
    """``y = activation(weight x + bias)``.

    Parameters
    ----------
    weight : array_like of shape (n_out, n_in)
        The weights; kept as float64.
    bias : array_like of shape (n_out,)
        The biases.
    activation : str, default "linear"
        One of "linear", "relu", "leaky_relu", "elu", "silu", "gelu", "gelu_tanh", "tanh", "sigmoid",
        "softplus" and, in the last layer of a network, "softmax".
    slope : float, optional
        Of "leaky_relu" and "elu" for negative arguments (for the latter near zero: the factor of
        ``exp(x) - 1``); default 0.01 and 1, as in torch. Others have none.

    Raises
    ------
    DeclarationError
        If shapes do not fit, a number is not finite, or the activation is unknown.
    """

    weight: NDArray[np.float64]
    bias: NDArray[np.float64]
    activation: str = "linear"
    slope: float | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.activation, str) or self.activation not in ACTIVATIONS:
            raise DeclarationError(
                "an unknown activation",
                given=repr(self.activation)[:80],
                allowed=", ".join(ACTIVATIONS),
                hint=close_matches(str(self.activation), ACTIVATIONS),
            )
        weight = frozen(self.weight, "weights of a layer", 2)
        bias = frozen(self.bias, "biases of a layer", 1)
        if weight.shape[0] != len(bias) or not all(1 <= size <= MAX_WIDTH for size in weight.shape):
            raise DeclarationError(
                "weights and biases of a layer do not fit",
                given=f"weights of shape {weight.shape}, biases of shape {bias.shape}",
                allowed=f"(n_out, n_in) and (n_out,), each from 1 to {MAX_WIDTH}",
            )
        object.__setattr__(self, "weight", weight)
        object.__setattr__(self, "bias", bias)
        object.__setattr__(self, "slope", self._checked_slope())

    def _checked_slope(self) -> float | None:
        given = SLOPES.get(self.activation) if self.slope is None else self.slope
        if self.activation not in SLOPES:
            if given is not None:
                raise DeclarationError(
                    f"'{self.activation}' has no slope", given=repr(given)[:80], allowed=", ".join(SLOPES)
                )
            return None
        if given is None or not is_number(given) or not math.isfinite(given):
            raise DeclarationError("a slope is a finite number", given=repr(given)[:80])
        return float(given)

    @property
    def n_in(self) -> int:
        """Number of inputs."""
        return int(self.weight.shape[1])

    @property
    def n_out(self) -> int:
        """Number of outputs."""
        return int(self.weight.shape[0])


def frozen(given: ArrayLike, what: str, dimensions: int) -> NDArray[np.float64]:
    """Return a copy as doubles that cannot be written to.

    Raises
    ------
    DeclarationError
        If it is no array of finite numbers with so many dimensions.
    """
    try:
        raw: NDArray[Any] = np.asarray(given)
    except ValueError as error:
        raise DeclarationError(f"{what} are an array of numbers", given=repr(given)[:80]) from error
    if raw.dtype.kind not in "iuf" or raw.ndim != dimensions:
        raise DeclarationError(
            f"{what} are an array of numbers",
            given=f"{raw.dtype}, shape {raw.shape}",
            allowed=f"{dimensions} dimension{'s' if dimensions > 1 else ''}",
        )
    array = np.array(raw, dtype=np.float64, order="C")
    if not np.isfinite(array).all():
        raise DeclarationError(f"{what} are finite", given=f"{np.count_nonzero(~np.isfinite(array))} are not")
    array.setflags(write=False)
    return array
