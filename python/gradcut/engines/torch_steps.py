"""Smooth steps in torch, with derivatives that stay finite far away."""

from __future__ import annotations

from collections.abc import Callable

import torch

__all__ = ["step_at"]

#: Step functions, and how far from the edge each is flat in single precision.
_STEPS: dict[str, tuple[Callable[[torch.Tensor], torch.Tensor], float]] = {
    "logistic": (torch.sigmoid, 80.0),
    "gaussian": (torch.special.ndtr, 12.0),
}


def step_at(
    name: str, x: torch.Tensor, edge: torch.Tensor, width: torch.Tensor
) -> tuple[Callable[[torch.Tensor], torch.Tensor], torch.Tensor]:
    """A smooth step and its argument ``(x - edge) / width``, which far away, where it is flat, is a constant.

    Clamping alone would not do: the gradient of what was clamped is zero times infinity for infinite ``x``.

    Parameters
    ----------
    name : {"logistic", "gaussian"}
        The step.
    x, edge, width : Tensor
        That broadcast to one shape; ``x`` may be infinite, but not NaN.
    """
    step, limit = _STEPS[name]
    far = (x - edge).detach() / width.detach()
    near = far.abs() < limit
    u = torch.where(near, (torch.where(near, x, edge.detach()) - edge) / width, far.clamp(-limit, limit))
    return step, u
