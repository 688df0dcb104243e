"""Yields of hard bins, event by event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.binning.cells import layout_with
from gradcut.binning.collecting import of_group
from gradcut.binning.common import common_shape
from gradcut.binning.filling import Events
from gradcut.binning.learned_channels import LearnedChannels
from gradcut.engines.segments import layout_of
from gradcut.fitting.parts import Parts
from gradcut.side_by_side import joined, joined_layout
from gradcut.yields import Moments, Yields

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gradcut.binning.bins_spec import BinsSpec
    from gradcut.binning.learned import LearnedBins
    from gradcut.fitting.parts import Plan
    from gradcut.samples import EventTables
    from gradcut.yields import YieldsLayout

__all__ = ["hard_yields", "pooled", "unused_yields"]


def hard_yields(bins: LearnedBins, tables: EventTables, spec: BinsSpec) -> Yields:
    """Count events in bins: one point.

    Parameters
    ----------
    bins : LearnedBins
        Which bin an event is in.
    tables : EventTables
        The events, with one feature per column.
    spec : BinsSpec
        Names the columns.
    """
    if isinstance(bins, LearnedChannels):
        return _side_by_side(
            layout_of(tables),
            [
                hard_yields(own, of_group(tables, group), group.binning.spec)
                for group, own in zip(bins.binning.groups, bins.groups, strict=True)
            ],
        )
    events = Events(tables, spec)
    n_bins = int(np.prod(bins.bin_shape, dtype=np.int64))
    labels = [bins.index(segment.columns) for segment in events.segments]
    nothing = [np.zeros(len(label), dtype=np.int64) for label in labels]
    rows = events.filled(labels, nothing, n_bins, ())
    return Yields(
        layout_with(events.layout, bins.bin_shape), Moments(*(row[None, :, :, :, 0] for row in rows))
    )


def _side_by_side(layout: YieldsLayout, parts: Sequence[Yields]) -> Yields:
    return joined(joined_layout(layout, [part.layout for part in parts]), parts)


def pooled(parts: Sequence[Yields], layout: YieldsLayout) -> Yields:
    """Add yields of parts of the events.

    Parts may have chosen different numbers of bins: they have the last bins in common.

    Parameters
    ----------
    parts : sequence of Yields
        With one point each.
    layout : YieldsLayout
        Totals of all of them.
    """
    shapes = [yields.layout.bin_shape for yields in parts]
    shape = common_shape(shapes)
    total = [np.zeros((*parts[0].moments.sum_w.shape[:4], *shape)) for _ in range(3)]
    for yields, own in zip(parts, shapes, strict=True):
        last: Any = (..., *(slice(n - size, n) for n, size in zip(shape, own, strict=True)))
        for sums, moment in zip(total, yields.moments, strict=True):
            sums[last] += moment.reshape((*moment.shape[:4], *own))
    flat = (sums.reshape((*sums.shape[:4], -1)) for sums in total)
    return Yields(layout_with(layout, shape), Moments(*flat))


def unused_yields(
    parts: Parts, plans: Sequence[Plan], learned: Sequence[LearnedBins], spec: BinsSpec
) -> Yields | None:
    """Yields of events that chose nothing, in the bins that did not see them; None where there are none."""
    if plans[0].test is None or len(learned) < len(plans):
        return None
    first = learned[0]
    if isinstance(first, LearnedChannels):
        found = [
            unused_yields(
                Parts(of_group(parts.tables, group), parts.partition),
                plans,
                [bins.groups[i] for bins in learned if isinstance(bins, LearnedChannels)],
                group.binning.spec,
            )
            for i, group in enumerate(first.binning.groups)
        ]
        return _side_by_side(layout_of(parts.tables), [one for one in found if one is not None])
    if len(plans) == 1:
        return hard_yields(learned[0], parts.scaled(plans[0].test, "test"), spec)
    judged = [
        hard_yields(bins, parts.unscaled(plan.test, plan.name), spec)
        for bins, plan in zip(learned, plans, strict=True)
        if plan.test is not None
    ]
    whole = hard_yields(learned[0], parts.tables, spec)
    return pooled(judged, whole.layout)
