"""A network on arrays, by the compiled kernel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.errors import DataError, DeclarationError
from gradcut.expressions.features import feature_values
from gradcut.networks.layers import ACTIVATIONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.networks.network import Network

__all__ = ["evaluate", "inputs_of", "kernel_arguments"]

_PRECISIONS = ("float32", "float64")


def evaluate(
    network: Network, columns: Mapping[str, NDArray[Any]] | Sequence[NDArray[Any]], precision: str
) -> NDArray[np.float64]:
    """See :meth:`gradcut.networks.Network.evaluate`."""
    from gradcut import _kernels

    if precision not in _PRECISIONS:
        raise DeclarationError("an unknown precision", given=repr(precision)[:80], allowed=str(_PRECISIONS))
    inputs = inputs_of(network, columns)
    single = precision == "float32"
    return np.ascontiguousarray(
        _kernels.network_outputs(inputs, **kernel_arguments(network), single=single).T
    )


def inputs_of(
    network: Network, columns: Mapping[str, NDArray[Any]] | Sequence[NDArray[Any]]
) -> list[NDArray[np.float64]]:
    """Return the inputs as doubles, NaN where missing, one array per input."""
    if isinstance(columns, Mapping):
        values = [feature_values(one, columns, network.sentinels) for one in network.expressions.values()]
    else:
        values = [np.asarray(column) for column in columns]
    if len(values) != network.n_inputs:
        raise DataError(
            "one array per input is expected", given=f"{len(values)} for {network.n_inputs} inputs"
        )
    for name, array in zip(network.expressions, values, strict=True):
        if array.ndim != 1 or array.dtype.kind not in "biuf" or len(array) != len(values[0]):
            raise DataError(
                f"input '{name}' is not an array of numbers, one per event",
                given=f"{array.dtype}, shape {array.shape}",
                allowed=f"shape ({len(values[0])},)",
            )
    return [np.ascontiguousarray(array, dtype=np.float64) for array in values]


def kernel_arguments(network: Network) -> dict[str, Any]:
    """Return the network as the kernel's binding takes it."""
    return {
        "centre": network.centre,
        "scale": network.scale,
        "clip": network.clip,
        "flagged": np.array(network.flagged, np.uint32),
        "weights": [layer.weight for layer in network.layers],
        "biases": [layer.bias for layer in network.layers],
        "activations": [ACTIVATIONS[layer.activation] for layer in network.layers],
        "slopes": [0.0 if layer.slope is None else layer.slope for layer in network.layers],
    }
