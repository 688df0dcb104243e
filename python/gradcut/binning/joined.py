"""Yields of channels with different bins, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gradcut.yields import Moments, Yields

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.yields import YieldsLayout

__all__ = ["joined", "joined_layout", "part_of"]


def joined_layout(whole: YieldsLayout, parts: Sequence[YieldsLayout]) -> YieldsLayout:
    """Axes on which every bin is a channel by itself.

    Totals are shared out between the bins of a channel, so that sums over channels stay what they are.

    Parameters
    ----------
    whole : YieldsLayout
        Of all channels, of one bin.
    parts : sequence of YieldsLayout
        Of some of the channels each, with their bins; together of all of them.
    """
    rows: list[int] = []
    share: list[float] = []
    labels: list[str] = []
    for part in parts:
        for channel in part.channels:
            rows += [whole.channels.index(channel)] * len(part.bins)
            share += [1.0 / len(part.bins)] * len(part.bins)
            labels += [f"{channel}, bin {label}" for label in part.bins]
    shares = np.array(share)[:, None]
    return replace(
        whole,
        channels=tuple(labels),
        bins=whole.bins,
        present=whole.present[rows],
        total_sum_w=whole.total_sum_w[rows] * shares,
        total_entries=whole.total_entries[rows] * shares,
        largest_weight=whole.largest_weight[rows],
        mean_weight=whole.mean_weight[rows],
    )


def joined(layout: YieldsLayout, parts: Sequence[Yields]) -> Yields:
    """Put yields side by side.

    Parameters
    ----------
    layout : YieldsLayout
        What :func:`joined_layout` made of theirs.
    parts : sequence of Yields
        With one point, or all with as many as each other.
    """
    n_points = next((part.n_points for part in parts if part.n_points != 1), 1)
    made = [np.zeros((n_points, *layout.shape)) for _ in range(3)]
    first = 0
    for part in parts:
        at = [layout.processes.index(process) for process in part.layout.processes]
        n = len(part.layout.channels) * len(part.layout.bins)
        for whole, moment in zip(made, part.moments, strict=True):
            # (points, channels, processes, variations, bins) to (points, channels and bins, processes, ...)
            rows = np.moveaxis(moment, 4, 2).reshape((moment.shape[0], n, *moment.shape[2:4]))
            whole[..., 0][:, first : first + n, at] = rows
        first += n
    return Yields(layout, Moments(*made))


def part_of(
    array: NDArray[np.float64], layout: YieldsLayout, parts: Sequence[YieldsLayout], number: int
) -> NDArray[np.float64]:
    """What belongs to one of the parts, of an array of shape (points, channels, processes, variations, 1)."""
    first = sum(len(part.channels) * len(part.bins) for part in parts[:number])
    own = parts[number]
    at = [layout.processes.index(process) for process in own.processes]
    n_channels, n_bins = len(own.channels), len(own.bins)
    rows = array[..., 0][:, first : first + n_channels * n_bins, at]
    shaped = rows.reshape((len(array), n_channels, n_bins, *rows.shape[2:]))
    return np.ascontiguousarray(np.moveaxis(shaped, 2, 4))
