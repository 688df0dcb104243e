"""Modules of torch as layers: the same numbers, or a refusal that names the layer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradcut.errors import DeclarationError
from gradcut.expressions import parse
from gradcut.networks import Dense, Network
from gradcut.networks.from_torch import layers_of

pytestmark = pytest.mark.torch
torch = pytest.importorskip("torch", reason="torch is not installed")
nn = torch.nn


def outputs(module: Any, n_in: int, precision: str = "float64") -> tuple[np.ndarray, np.ndarray]:
    """Of torch in double, and of the layers by the kernel."""
    layers = layers_of(module)
    network = Network(
        {f"x{i}": parse(f"x{i}") for i in range(n_in)}, np.zeros(n_in), np.ones(n_in), layers=layers
    )
    x = np.random.default_rng(1).normal(size=(300, n_in)) * 1.5
    with torch.no_grad():
        expected = module.double().eval()(torch.from_numpy(x)).numpy()
    return expected, network.evaluate(list(x.T), precision=precision)


def trained(module: Any, n_in: int) -> Any:
    """With statistics of batches that are not those it began with."""
    for seed in range(3):
        module.train()(torch.randn(64, n_in, generator=torch.Generator().manual_seed(seed)) * 2 + 1)
    return module


class Own(nn.Module):
    """What users write."""

    def __init__(self, *layers: Any) -> None:
        super().__init__()
        self.net = nn.Sequential(*layers)

    def forward(self, x: Any) -> Any:
        return self.net(x)


class Residual(Own):
    def forward(self, x: Any) -> Any:
        return x + self.net(x)


class Squeezed(Own):
    def forward(self, x: Any) -> Any:
        return self.net(x).squeeze(1)


class Broken(Own):
    def forward(self, x: Any) -> Any:
        return self.net(x[:, :1])


class Noisy(nn.Linear):
    def forward(self, x: Any) -> Any:
        return super().forward(x) + 1


MODULES = {
    "linear": lambda: nn.Linear(4, 3),
    "no bias": lambda: nn.Sequential(nn.Linear(4, 6, bias=False), nn.ReLU(), nn.Linear(6, 1, bias=False)),
    "nested": lambda: nn.Sequential(
        nn.Sequential(nn.Linear(4, 6), nn.Tanh()), nn.Sequential(nn.Linear(6, 2))
    ),
    "linear after linear": lambda: nn.Sequential(nn.Linear(4, 6), nn.Linear(6, 2), nn.Sigmoid()),
    "leaky": lambda: nn.Sequential(nn.Linear(4, 6), nn.LeakyReLU(0.3), nn.Linear(6, 2)),
    "elu": lambda: nn.Sequential(nn.Linear(4, 6), nn.ELU(0.7), nn.Linear(6, 2), nn.ELU()),
    "silu": lambda: nn.Sequential(nn.Linear(4, 6), nn.SiLU(), nn.Linear(6, 2)),
    "gelu": lambda: nn.Sequential(nn.Linear(4, 6), nn.GELU(), nn.Linear(6, 2), nn.GELU(approximate="tanh")),
    "softplus": lambda: nn.Sequential(nn.Linear(4, 6), nn.Softplus(2.5), nn.Linear(6, 2), nn.Softplus()),
    "softplus at the end": lambda: nn.Sequential(nn.Linear(4, 6), nn.Softplus(0.5)),
    "softmax": lambda: nn.Sequential(nn.Linear(4, 5), nn.Softmax(dim=1), nn.Dropout(), nn.Identity()),
    "two activations": lambda: nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.ReLU(), nn.Linear(6, 2)),
    "left out": lambda: nn.Sequential(
        nn.Flatten(1), nn.Linear(4, 6), nn.Dropout(0.5), nn.ReLU(), nn.Linear(6, 1)
    ),
    "norm before": lambda: nn.Sequential(nn.BatchNorm1d(4), nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 1)),
    "norm between": lambda: nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 1)),
    "norm after": lambda: nn.Sequential(nn.Linear(4, 6), nn.SiLU(), nn.BatchNorm1d(6), nn.Linear(6, 1)),
    "norm at the end": lambda: nn.Sequential(nn.Linear(4, 6), nn.SiLU(), nn.BatchNorm1d(6, affine=False)),
    "norm twice": lambda: nn.Sequential(nn.BatchNorm1d(4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 2)),
    "own": lambda: Own(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 2)),
    "own inside": lambda: nn.Sequential(
        nn.BatchNorm1d(4), Own(nn.Linear(4, 6), nn.ReLU()), nn.Linear(6, 1), nn.Sigmoid()
    ),
}


@pytest.mark.parametrize("name", MODULES)
def test_layers_give_what_torch_gives(name: str) -> None:
    torch.manual_seed(3)
    module = trained(MODULES[name](), 4)
    expected, got = outputs(module, 4)
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(outputs(module, 4, "float32")[1], expected, rtol=1e-6, atol=1e-6)


def test_modes_and_random_numbers_stay_as_they_were() -> None:
    module = nn.Sequential(nn.Linear(3, 3), nn.Dropout(), Own(nn.Linear(3, 1))).train()
    module[1].eval()
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    layers_of(module)
    assert torch.equal(torch.rand(1), expected)
    assert [one.training for one in module.modules()] == [True, True, False, True, True, True]


def hooked() -> Any:
    module = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    module[1].register_forward_hook(lambda *_: None)
    return module


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (
            lambda: nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.Hardtanh())),
            r"layer '1\.0' of class Hardtanh cannot",
        ),
        (lambda: nn.Conv1d(1, 1, 1), "the module of class Conv1d cannot be written as dense layers"),
        (
            lambda: Residual(nn.Linear(2, 2)),
            "the module of class Residual computes something else than .* 'net'",
        ),
        (
            lambda: nn.Sequential(Squeezed(nn.Linear(2, 1))),
            "layer '0' of class Squeezed computes something else",
        ),
        (lambda: Broken(nn.Linear(2, 1)), "the module of class Broken computes something else"),
        (lambda: Own(nn.Linear(2, 2), nn.PReLU()), r"layer 'net\.1' of class PReLU cannot"),
        (lambda: nn.Sequential(Noisy(2, 2)), "layer '0' of class Noisy cannot"),
        (hooked, "layer '1' of class ReLU has hooks"),
        (lambda: nn.Sequential(nn.Linear(2, 2), nn.Softmax(dim=0)), r"is not Softmax\(dim=-1\)"),
        (lambda: nn.Sequential(nn.Linear(2, 2), nn.Softmax(1), nn.ReLU()), "layer '2' .* after a Softmax"),
        (
            lambda: nn.Sequential(nn.Linear(2, 2), nn.Softmax(1), nn.Linear(2, 2)),
            "softmax stands in the last layer",
        ),
        (
            lambda: nn.Sequential(nn.Flatten(0), nn.Linear(2, 2)),
            r"layer '0' of class Flatten is not Flatten\(1\)",
        ),
        (
            lambda: nn.Sequential(nn.ReLU(), nn.Linear(2, 2)),
            "layer '0' of class ReLU stands before any Linear",
        ),
        (lambda: nn.Sequential(nn.Softplus(2), nn.Linear(2, 2)), "has a beta, before any Linear"),
        (lambda: nn.Sequential(nn.Linear(2, 2), nn.Softplus(1, 5)), "has a threshold below 15"),
        (
            lambda: nn.Sequential(nn.Linear(2, 3), nn.Linear(2, 2)),
            "layer '1' of class Linear has 2 inputs where",
        ),
        (lambda: nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(2)), "has 2 inputs where there are 3"),
        (
            lambda: nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2, track_running_stats=False)),
            "no running statistics",
        ),
        (lambda: nn.Sequential(nn.Dropout()), "a network has layers"),
        (lambda: "module", "layers are made of a torch.nn.Module"),
    ],
)
def test_what_cannot_be_written_is_refused_by_name(module: Any, message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        layers_of(module())


def test_a_refusal_says_what_is_possible_and_points_to_onnx() -> None:
    with pytest.raises(
        DeclarationError, match=r"(?s)allowed: .*BatchNorm1d.*what to do: .*torch\.onnx\.export"
    ):
        layers_of(nn.LSTM(2, 2))


def test_numbers_are_copies() -> None:
    module = nn.Linear(2, 1)
    (layer,) = layers_of(module)
    before = layer.weight.copy()
    with torch.no_grad():
        module.weight += 1
    np.testing.assert_array_equal(layer.weight, before)
    assert isinstance(layer, Dense)
