"""The axes of the yields, from what is known of each process."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gradcut.yields import YieldsLayout

if TYPE_CHECKING:
    from gradcut.samples.tables import VariationGroup

__all__ = ["ProcessRecord", "make_layout"]


class ProcessRecord(NamedTuple):
    """A process in a channel, before the selection."""

    channel: str
    process: str
    role: str
    norm_uncertainty: float
    #: Tags that it has, nominal included.
    variations: Sequence[str]
    sum_w: float
    entries: float
    largest_weight: float
    mean_weight: float


def make_layout(
    records: Iterable[ProcessRecord],
    variations: Sequence[str],
    bins: Sequence[str] = ("selected",),
    groups: Iterable[VariationGroup] = (),
) -> YieldsLayout:
    """Lay out the axes, channels and processes in the order of their first record.

    Parameters
    ----------
    records : iterable of ProcessRecord
        One per process and channel.
    variations, bins : sequence of str
        Labels of these axes.
    groups : iterable of VariationGroup, optional
        How the variations were declared.
    """
    found = list(records)
    channels = tuple(dict.fromkeys(record.channel for record in found))
    processes = tuple(dict.fromkeys(record.process for record in found))
    shape = (len(channels), len(processes))
    present = np.zeros((*shape, len(variations)), dtype=np.bool_)
    sums = np.zeros((4, *shape))
    roles, norm_uncertainty = [""] * len(processes), [0.0] * len(processes)
    for record in found:
        c, p = channels.index(record.channel), processes.index(record.process)
        roles[p], norm_uncertainty[p] = record.role, record.norm_uncertainty
        present[c, p] = [tag in record.variations for tag in variations]
        sums[:, c, p] = record.sum_w, record.entries, record.largest_weight, record.mean_weight
    return YieldsLayout(
        channels=channels,
        processes=processes,
        variations=tuple(variations),
        bins=tuple(bins),
        roles=tuple(roles),
        norm_uncertainty=tuple(norm_uncertainty),
        present=present,
        total_sum_w=sums[0],
        total_entries=sums[1],
        largest_weight=sums[2],
        mean_weight=sums[3],
        variation_kinds={group.name: group.kind for group in groups},
    )
