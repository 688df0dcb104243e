"""A trained network as an ONNX file, by the package onnx (the extra ``onnx``).

The model has one input, ``inputs`` of shape (n, n_inputs), and one output, ``outputs`` of shape
(n, n_outputs), both float32 with any n. Inputs stand in the order of the network, NaN where missing; their
names are in the metadata. Scaling, flags and missing values are in the model; sentinels are not: who reads
them puts NaN in their place. It uses operators of opset 13.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.extras import need

if TYPE_CHECKING:
    from gradcut.networks.layers import Dense
    from gradcut.networks.network import Network

__all__ = ["model", "write_onnx"]

_OPSET = 13
#: The version of the file format that came with the opset: newer libraries read it, older ones too.
_IR_VERSION = 7
#: Activations that are one operator.
_OPERATORS = {
    "relu": "Relu",
    "leaky_relu": "LeakyRelu",
    "elu": "Elu",
    "tanh": "Tanh",
    "sigmoid": "Sigmoid",
    "softplus": "Softplus",
}


def write_onnx(network: Network, path: str | os.PathLike[str]) -> None:
    """Write a network as an ONNX file.

    Parameters
    ----------
    network : Network
        The network; inputs are scaled in single precision, so that one whose centre is many times its scale
        loses the digits that a float has not.
    path : path
        The file.

    Raises
    ------
    GradcutError
        If the package onnx is not installed.
    """
    Path(path).write_bytes(model(network).SerializeToString())


def model(network: Network) -> Any:
    """Return a network as an ``onnx.ModelProto``."""
    need("onnx", "an ONNX file")
    import onnx
    from onnx import helper

    graph = _Graph()
    missing = graph.add("IsNaN", "inputs")
    x = _flags(graph, network, missing, _scaled(graph, network, missing))
    for layer in network.layers:
        x = _layer(graph, layer, x)
    _known_only(graph, network, missing, x)
    real = onnx.TensorProto.FLOAT
    made = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "gradcut",
            [helper.make_tensor_value_info("inputs", real, ["n", network.n_inputs])],
            [helper.make_tensor_value_info("outputs", real, ["n", network.n_outputs])],
            graph.constants,
        ),
        producer_name="gradcut",
        opset_imports=[helper.make_opsetid("", _OPSET)],
        ir_version=_IR_VERSION,
    )
    helper.set_model_props(made, {"inputs": json.dumps(list(network.expressions))})
    onnx.checker.check_model(made, full_check=True)
    return made


class _Graph:
    """Nodes in order, with names that are made up."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def add(self, operator: str, *inputs: str, output: str | None = None, **attributes: Any) -> str:
        """Add a node; returns the name of its output."""
        from onnx import helper

        name = output or f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def constant(self, values: object, kind: Any = np.float32) -> str:
        """Add numbers; returns their name."""
        from onnx import numpy_helper

        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(values, dtype=kind), name))
        return name


def _scaled(graph: _Graph, network: Network, missing: str) -> str:
    centre = graph.constant(network.centre[None])
    filled = graph.add("Where", missing, centre, "inputs")
    x = graph.add("Div", graph.add("Sub", filled, centre), graph.constant(network.scale[None]))
    if math.isinf(network.clip):
        return x
    return graph.add("Clip", x, graph.constant(-network.clip), graph.constant(network.clip))


def _flags(graph: _Graph, network: Network, missing: str, x: str) -> str:
    if not network.flagged:
        return x
    return graph.add("Concat", x, _chosen(graph, missing, network.flagged), axis=1)


def _chosen(graph: _Graph, missing: str, inputs: Sequence[int]) -> str:
    """1 where one of these inputs is missing, else 0."""
    numbers = graph.add("Cast", missing, to=1)
    return graph.add("Gather", numbers, graph.constant(list(inputs), np.int64), axis=1)


def _layer(graph: _Graph, layer: Dense, x: str) -> str:
    x = graph.add("Gemm", x, graph.constant(layer.weight), graph.constant(layer.bias), transB=1)
    name = layer.activation
    if name in _OPERATORS:
        if layer.slope is None:
            return graph.add(_OPERATORS[name], x)
        return graph.add(_OPERATORS[name], x, alpha=layer.slope)
    if name == "softmax":
        return graph.add("Softmax", x, axis=1)
    if name == "silu":
        return graph.add("Mul", x, graph.add("Sigmoid", x))
    if name == "gelu":
        # The operator Gelu is of a later opset.
        error = graph.add("Erf", graph.add("Mul", x, graph.constant(math.sqrt(0.5))))
        twice = graph.add("Add", error, graph.constant(1.0))
        return graph.add("Mul", graph.add("Mul", x, graph.constant(0.5)), twice)
    if name == "gelu_tanh":
        square = graph.add("Mul", graph.add("Mul", x, x), graph.constant(0.044715))
        factor = graph.add("Mul", graph.add("Add", square, graph.constant(1.0)), x)
        gate = graph.add("Sigmoid", graph.add("Mul", factor, graph.constant(2 * math.sqrt(2 / math.pi))))
        return graph.add("Mul", x, gate)
    return x


def _known_only(graph: _Graph, network: Network, missing: str, x: str) -> None:
    """NaN for events that lack an input without a flag."""
    needed = [i for i in range(network.n_inputs) if i not in network.flagged]
    if not needed:
        graph.add("Identity", x, output="outputs")
        return
    some = graph.add("ReduceMax", _chosen(graph, missing, needed), axes=[1], keepdims=1)
    lost = graph.add("Cast", some, to=9)
    graph.add("Where", lost, graph.constant([[math.nan]]), x, output="outputs")
