"""The compiled significance as a differentiable function of torch tensors."""

from __future__ import annotations

from typing import Any

import torch

from gradcut._kernels import asimov_significance

__all__ = ["soft_significance"]


class _Significance(torch.autograd.Function):
    """Significance per bin with the analytic derivatives of the kernel."""

    @staticmethod
    def forward(ctx: Any, s: torch.Tensor, b: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
        flat = (x.detach().cpu().double().contiguous().view(-1).numpy() for x in (s, b, sigma))
        z, *derivatives = (torch.from_numpy(out).view(s.shape).to(s) for out in asimov_significance(*flat))
        ctx.save_for_backward(*derivatives)
        return z

    @staticmethod
    def backward(ctx: Any, cotangent: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return tuple(cotangent * derivative for derivative in ctx.saved_tensors)


def soft_significance(
    s: torch.Tensor, b: torch.Tensor, variance: torch.Tensor, tiny: torch.Tensor
) -> torch.Tensor:
    """Significance of all bins in quadrature, finite for any yields.

    Parameters
    ----------
    s, b, variance : Tensor of shape (points, channels, bins)
        Signal, background and variance of the background.
    tiny : Tensor, broadcastable to these
        Below it a background is penalised.

    Returns
    -------
    Tensor of shape (points,)
        The significance, less the number of standard deviations that a background lies below ``tiny``.
    """
    safe = torch.maximum(b, tiny)
    # A square root of zero has no derivative.
    sigma = variance.clamp(min=1e-300).sqrt()
    z = _Significance.apply(torch.maximum(s, -safe * (1 - 1e-9)), safe, sigma)  # type: ignore[no-untyped-call]
    below = (tiny - b).clamp(min=0) / (sigma.detach() + tiny)
    z = z.flatten(1)
    if z.shape[1] == 1:
        combined = z[:, 0]
    else:
        q = (z * z.abs()).sum(1)
        combined = q / (q.abs() + 1e-24).sqrt()
    result: torch.Tensor = combined - below.flatten(1).sum(1)
    return result
