"""Networks as plain data: what is declared, evaluated from columns, and refused."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from contracts.toy_networks import by_loop, make_inputs, make_network
from gradcut import Jagged
from gradcut.errors import DataError, DeclarationError
from gradcut.expressions import parse
from gradcut.networks import ACTIVATIONS, Dense


def test_columns_go_through_expressions_and_sentinels() -> None:
    names = ("met / 2", "count(pt > 20)", "(mll > 90) + nj")
    network = make_network((3, 8, 2), names=names, flagged=(2,), sentinels=(-999,))
    rng = np.random.default_rng(5)
    columns = {"met": rng.uniform(0, 300, 6), "mll": rng.uniform(50, 130, 6), "nj": np.arange(6)}
    columns["met"][1], columns["mll"][2], columns["mll"][3] = -999, np.nan, -999
    pt = Jagged(np.array([10.0, 30, 40, -999, 50, 25]), np.array([0, 2, 2, 3, 4, 6, 6]))
    inputs = [
        np.where(columns["met"] == -999, np.nan, columns["met"] / 2),
        np.array([1.0, 0, 1, 0, 2, 0]),
        (columns["mll"] > 90) + columns["nj"].astype(float),
    ]
    inputs[2][2:4] = np.nan
    got = network.evaluate({**columns, "pt": pt}, precision="float64")
    np.testing.assert_allclose(got, by_loop(network, inputs), rtol=1e-13, atol=1e-13)
    assert list(np.isnan(got).any(1)) == [False, True, False, False, False, False]


def test_arrays_of_any_numbers_are_inputs() -> None:
    network = make_network((2, 5, 1))
    whole = np.arange(7)
    got = network.evaluate([whole.astype(np.int16), whole[::-1].astype(np.float32)])
    np.testing.assert_array_equal(got, network.evaluate([whole.astype(float), whole[::-1].astype(float)]))
    assert network.evaluate([np.zeros(0), np.zeros(0)]).shape == (0, 1)


def test_a_network_does_not_change_with_what_it_was_made_of() -> None:
    weight = np.ones((1, 1))
    layer = Dense(weight, np.zeros(1))
    weight[0, 0] = 7
    assert layer.weight[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        layer.weight[0, 0] = 2
    with pytest.raises(TypeError):
        make_network().expressions["y"] = parse("y")  # type: ignore[index]


def test_slopes_are_those_of_torch_unless_given() -> None:
    one = np.ones((1, 1)), np.zeros(1)
    assert Dense(*one, "leaky_relu").slope == 0.01
    assert Dense(*one, "elu").slope == 1.0
    assert Dense(*one, "elu", 0.3).slope == 0.3
    assert Dense(*one, "relu").slope is None


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (([[1.0]], [0.0], "swish"), "an unknown activation"),
        (([[1.0]], [0.0], ["relu"]), "an unknown activation"),
        (([[1.0]], [0.0], "relu", 0.1), "'relu' has no slope"),
        (([[1.0]], [0.0], "elu", np.nan), "a slope is a finite number"),
        (([[1.0]], [0.0], "elu", True), "a slope is a finite number"),
        (([1.0], [0.0]), "weights of a layer are an array of numbers"),
        (([["a"]], [0.0]), "weights of a layer are an array of numbers"),
        (([[1.0], [1.0, 2.0]], [0.0]), "weights of a layer are an array of numbers"),
        (([[np.inf]], [0.0]), "weights of a layer are finite"),
        (([[1.0]], [np.nan]), "biases of a layer are finite"),
        (([[1.0]], [0.0, 1.0]), "weights and biases of a layer do not fit"),
        ((np.zeros((0, 2)), []), "biases of a layer|do not fit"),
        ((np.zeros((1, 5000)), [0.0]), "from 1 to 4096"),
    ],
)
def test_odd_layers_are_refused(layer: tuple[object, ...], message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        Dense(*layer)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"expressions": {}}, "expressions by name"),
        ({"expressions": {"x0": "x0", "x1": "x1", "x2": "x2"}}, "expressions by name"),
        ({"expressions": {"a": parse("x > ?"), "b": parse("b"), "c": parse("c")}}, r"has no '\?'"),
        ({"centre": [0.0]}, "'centre' has one number per input"),
        ({"scale": [1.0, 2.0, 0.0]}, "scales are positive"),
        ({"scale": [1.0, 2.0, np.inf]}, "'scale' of a network are finite"),
        ({"clip": 0}, "'clip' is a positive number"),
        ({"clip": np.nan}, "'clip' is a positive number"),
        ({"clip": None}, "'clip' is a positive number"),
        ({"flagged": (3,)}, "flagged inputs are different numbers"),
        ({"flagged": (1, 1)}, "flagged inputs are different numbers"),
        ({"flagged": (True,)}, "flagged inputs are different numbers"),
        ({"flagged": (1,)}, "layer 0 has another number of inputs"),
        ({"layers": ()}, "a network has layers"),
        (
            {"layers": (Dense(np.ones((2, 3)), np.zeros(2)), Dense(np.ones((1, 3)), np.zeros(1)))},
            "layer 1 has",
        ),
        (
            {"layers": (Dense(np.ones((2, 3)), np.zeros(2), "softmax"), Dense(np.ones((1, 2)), np.zeros(1)))},
            "a softmax stands in the last layer only",
        ),
        ({"sentinels": (np.inf,)}, "a sentinel is a finite number"),
    ],
)
def test_odd_networks_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        replace(make_network(), **change)


def test_what_cannot_be_evaluated_is_refused() -> None:
    network = make_network((2, 3, 1))
    with pytest.raises(DataError, match="one array per input"):
        network.evaluate([np.zeros(3)])
    with pytest.raises(DataError, match="input 'x1' is not an array of numbers"):
        network.evaluate([np.zeros(3), np.zeros(4)])
    with pytest.raises(DataError, match="input 'x1' is not an array of numbers"):
        network.evaluate([np.zeros(3), np.array(["a", "b", "c"])])
    with pytest.raises(DeclarationError, match="unknown column 'x1'"):
        network.evaluate({"x0": np.zeros(3)})
    with pytest.raises(DeclarationError, match="an unknown precision"):
        network.evaluate(make_inputs(network), precision="float16")  # type: ignore[arg-type]


def test_the_kernels_know_every_activation() -> None:
    assert list(ACTIVATIONS.values()) == list(range(len(ACTIVATIONS)))
    for name in ACTIVATIONS:
        network = make_network((2, 3), last=name)
        inputs = make_inputs(network, 9)
        np.testing.assert_allclose(network.evaluate(inputs), by_loop(network, inputs), atol=1e-6)


def test_networks_load_neither_torch_nor_root_nor_onnx() -> None:
    code = "import sys, gradcut.networks; print({'torch', 'ROOT', 'cppyy', 'onnx'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
