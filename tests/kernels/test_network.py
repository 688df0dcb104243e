"""The compiled kernels of networks, in both precisions and every instruction set of this processor."""

from __future__ import annotations

from collections.abc import Iterator

import mpmath
import numpy as np
import pytest

from contracts.toy_networks import FORMULAS, SLOPE, by_loop, make_inputs, make_network
from gradcut import _kernels
from gradcut.expressions import parse
from gradcut.networks import Dense, Network
from gradcut.networks.evaluating import kernel_arguments

#: Error of an output that is about one: sums over tens of numbers and rounded weights.
CLOSE = {"float64": 1e-13, "float32": 3e-6}
#: Error of an activation, relative to its value.
RELATIVE = {"float64": 1e-13, "float32": 4e-7}
#: Below, numbers are not told apart in single precision.
SMALLEST = {"float64": 1e-300, "float32": 1e-33}
EXACT = {
    "silu": lambda x: x / (1 + mpmath.exp(-x)),
    "elu": lambda x: x if x > 0 else mpmath.mpf(SLOPE["elu"]) * mpmath.expm1(x),
    "gelu": lambda x: x * mpmath.ncdf(x),
    "gelu_tanh": lambda x: (
        x / (1 + mpmath.exp(-2 * mpmath.sqrt(2 / mpmath.pi) * (x + mpmath.mpf("0.044715") * x**3)))
    ),
    "tanh": mpmath.tanh,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
}
#: Those of GELUs, and below -2: exponentials of squares and cubes lose as many digits as these are large.
STEEP = {"float64": (1e-13, 1e-12), "float32": (7e-7, 2e-5)}


@pytest.fixture(params=["baseline", "avx2", "avx512"], autouse=True)
def instruction_set(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param not in _kernels.instruction_sets():
        pytest.skip(f"this processor has no {request.param}")
    before = _kernels.instruction_set()
    _kernels.use_instruction_set(request.param)
    assert _kernels.instruction_set() == request.param
    yield request.param
    _kernels.use_instruction_set(before)


def activation_of(name: str, x: np.ndarray, precision: str) -> np.ndarray:
    layer = Dense(np.ones((1, 1)), np.zeros(1), name, SLOPE.get(name))
    return Network({"x": parse("x")}, [0.0], [1.0], layers=(layer,)).evaluate([x], precision=precision)[:, 0]


@pytest.mark.parametrize("precision", CLOSE)
@pytest.mark.parametrize("name", EXACT)
def test_activations_and_their_tails_are_those_of_mpmath(name: str, precision: str) -> None:
    rng = np.random.default_rng(3)
    tiny = 10.0 ** rng.uniform(-12, -1, 20) * rng.choice([-1, 1], 20)
    x = np.concatenate([np.linspace(-90, 90, 181), rng.normal(size=60) * 2, rng.uniform(-13, -6, 40), tiny])
    x = x.astype(np.float32).astype(np.float64)  # what both precisions take as it is
    got = activation_of(name, x, precision)
    with mpmath.workdps(40):
        expected = np.array([float(EXACT[name](mpmath.mpf(float(one)))) for one in x])
    told = np.abs(expected) > SMALLEST[precision]
    assert told.sum() > 150
    error = np.abs(got - expected)[told] / np.abs(expected[told])
    steep = x[told] < -2
    bulk, tail = STEEP[precision] if name.startswith("gelu") else (RELATIVE[precision],) * 2
    assert error[~steep].max() < bulk
    assert error.max() < tail
    assert np.all(np.abs(got[~told]) < 2 * SMALLEST[precision])


@pytest.mark.parametrize("precision", CLOSE)
@pytest.mark.parametrize("name", sorted({*FORMULAS, "softmax"}))
def test_infinite_and_huge_arguments_have_their_limits(name: str, precision: str) -> None:
    x = np.array([1e30, -1e30])
    slope = SLOPE.get(name, 0.0)
    limits = {"tanh": (1, -1), "sigmoid": (1, 0), "softmax": (1, 1), "linear": (1e30, -1e30)}
    limits |= {"leaky_relu": (1e30, -slope * 1e30), "elu": (1e30, -slope)}
    got = activation_of(name, x, precision)
    np.testing.assert_allclose(got, limits.get(name, (1e30, 0)), rtol=1e-6, atol=SMALLEST[precision])


@pytest.mark.parametrize("precision", CLOSE)
@pytest.mark.parametrize("name", [*FORMULAS, "softmax"])
def test_networks_are_what_an_obvious_loop_gives(name: str, precision: str) -> None:
    between = "relu" if name == "softmax" else name
    for seed, (widths, flagged, clip) in enumerate(
        [
            ((1, 1), (), np.inf),
            ((3, 20, 17, 4), (2, 0), 1.5),
            ((5, 33, 16, 48, 2), (), 3.0),
            ((2, 7, 1), (1,), 9.0),
        ]
    ):
        network = make_network(widths, between, name, seed=seed, flagged=flagged, clip=clip)
        inputs = make_inputs(network, 61, missing=0.1)
        expected = by_loop(network, inputs)
        got = network.evaluate(inputs, precision=precision)
        assert np.isnan(expected).any() == (len(flagged) < widths[0])
        np.testing.assert_allclose(got, expected, rtol=CLOSE[precision], atol=CLOSE[precision])


@pytest.mark.parametrize("precision", CLOSE)
@pytest.mark.parametrize("last", ["linear", "softmax"])
def test_outputs_do_not_depend_on_the_events_beside(precision: str, last: str) -> None:
    network = make_network((4, 40, 37, 5), "silu", last, flagged=(1,))
    inputs = make_inputs(network, 150, missing=0.05)
    whole = network.evaluate(inputs, precision=precision)
    for n in (0, 1, 2, 11, 12, 13, 47, 48, 49, 97):
        part = network.evaluate([x[7 : 7 + n] for x in inputs], precision=precision)
        assert part.shape == (n, 5)
        np.testing.assert_array_equal(part, whole[7 : 7 + n])


def test_inputs_are_scaled_in_double() -> None:
    far = 1e9 + np.linspace(0, 1, 11)
    layer = Dense(np.ones((1, 1)), np.zeros(1))
    network = Network({"x": parse("x")}, [1e9], [0.1], layers=(layer,))
    np.testing.assert_allclose(network.evaluate([far])[:, 0], (far - 1e9) / 0.1, rtol=1e-7)


GIVEN = {"inputs": [np.zeros(3), np.zeros(3)], **kernel_arguments(make_network((2, 3, 2))), "single": True}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"inputs": []}, "a centre and a scale each"),
        ({"inputs": [np.zeros(3), np.zeros(4)]}, "inputs differ in length"),
        ({"scale": np.array([1.0, 0.0])}, "a scale is not positive"),
        ({"centre": np.array([1.0, np.nan])}, "a centre or a scale is not finite"),
        ({"clip": 0.0}, "the clip is not positive"),
        ({"clip": np.nan}, "the clip is not positive"),
        ({"flagged": np.array([2], np.uint32)}, "a flag is of no input"),
        ({"flagged": np.array([1, 1], np.uint32)}, "flagged twice"),
        ({"flagged": np.array([0, 1, 1], np.uint32)}, "more flags than inputs"),
        ({"flagged": np.array([1], np.uint32)}, "another number of inputs"),
        ({"activations": [1]}, "an activation and a slope each"),
        ({"activations": [1, 11]}, "not one of 0 to 10"),
        ({"activations": [10, 1]}, "a softmax stands in the last layer only"),
        ({"slopes": [0.0, np.inf]}, "a number of a layer is not finite"),
        ({"biases": [np.zeros(3), np.zeros(3)]}, "one bias per output"),
        ({"weights": [np.full((3, 2), np.inf), np.zeros((2, 3))]}, "a number of a layer is not finite"),
        ({"weights": [np.zeros((3, 2)), np.zeros((2, 4))]}, "another number of inputs"),
        ({"weights": [np.zeros((3, 2)), np.zeros((2, 0))]}, "1 to 4096"),
        ({"weights": [], "biases": [], "activations": [], "slopes": []}, "1 to 64 layers"),
    ],
)
def test_wrong_arguments_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _kernels.network_outputs(**{**GIVEN, **change})
