"""Any engine as a differentiable function of torch tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from gradcut.yields import Moments, Yields

if TYPE_CHECKING:
    from gradcut.engines.base import Engine

__all__ = ["differentiable_yields"]


class _Yields(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, points: torch.Tensor, engine: Engine) -> tuple[torch.Tensor, ...]:
        evaluation = engine.evaluate(points.detach().cpu().double().numpy())
        ctx.evaluation = evaluation
        ctx.like = points
        return tuple(torch.from_numpy(array) for array in evaluation.yields.moments)

    @staticmethod
    def backward(ctx: Any, *cotangents: torch.Tensor) -> tuple[torch.Tensor, None]:
        gradient = ctx.evaluation.vjp(Moments(*(c.numpy() for c in cotangents)))
        return torch.from_numpy(gradient).to(ctx.like), None


def differentiable_yields(engine: Engine, points: torch.Tensor) -> Yields:
    """Yields whose moments are float64 tensors on the CPU, connected to ``points``.

    Parameters
    ----------
    engine : Engine
        Any engine.
    points : Tensor, shape (points, parameters)
        Parameters; may require a gradient, on any device and in any precision.

    Returns
    -------
    gradcut.yields.Yields
    ------
        Backward calls the engine's ``vjp``; second derivatives are not available.
    """
    entries, sum_w, variance = _Yields.apply(points, engine)  # type: ignore[no-untyped-call]
    return Yields(engine.layout, Moments(entries, sum_w, variance))
