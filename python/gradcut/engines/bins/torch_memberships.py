"""Memberships of bins in torch (formulas: ``gradcut/kernels/Bins.h``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from gradcut.engines.torch_steps import step_at

if TYPE_CHECKING:
    from gradcut.binning.bins_spec import BinsSpec

__all__ = ["memberships"]

#: Bins and ways between their centres that are smaller are empty: a step is hard there, but finite.
_SMALLEST = 1e-30
#: Coordinates of mixtures and outputs are kept below: squares of them are finite.
_LARGEST = {torch.float32: 1e15, torch.float64: 1e140}


def memberships(
    spec: BinsSpec, columns: list[torch.Tensor], parameters: torch.Tensor, *, hard: bool
) -> torch.Tensor:
    """Membership of every event in every bin.

    Parameters
    ----------
    spec : BinsSpec
        The bins.
    columns : list of Tensor of shape (events,)
        One per column of the spec.
    parameters : Tensor of shape (points, parameters)
        In the order of the spec.
    hard : bool
        Whether to take the hard limit.

    Returns
    -------
    Tensor of shape (points, bins, events)
        Zero for events that miss a value.
    """
    x = torch.stack(columns)
    known = (torch.isfinite(x) if spec.kind == "mixture" else ~torch.isnan(x)).all(0)
    # No NaN may enter the graph: its gradient would be NaN too.
    x = torch.where(known, x, torch.zeros_like(x))
    if spec.kind == "axes":
        p = _axes(spec, x, parameters, hard=hard)
    else:
        x = x.clamp(-_LARGEST[x.dtype], _LARGEST[x.dtype])
        scores = _log_densities(spec, x, parameters) if spec.kind == "mixture" else _outputs(x, parameters)
        p = _largest(scores) if hard else torch.softmax(scores / parameters[:, -1, None, None], 1)
    return torch.where(known, p, torch.zeros_like(p))


def _axes(spec: BinsSpec, x: torch.Tensor, parameters: torch.Tensor, *, hard: bool) -> torch.Tensor:
    *edges, widths = torch.split(parameters, [*spec.n_edges, len(spec.n_edges)], dim=1)
    p = torch.ones((len(parameters), 1, x.shape[1]), dtype=x.dtype, device=x.device)
    for axis, e in enumerate(edges):
        if hard:
            shares = _shares_above(x[axis] >= e[:, :, None]).to(x.dtype)
        else:
            shares = _smooth_axis(spec, x[axis], e, widths[:, axis, None])
        p = (p[:, :, None] * shares[:, None]).flatten(1, 2)
    return p


def _shares_above(above: torch.Tensor) -> torch.Tensor:
    """Shares of the bins from those above every edge, shape (points, edges, events)."""
    above = above.to(torch.int8) if above.dtype == torch.bool else above
    one, zero = torch.ones_like(above[:, :1]), torch.zeros_like(above[:, :1])
    if above.shape[1] == 0:
        shape = (above.shape[0], 1, above.shape[2])
        return torch.ones(shape, dtype=above.dtype, device=above.device)
    return torch.cat([one, above], 1) - torch.cat([above, zero], 1)


def _smooth_axis(spec: BinsSpec, x: torch.Tensor, edges: torch.Tensor, width: torch.Tensor) -> torch.Tensor:
    h = (width * _local_width(x, edges) if spec.local_width else width)[:, None]
    e = edges[:, :, None]
    if not spec.reflect:
        step, u = step_at(spec.step, x, e, h)
        return _shares_above(step(u))
    first, last = e[:, :1], e[:, -1:]
    inside = (x >= first) & (x < last)
    kept = torch.where(inside, x, first.detach())
    step, u = step_at(spec.step, kept, e, h)
    _, low = step_at(spec.step, -kept, e - 2 * first, h)
    _, high = step_at(spec.step, kept, 2 * last - e, h)
    above = (step(u) + step(low) - step(high))[:, 1:-1]
    shares = torch.where(inside, _shares_above(above), torch.zeros_like(kept))
    return torch.cat([(x < first).to(x.dtype), shares, (x >= last).to(x.dtype)], 1)


def _local_width(x: torch.Tensor, edges: torch.Tensor) -> torch.Tensor:
    """Width of the inner bins at every event, linear between their centres, shape (points, events)."""
    if edges.shape[1] < 2:
        return torch.ones_like(x)[None]
    widths, centres = torch.diff(edges, dim=1), (edges[:, :-1] + edges[:, 1:]) / 2
    way = torch.diff(centres, dim=1)
    apart = way > _SMALLEST
    growth = torch.diff(widths, dim=1) * apart / torch.where(apart, way, torch.ones_like(way))
    # Beyond the centres the width is constant, and an infinite way would have no gradient.
    within = torch.clamp(x, centres[:, :1].detach(), centres[:, -1:].detach())
    h = widths[:, :1].expand(-1, len(x))
    for j in range(growth.shape[1]):
        linear = widths[:, j, None] + growth[:, j, None] * (within - centres[:, j, None])
        h = torch.where(x >= centres[:, j, None], linear, h)
    h = torch.where(x >= centres[:, -1:], widths[:, -1:], h)
    return h.clamp(min=_SMALLEST)


def _log_densities(spec: BinsSpec, x: torch.Tensor, parameters: torch.Tensor) -> torch.Tensor:
    k, d = spec.n_components, len(x)
    log_weights, means, factors, _ = torch.split(parameters, [k, k * d, k * d * (d + 1) // 2, 1], dim=1)
    means, factors = means.reshape(-1, k, d), factors.reshape(-1, k, d * (d + 1) // 2)
    away = [x[j] - means[:, :, j, None] for j in range(d)]
    scores = log_weights[:, :, None]
    for i in range(d):
        row = factors[:, :, i * (i + 1) // 2 : (i + 1) * (i + 2) // 2, None]
        z = row[:, :, 0] * away[0]
        for j in range(1, i + 1):
            z = z + row[:, :, j] * away[j]
        scores = scores + torch.log(row[:, :, i]) - z**2 / 2
    return scores


def _outputs(x: torch.Tensor, parameters: torch.Tensor) -> torch.Tensor:
    return x + parameters[:, :-1, None]


def _largest(scores: torch.Tensor) -> torch.Tensor:
    """One for the largest score, the first of equals."""
    chosen = torch.zeros_like(scores)
    return chosen.scatter_(1, scores.argmax(1, keepdim=True), 1.0)
