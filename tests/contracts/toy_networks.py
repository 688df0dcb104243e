"""Random networks, and what they give by an obvious loop in double."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gradcut.expressions import parse
from gradcut.networks import Dense, Network

SLOPE = {"leaky_relu": 0.2, "elu": 1.3}
#: One number in, one out; the arguments are doubles of Python.
FORMULAS = {
    "linear": lambda x, _: x,
    "relu": lambda x, _: max(x, 0.0),
    "leaky_relu": lambda x, slope: x if x > 0 else slope * x,
    "elu": lambda x, slope: x if x > 0 else slope * math.expm1(x),
    "silu": lambda x, _: x / (1 + math.exp(-x)),
    "gelu": lambda x, _: 0.5 * x * (1 + math.erf(x / math.sqrt(2))),
    "gelu_tanh": lambda x, _: 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    "tanh": lambda x, _: math.tanh(x),
    "sigmoid": lambda x, _: 1 / (1 + math.exp(-x)),
    "softplus": lambda x, _: max(x, 0.0) + math.log1p(math.exp(-abs(x))),
}


def make_network(
    widths: Sequence[int] = (3, 20, 17, 4),
    activation: str = "tanh",
    last: str = "linear",
    *,
    seed: int = 1,
    flagged: tuple[int, ...] = (),
    clip: float = math.inf,
    names: Sequence[str] | None = None,
    sentinels: tuple[float, ...] = (),
) -> Network:
    rng = np.random.default_rng(seed)
    n_inputs = widths[0]
    ins = [n_inputs + len(flagged), *widths[1:-1]]
    layers = []
    for number, (n_in, n_out) in enumerate(zip(ins, widths[1:], strict=True)):
        kind = last if number + 2 == len(widths) else activation
        weight = rng.normal(size=(n_out, n_in)) / math.sqrt(n_in)
        layers.append(Dense(weight, rng.normal(size=n_out), kind, SLOPE.get(kind)))
    texts = list(names or (f"x{i}" for i in range(n_inputs)))
    return Network(
        {text: parse(text) for text in texts},
        rng.normal(size=n_inputs),
        rng.uniform(0.5, 2, n_inputs),
        clip,
        flagged,
        tuple(layers),
        sentinels,
    )


def make_inputs(
    network: Network, n_events: int = 100, seed: int = 2, missing: float = 0.0
) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(network.n_inputs, n_events)) * 2
    values[rng.random(values.shape) < missing] = np.nan
    return list(values)


def by_loop(network: Network, inputs: Sequence[np.ndarray]) -> np.ndarray:
    """Outputs of one event after another, one number after another."""
    return np.array([_event(network, [float(x[i]) for x in inputs]) for i in range(len(inputs[0]))])


def _event(network: Network, values: list[float]) -> list[float]:
    numbers, lost = [], False
    for i, value in enumerate(values):
        if math.isnan(value):
            lost = lost or i not in network.flagged
            numbers.append(0.0)
        else:
            scaled = (value - network.centre[i]) / network.scale[i]
            numbers.append(min(max(scaled, -network.clip), network.clip))
    numbers += [1.0 if math.isnan(values[i]) else 0.0 for i in network.flagged]
    for layer in network.layers:
        sums = [
            math.fsum([b, *(w * x for w, x in zip(row, numbers, strict=True))])
            for row, b in zip(layer.weight.tolist(), layer.bias.tolist(), strict=True)
        ]
        if layer.activation == "softmax":
            powers = [math.exp(x - max(sums)) for x in sums]
            numbers = [power / math.fsum(powers) for power in powers]
        else:
            numbers = [FORMULAS[layer.activation](x, layer.slope) for x in sums]
    return [math.nan] * len(numbers) if lost else numbers
