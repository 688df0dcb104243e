"""Compiled numbers of many models as functions of torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.autograd.function import once_differentiable

if TYPE_CHECKING:
    from gradcut.stats.linearised import Linearised

__all__ = ["batched", "compiled", "device_of"]


class _Compiled(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, function: Callable[..., Linearised], *tensors: torch.Tensor) -> torch.Tensor:
        # Copies: what happens to the tensors until backward is called is no affair of ours.
        numbers, ctx.pull_back = function(*(np.array(tensor.detach().numpy()) for tensor in tensors))
        return torch.from_numpy(np.ascontiguousarray(numbers))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, cotangents: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        slopes = ctx.pull_back(np.ascontiguousarray(cotangents.numpy()))
        return None, *(
            torch.from_numpy(np.ascontiguousarray(slope)).reshape(len(slope), -1) for slope in slopes
        )


def compiled(function: Callable[..., Linearised], *tensors: torch.Tensor) -> torch.Tensor:
    """Call a function of :mod:`gradcut.stats.linearised` with its derivatives.

    Parameters
    ----------
    function : callable
        From arrays of shape (models, ...) to numbers and what pulls their cotangents back.
    *tensors : Tensor
        float64 on the CPU, shape (models, ...).
    """
    made: torch.Tensor = _Compiled.apply(function, *tensors)  # type: ignore[no-untyped-call]
    return made


def batched(function: Callable[..., torch.Tensor], *tensors: torch.Tensor) -> torch.Tensor:
    """Call a function of rows with tensors whose leading axes are a batch.

    Parameters
    ----------
    function : callable
        From float64 tensors on the CPU, shape (models, n), to one of shape (models, ...).
    *tensors : Tensor
        Shape (..., n), on any device and in any precision.
    """
    batch = np.broadcast_shapes(*(tensor.shape[:-1] for tensor in tensors))
    rows = [
        tensor.to("cpu", torch.float64).expand((*batch, tensor.shape[-1])).reshape(-1, tensor.shape[-1])
        for tensor in tensors
    ]
    made = function(*rows)
    return made.reshape((*batch, *made.shape[1:])).to(device_of(tensors))


def device_of(tensors: Any) -> torch.device:
    """Where the first of them is that is not on the CPU."""
    found = [tensor.device for tensor in tensors if isinstance(tensor, torch.Tensor)]
    return next((device for device in found if device.type != "cpu"), torch.device("cpu"))
