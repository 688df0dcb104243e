"""Training the networks of CABIN, by plain gradient descent."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn.functional import logsigmoid

from gradcut.cabin.losses import cross_entropy, cut_size, efficiency, log_one_to_one
from gradcut.scanning.coupling import smoothness

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.cabin.events import StandardEvents
    from gradcut.cabin.settings import Settings

__all__ = ["linear_weights", "one_to_one_biases"]


def one_to_one_biases(
    events: StandardEvents,
    targets: NDArray[np.float64],
    settings: Settings,
    report: Callable[[int, float], None] | None = None,
) -> tuple[NDArray[np.float64], bool]:
    """Train one one-to-one network per working point, all of them together.

    Parameters
    ----------
    events : StandardEvents
        To learn from, in one batch.
    targets : ndarray of shape (working points,)
        Signal efficiencies, rising.
    settings : Settings
        Weights of the terms and of the descent.
    report : callable, optional
        Called after every epoch with its number and the mean background efficiency of the soft cuts.

    Returns
    -------
    ndarray of shape (working points, features), bool
        Biases, and whether Ctrl-C stopped it. They begin at zero: cuts in the middle of their features.
    """
    x = torch.from_numpy(events.filled()).float()
    labels = torch.from_numpy(events.is_signal).float()
    signal, background = (torch.from_numpy(events.normalised(role)).float() for role in (True, False))
    both = (signal + background) / 2
    biases = torch.zeros((len(targets), x.shape[1]), requires_grad=True)
    at = torch.from_numpy(targets).float()
    descent = torch.optim.SGD([biases], lr=settings.learning_rate)

    def step() -> float:
        descent.zero_grad()
        mean = 0.0
        for row, target in enumerate(targets.tolist()):
            log_score = log_one_to_one(x, biases[row], settings.steepness)
            score = log_score.exp()
            eps_s, eps_b = (signal * score).sum(), (background * score).sum()
            loss = efficiency(eps_s, eps_b, target, settings.alpha, settings.beta)
            loss = loss + cut_size(biases[row], settings.gamma)
            if settings.delta:
                loss = loss + settings.delta * cross_entropy(log_score, labels, both)
            # One working point at a time bounds the memory; gradients add up.
            loss.backward()
            mean += float(eps_b.detach()) / len(targets)
        if settings.epsilon and len(targets) > 2:
            (settings.epsilon * smoothness(biases, at, settings.rho)).backward()
        descent.step()
        return mean

    interrupted = False
    try:
        for epoch in range(settings.epochs):
            mean = step()
            if report is not None:
                report(epoch + 1, mean)
    except KeyboardInterrupt:
        interrupted = True
    return np.asarray(biases.detach().double().numpy()), interrupted


def linear_weights(events: StandardEvents, settings: Settings) -> NDArray[np.float64]:
    """Train the linear network of eq. 9 by binary cross entropy, from weights of zero.

    Returns
    -------
    ndarray of shape (features,)
        Weights of the standardised features, without the signs of the cuts. A missing value counts as the
        mean.
    """
    x = torch.from_numpy(np.where(np.isfinite(events.x), events.x * events.sign, 0.0)).float()
    labels = torch.from_numpy(events.is_signal).float()
    both = torch.from_numpy((events.normalised(True) + events.normalised(False)) / 2).float()
    weights = torch.zeros(x.shape[1], requires_grad=True)
    descent = torch.optim.SGD([weights], lr=settings.learning_rate)
    for _ in range(settings.epochs):
        descent.zero_grad()
        cross_entropy(logsigmoid(x @ weights), labels, both).backward()  # type: ignore[no-untyped-call]
        descent.step()
    return np.asarray(weights.detach().double().numpy())
