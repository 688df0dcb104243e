"""Yields of channels with different bins, side by side: every bin as a channel by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.errors import DataError, DeclarationError
from gradcut.yields import ChannelBins, Moments, Role, Yields, YieldsLayout

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["apart", "joined", "joined_layout", "joined_yields", "part_of", "together", "yields_apart"]


def joined_layout(whole: YieldsLayout, parts: Sequence[YieldsLayout]) -> YieldsLayout:
    """Axes on which every bin is a channel by itself; ``side_by_side`` says of which channel.

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
        side_by_side=tuple(ChannelBins(part.channels, part.bins, part.bin_shape) for part in parts),
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
        # A variation that a part does not have is nominal there.
        known = part.layout.variations
        tags = [known.index(tag) if tag in known else 0 for tag in layout.variations]
        n = len(part.layout.channels) * len(part.layout.bins)
        for whole, moment in zip(made, part.moments, strict=True):
            # (points, channels, processes, variations, bins) to (points, channels and bins, processes, ...)
            rows = np.moveaxis(moment, 4, 2).reshape((moment.shape[0], n, *moment.shape[2:4]))
            whole[..., 0][:, first : first + n, at] = rows[..., tags]
        first += n
    return Yields(layout, Moments(*made))


def part_of(
    array: NDArray[np.float64], layout: YieldsLayout, parts: Sequence[YieldsLayout], number: int
) -> NDArray[np.float64]:
    """What belongs to one of the parts, of an array of shape (points, channels, processes, variations, 1)."""
    first = sum(len(part.channels) * len(part.bins) for part in parts[:number])
    own = parts[number]
    at = [layout.processes.index(process) for process in own.processes]
    tags = [layout.variations.index(tag) for tag in own.variations]
    n_channels, n_bins = len(own.channels), len(own.bins)
    rows = array[..., 0][:, first : first + n_channels * n_bins, at][..., tags]
    shaped = rows.reshape((len(array), n_channels, n_bins, *rows.shape[2:]))
    return np.ascontiguousarray(np.moveaxis(shaped, 2, 4))


def apart(layout: YieldsLayout) -> list[YieldsLayout]:
    """Layouts of the channels whose bins are side by side, with all processes and variations.

    Parameters
    ----------
    layout : YieldsLayout
        Any; one of channels is a part by itself.
    """
    if not layout.side_by_side:
        return [layout]
    made, first = [], 0
    for own in layout.side_by_side:
        n, n_bins = len(own.channels), len(own.bins)
        bins = np.arange(first, first + n * n_bins).reshape(n, n_bins)
        made.append(
            replace(
                layout,
                channels=own.channels,
                bins=own.bins,
                bin_shape=own.bin_shape,
                side_by_side=(),
                present=layout.present[bins[:, 0]],
                total_sum_w=layout.total_sum_w[bins].sum(1),
                total_entries=layout.total_entries[bins].sum(1),
                largest_weight=layout.largest_weight[bins[:, 0]],
                mean_weight=layout.mean_weight[bins[:, 0]],
            )
        )
        first += n * n_bins
    return made


def yields_apart(yields: Yields) -> list[Yields]:
    """Yields of the channels whose bins are side by side, with all processes and variations."""
    layout = yields.layout
    if not layout.side_by_side:
        return [yields]
    layouts = apart(layout)
    return [
        Yields(own, Moments(*(part_of(moment, layout, layouts, i) for moment in yields.moments)))
        for i, own in enumerate(layouts)
    ]


def together(arrays: Sequence[NDArray[np.float64]], layout: YieldsLayout) -> NDArray[np.float64]:
    """Put arrays of the parts of a layout, see :func:`apart`, where they are in the whole."""
    if not layout.side_by_side:
        return arrays[0]
    rows = [np.moveaxis(one, 4, 2).reshape((len(one), -1, *one.shape[2:4])) for one in arrays]
    return np.concatenate(rows, 1)[..., None]


def joined_yields(by_channel: Mapping[str, Yields]) -> Yields:
    """Yields of channels that were made one by one, side by side.

    Parameters
    ----------
    by_channel : mapping of str to Yields
        Of one channel each, which gets the name that is given here. They may have different bins, processes
        and variations; what has one name in several is the same.

    Raises
    ------
    DeclarationError
        If one has several channels, or a process or variation is not the same in all.
    DataError
        If they have different numbers of points.
    """
    parts = []
    for name, given in by_channel.items():
        if len(given.layout.channels) != 1 or given.layout.side_by_side:
            raise DeclarationError(
                "yields of several channels are given for one",
                where=f"channel '{name}'",
                given=", ".join(given.layout.channels)[:80],
                hint="channels with equal bins can stay in the same Yields; by name, each has its own",
            )
        parts.append(Yields(replace(given.layout, channels=(name,)), given.moments))
    if not parts:
        raise DeclarationError("no channel has yields", hint="{'SR': yields, 'CR': yields}")
    points = {part.n_points for part in parts} - {1}
    if len(points) > 1:
        raise DataError(
            "yields of channels have different numbers of points",
            given="; ".join(f"'{part.layout.channels[0]}': {part.n_points}" for part in parts),
        )
    layouts = [part.layout for part in parts]
    return joined(joined_layout(_whole(layouts), layouts), parts)


def _whole(parts: Sequence[YieldsLayout]) -> YieldsLayout:
    """The layout of all channels, of one bin."""
    variations = tuple(dict.fromkeys(tag for part in parts for tag in part.variations))
    roles: dict[str, Role] = {}
    uncertainties: dict[str, float] = {}
    kinds: dict[str, str] = {}
    for part in parts:
        where = f"channel '{part.channels[0]}'"
        _merge(roles, zip(part.processes, part.roles, strict=True), "role of process", where)
        sizes = zip(part.processes, part.norm_uncertainty, strict=True)
        _merge(uncertainties, sizes, "normalisation uncertainty of process", where)
        _merge(kinds, part.variation_kinds.items(), "kind of variation", where)
    processes = tuple(roles)
    present = np.zeros((len(parts), len(processes), len(variations)), dtype=np.bool_)
    total_sum_w, total_entries, largest_weight, mean_weight = np.zeros((4, *present.shape[:2]))
    for row, part in enumerate(parts):
        at = [processes.index(process) for process in part.processes]
        tags = [variations.index(tag) for tag in part.variations]
        present[np.ix_([row], at, tags)] = part.present
        total_sum_w[row, at], total_entries[row, at] = part.total_sum_w[0], part.total_entries[0]
        largest_weight[row, at], mean_weight[row, at] = part.largest_weight[0], part.mean_weight[0]
    return YieldsLayout(
        channels=tuple(part.channels[0] for part in parts),
        processes=processes,
        variations=variations,
        bins=("",),
        roles=tuple(roles.values()),
        norm_uncertainty=tuple(uncertainties.values()),
        present=present,
        total_sum_w=total_sum_w,
        total_entries=total_entries,
        largest_weight=largest_weight,
        mean_weight=mean_weight,
        variation_kinds=kinds,
    )


def _merge(known: dict[str, Any], new: Iterable[tuple[str, Any]], what: str, where: str) -> None:
    for name, value in new:
        if known.setdefault(name, value) != value:
            raise DeclarationError(
                f"{what} '{name}' is not the same in all channels",
                where=where,
                given=f"{value!r}, and {known[name]!r} in others",
            )
