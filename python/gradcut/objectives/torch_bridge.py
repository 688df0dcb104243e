"""Objectives and torch: analytic gradients as torch functions, and gradients of torch functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from gradcut.yields import Moments, Yields

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.objectives.base import Objective

__all__ = ["gradient_by_torch", "soft_by_gradient"]


class _Value(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, objective: Objective, yields: Yields, *moments: torch.Tensor) -> torch.Tensor:
        plain = Moments(*(moment.detach().cpu().double().numpy() for moment in moments))
        value, cotangents = objective.gradient(Yields(yields.layout, plain))
        like = moments[0]
        ctx.save_for_backward(*(torch.from_numpy(np.asarray(c)).to(like) for c in cotangents))
        return torch.from_numpy(value).to(like)

    @staticmethod
    def backward(ctx: Any, cotangent: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        return None, None, *(cotangent[:, None, None, None, None] * d for d in ctx.saved_tensors)


def soft_by_gradient(objective: Objective, yields: Yields) -> torch.Tensor:
    """Soft value per point, connected to moments of torch by the objective's own derivatives."""
    value: torch.Tensor = _Value.apply(objective, yields, *yields.moments)  # type: ignore[no-untyped-call]
    return value


def gradient_by_torch(
    function: Callable[[Yields], torch.Tensor], yields: Yields
) -> tuple[NDArray[np.float64], Moments]:
    """Value per point of a function of torch, and its derivatives in the moments of that point.

    Parameters
    ----------
    function : callable
        From yields in torch to a tensor of shape (points,).
    yields : Yields
        Moments of numpy.
    """
    leaves = [torch.from_numpy(np.ascontiguousarray(m)).requires_grad_(True) for m in yields.moments]
    value = function(Yields(yields.layout, Moments(*leaves)))
    zeros = [np.zeros(leaf.shape) for leaf in leaves]
    if not value.requires_grad:
        return value.numpy(), Moments(*zeros)
    found = torch.autograd.grad(value.sum(), leaves, allow_unused=True)
    known = [zero if g is None else g.numpy() for zero, g in zip(zeros, found, strict=True)]
    return value.detach().numpy(), Moments(*known)
