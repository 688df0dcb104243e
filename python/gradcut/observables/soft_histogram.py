"""Smooth bins of the output of a network, forth and back by hand (formulas: ``gradcut/kernels/Bins.h``)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch

__all__ = ["Pull", "SoftHistogram", "hard_memberships"]

#: Bins of learned edges are at least this part of the mean bin.
LEAST = 0.1


class Pull(NamedTuple):
    """Derivatives of a number, given those in memberships."""

    #: In the outputs, shape (events, outputs).
    outputs: torch.Tensor
    #: In the inner edges, shape (edges,); empty for a softmax.
    edges: torch.Tensor


class SoftHistogram(NamedTuple):
    """Smooth bins.

    Parameters
    ----------
    kind : str
        ``"logistic"``, ``"gaussian"`` or ``"softmax"``.
    n_bins : int
        Number of bins.
    """

    kind: str
    n_bins: int

    def edges_of(self, free: torch.Tensor) -> torch.Tensor:
        """Inner edges between 0 and 1 from free numbers, one per bin: in order by construction."""
        widths = (1.0 - LEAST) * torch.softmax(free, 0) + LEAST / self.n_bins
        return torch.cumsum(widths, 0)[:-1]

    def pull_edges(self, free: torch.Tensor, cotangents: torch.Tensor) -> torch.Tensor:
        """Derivatives in the free numbers of a number with known derivatives in the inner edges."""
        share = torch.softmax(free, 0)
        # An edge is the sum of the widths before it: a width moves all edges that follow.
        in_widths = torch.zeros_like(free)
        in_widths[:-1] = cotangents.flip(0).cumsum(0).flip(0)
        return (1.0 - LEAST) * share * (in_widths - (share * in_widths).sum())

    def memberships(
        self, outputs: torch.Tensor, edges: torch.Tensor, width: float
    ) -> tuple[torch.Tensor, Callable[[torch.Tensor], Pull]]:
        """Memberships of events, and the way back from them.

        Parameters
        ----------
        outputs : Tensor of shape (events, outputs)
            Logits.
        edges : Tensor of shape (bins - 1,)
            Inner edges of the sigmoid of the logit; not used by a softmax.
        width : float
            Of the steps, in mean widths of bins; of a softmax, its temperature.

        Returns
        -------
        Tensor of shape (bins, events), callable
            The way back takes derivatives in memberships, of the same shape.
        """
        if self.kind == "softmax":
            return _softmax(outputs, width)
        h = width / self.n_bins
        o = torch.sigmoid(outputs[:, 0])
        u = (o - edges.to(o.dtype)[:, None]) / h
        above = torch.sigmoid(u) if self.kind == "logistic" else torch.special.ndtr(u)
        p = torch.empty((self.n_bins, len(o)), dtype=o.dtype, device=o.device)
        torch.sub(1.0, above[0], out=p[0])
        torch.sub(above[:-1], above[1:], out=p[1:-1])
        p[-1] = above[-1]

        def pull(cotangents: torch.Tensor) -> Pull:
            slopes = above * (1.0 - above) if self.kind == "logistic" else torch.exp(-0.5 * u * u) / _ROOT
            d = (cotangents[1:] - cotangents[:-1]) * slopes / h
            return Pull((d.sum(0) * o * (1.0 - o))[:, None], -d.sum(1, dtype=torch.float64))

        return p, pull


_ROOT = math.sqrt(2.0 * math.pi)


def _softmax(
    outputs: torch.Tensor, temperature: float
) -> tuple[torch.Tensor, Callable[[torch.Tensor], Pull]]:
    p = torch.softmax(outputs / temperature, 1)

    def pull(cotangents: torch.Tensor) -> Pull:
        d = cotangents.T
        return Pull(p * (d - (p * d).sum(1, keepdim=True)) / temperature, torch.zeros(0, dtype=torch.float64))

    return p.T, pull


def hard_memberships(kind: str, n_bins: int, outputs: torch.Tensor, edges: torch.Tensor) -> torch.Tensor:
    """Zeros and ones, shape (bins, events); an event with an output that is NaN is in no bin."""
    if kind == "softmax":
        number = outputs.argmax(1)
    else:
        number = torch.bucketize(torch.sigmoid(outputs[:, 0].double()), edges.double(), right=True)
    known = ~torch.isnan(outputs).any(1)
    bins = torch.arange(n_bins, device=outputs.device)
    return ((bins[:, None] == number) & known).to(outputs.dtype)
