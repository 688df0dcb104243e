"""Yields with numbers that one can check by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcut.yields import Moments, Yields, YieldsLayout


def layout(
    *,
    channels: tuple[str, ...] = ("all",),
    roles: tuple[str, ...] = ("signal", "background", "background"),
    variations: tuple[str, ...] = ("nominal",),
    bins: tuple[str, ...] = ("selected",),
    norm_uncertainty: tuple[float, ...] | None = None,
    mean_weight: float = 0.1,
    total: float = 1000.0,
) -> YieldsLayout:
    shape = (len(channels), len(roles))
    return YieldsLayout(
        channels=channels,
        processes=tuple(f"p{i}" for i in range(len(roles))),
        variations=variations,
        bins=bins,
        roles=roles,
        norm_uncertainty=norm_uncertainty or (0.0,) * len(roles),
        present=np.ones((*shape, len(variations)), dtype=bool),
        total_sum_w=np.full(shape, total),
        total_entries=np.full(shape, 10000.0),
        largest_weight=np.full(shape, mean_weight),
        mean_weight=np.full(shape, mean_weight),
    )


def yields(sum_w: Any, variance: Any = 0.0, *, of: YieldsLayout | None = None) -> Yields:
    """Yields of shape (points, channels, processes[, variations][, bins]); entries are ten per event."""
    w = np.asarray(sum_w, dtype=np.float64)
    if w.ndim == 3:
        w = w[..., None]
    if w.ndim == 4:
        w = w[..., None]
    v = np.broadcast_to(np.asarray(variance, dtype=np.float64), w.shape).copy()
    return Yields(of or layout(), Moments(10 * np.abs(w), w, v))


def tensors(given: Yields, *, gradient: bool = False) -> Yields:
    import torch

    made = [torch.from_numpy(np.array(m)).requires_grad_(gradient) for m in given.moments]
    return Yields(given.layout, Moments(*made))
