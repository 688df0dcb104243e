"""The terms of the loss against their formulas, written out."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gradcut.cabin import BCE, TABLE_1, Settings
from gradcut.cabin.losses import cross_entropy, cut_size, efficiency, log_one_to_one
from gradcut.errors import DeclarationError
from gradcut.scanning.coupling import smoothness

pytestmark = pytest.mark.torch


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def test_table_1_and_the_text() -> None:
    assert Settings(10.0, 0.1, 1e-5, 1e-3, 1.0, 0.1, 15.0, 0.5, 200) == TABLE_1
    assert (BCE.alpha, BCE.beta, BCE.gamma, BCE.delta, BCE.epsilon) == (0, 0, 0, 1, 0)
    assert (BCE.steepness, BCE.learning_rate) == (15, 0.5)


def test_score_is_the_product_of_logistic_functions() -> None:
    import torch

    rng = np.random.default_rng(1)
    x, biases = rng.normal(size=(20, 3)), np.array([0.2, -0.5, 0.0])
    want = [math.prod(sigmoid(15 * (value + b)) for value, b in zip(row, biases, strict=True)) for row in x]
    got = log_one_to_one(torch.from_numpy(x), torch.from_numpy(biases), 15.0)
    assert got.exp().numpy() == pytest.approx(want, rel=1e-12)


def test_score_of_missing_values_passes_or_fails_with_a_finite_gradient() -> None:
    import torch

    x = torch.tensor([[math.inf, 0.3], [-math.inf, 0.3]], dtype=torch.float64)
    biases = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    score = log_one_to_one(x, biases, 15.0).exp()
    score.sum().backward()
    assert score.detach().numpy() == pytest.approx([sigmoid(4.5), 0.0])
    assert biases.grad is not None
    assert biases.grad.numpy() == pytest.approx([0.0, 15 * sigmoid(4.5) * (1 - sigmoid(4.5))])


def test_forty_features_still_have_a_gradient() -> None:
    import torch

    biases = torch.zeros(40, requires_grad=True)
    log_one_to_one(torch.full((1, 40), -0.5), biases, 15.0).sum().backward()
    assert biases.grad is not None
    assert biases.grad.numpy() == pytest.approx(np.full(40, 15 * (1 - sigmoid(-7.5))), rel=1e-4)


def test_efficiency_loss_is_eq_5() -> None:
    assert efficiency(0.6, 0.2, 0.8, 10.0, 0.1) == pytest.approx(10 * 0.2**2 + 0.1 * 0.2)


def test_cut_size_is_eq_6() -> None:
    assert cut_size(np.array([1.0, -2.0, 0.5, 0.0]), 1e-5) == pytest.approx(1e-5 / 4 * (1 + 4 + 0.25))


def test_smoothness_of_torch_is_eq_7_with_its_gradient() -> None:
    import torch

    rng = np.random.default_rng(2)
    biases, targets = rng.normal(size=(5, 3)), np.array([0.2, 0.3, 0.4, 0.5, 0.6])
    want = 0.0
    for feature in range(3):
        for at in range(1, 4):
            below, here, above = biases[at - 1 : at + 2, feature]
            want += (here - (above + below) / 2) ** 2 / ((above - below) ** 2 + 0.25)
    tensor = torch.from_numpy(biases).requires_grad_()
    loss = smoothness(tensor, torch.from_numpy(targets), 0.25)
    assert float(loss.detach()) == pytest.approx(want, rel=1e-12)
    loss.backward()
    assert tensor.grad is not None
    step = np.zeros_like(biases)
    step[2, 1] = 1e-6
    change = (smoothness(biases + step, targets, 0.25) - smoothness(biases - step, targets, 0.25)) / 2e-6
    assert float(tensor.grad[2, 1]) == pytest.approx(change, rel=1e-6)


def test_cross_entropy_is_that_of_weighted_events() -> None:
    import torch

    score, labels = np.array([0.9, 0.2, 0.4]), np.array([1.0, 0.0, 1.0])
    weights = np.array([0.2, 0.5, -0.1])
    want = -(0.2 * math.log(0.9) + 0.5 * math.log(0.8) - 0.1 * math.log(0.4))
    got = cross_entropy(*(torch.from_numpy(array) for array in (np.log(score), labels, weights)))
    assert float(got) == pytest.approx(want, rel=1e-12)


def test_cross_entropy_of_certain_scores_is_finite_with_its_gradient() -> None:
    import torch

    log_score = torch.tensor([-1e4, -torch.inf, 0.0, 0.0], requires_grad=True)
    labels, weights = torch.tensor([1.0, 1.0, 0.0, 1.0]), torch.full((4,), 0.25)
    loss = cross_entropy(log_score, labels, weights)
    loss.backward()
    # An event far below its cuts still pulls; one that never passes does not count.
    assert log_score.grad is not None
    assert log_score.grad[:2].tolist() == [-0.25, 0.0]
    assert torch.isfinite(log_score.grad).all()
    assert float(loss.detach()) == pytest.approx(0.25 * 1e4 - 0.25 * math.log(1e-7), rel=1e-3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"alpha": -1}, "alpha is a number from 0 on"),
        ({"beta": "1"}, "beta is a number from 0 on"),
        ({"epsilon": float("inf")}, "epsilon is a number from 0 on"),
        ({"gamma": float("nan")}, "gamma is a number from 0 on"),
        ({"epochs": 0}, "epochs is an integer from 1 on"),
        ({"epochs": 1.5}, "epochs is an integer from 1 on"),
        ({"steepness": 0}, "steepness is a positive number"),
        ({"learning_rate": 0.0}, "learning_rate is a positive number"),
        ({"rho": 0}, "rho is a positive number"),
    ],
    ids=str,
)
def test_settings_are_checked(change: dict[str, object], message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        Settings(**change)  # type: ignore[arg-type]
