"""The terms of CABIN's loss, for torch and numpy alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

__all__ = ["cross_entropy", "cut_size", "efficiency", "log_one_to_one"]


def log_one_to_one(x: torch.Tensor, biases: torch.Tensor, steepness: float) -> torch.Tensor:
    """Logarithm of the score of the one-to-one network: ``prod_k sigma(n (x_k + b_k))``, eqs. 4 and 8.

    Parameters
    ----------
    x : Tensor of shape (events, features)
        Standardised features, times the fixed weights of +1 and -1.
    biases : Tensor of shape (features,)
        The biases.
    steepness : float
        ``n``.

    Returns
    -------
    Tensor of shape (events,)
        At most 0. As a product many small factors would underflow and lose their gradient.
    """
    from torch.nn.functional import logsigmoid

    return logsigmoid(steepness * (x + biases)).sum(dim=1)


def efficiency(signal: Any, background: Any, target: float, alpha: float, beta: float) -> Any:
    """Efficiency loss, eq. 5: ``alpha (target - eps_s)^2 + beta eps_b``."""
    return alpha * (target - signal) ** 2 + beta * background


def cut_size(biases: Any, gamma: float) -> Any:
    """Cut size, eq. 6: ``gamma / m sum_k b_k^2``."""
    return gamma / len(biases) * (biases**2).sum()


def cross_entropy(log_score: torch.Tensor, is_signal: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Binary cross entropy of the logarithms of scores.

    Minus the weighted sum of ``log(score)`` of signal and ``log(1 - score)`` of others. An event of score
    zero, whatever the cuts, does not count.
    """
    import torch

    possible = log_score > -torch.inf
    # A score of one in single precision is none: the background would weigh infinitely.
    inside = torch.where(possible, log_score, -1.0).clamp(max=-1e-7)
    logs = is_signal * inside + (1 - is_signal) * torch.log1p(-inside.exp())
    return -(torch.where(possible, weights, 0.0) * logs).sum()
