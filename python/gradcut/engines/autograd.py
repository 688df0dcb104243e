"""Any engine as a differentiable function of torch tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.autograd.function import once_differentiable

from gradcut.errors import DeclarationError
from gradcut.yields import Moments, Yields

if TYPE_CHECKING:
    from gradcut.engines.base import Engine

__all__ = ["differentiable_yields"]


class _Yields(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, points: torch.Tensor, engine: Engine) -> tuple[torch.Tensor, ...]:
        evaluation = engine.evaluate(points.detach().cpu().double().numpy())
        ctx.evaluation = evaluation
        ctx.device, ctx.dtype = points.device, points.dtype
        return tuple(torch.from_numpy(array) for array in evaluation.yields.moments)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *cotangents: torch.Tensor) -> tuple[torch.Tensor, None]:
        # An engine on torch differentiates by itself, which backward passes switch off.
        with torch.enable_grad():
            gradient = ctx.evaluation.vjp(Moments(*(c.detach().numpy() for c in cotangents)))
        return torch.from_numpy(gradient).to(ctx.device, ctx.dtype), None


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
        Backward calls the engine's ``vjp``; second derivatives are not available, torch says so.

    Raises
    ------
    DeclarationError
        If the points do not have this shape.
    """
    if points.ndim != 2:
        raise DeclarationError(
            "points of engines have the axes (points, parameters)",
            given=f"a tensor of shape {tuple(points.shape)}",
            hint="one point is points[None]",
        )
    entries, sum_w, variance = _Yields.apply(points, engine)  # type: ignore[no-untyped-call]
    return Yields(engine.layout, Moments(entries, sum_w, variance))
