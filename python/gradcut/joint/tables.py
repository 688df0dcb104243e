"""The same events as those who learn one half see them: in bins, or behind cuts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.samples.event_table import EventTable, TagLayout

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.learned import LearnedBins
    from gradcut.fitting.parts import Parts
    from gradcut.joint.declared import Joint
    from gradcut.samples import EventTables

__all__ = ["PartsSeen", "behind_cuts", "in_bins"]

#: From the features of events to the number of the group they are in, -1 for none.
_Group = Callable[[Sequence[Any]], "NDArray[np.int64]"]


@dataclass(frozen=True)
class PartsSeen:
    """Divided events, as one half sees them: divided, and scaled, before that.

    Parameters
    ----------
    parts : Parts
        Divides all events.
    seen : callable
        What one half sees of some of them.
    """

    parts: Parts
    seen: Callable[[EventTables], EventTables]

    @property
    def tables(self) -> EventTables:
        """All events."""
        return self.seen(self.parts.tables)

    def scaled(self, rule: Any, name: str) -> EventTables:
        """See :meth:`gradcut.fitting.parts.Parts.scaled`."""
        return self.seen(self.parts.scaled(rule, name))


def behind_cuts(tables: EventTables, joint: Joint, point: NDArray[np.float64] | None) -> EventTables:
    """Events that pass, with what is filled of them.

    Parameters
    ----------
    tables : EventTables
        Collected by the declaration.
    joint : Joint
        The declaration.
    point : ndarray of shape (parameters,), or None
        Thresholds; None for fixed requirements alone.
    """
    n, m = joint.n_what, joint.n_what + len(joint.kernel.columns)

    def group(features: Sequence[Any]) -> NDArray[np.int64]:
        passed = _fixed(features[m:], len(features[0]))
        if point is not None:
            passed &= joint.passing(features[n:m], point)
        return np.where(passed, 0, -1)

    made = {key: _groups(table, group, 1, slice(0, n))[0] for key, table in tables.items()}
    return replace(tables, features=tuple(joint.what_columns), tables=made)


def in_bins(tables: EventTables, joint: Joint, bins: LearnedBins | None) -> EventTables:
    """Events with what is cut on, in one channel per channel and bin.

    Parameters
    ----------
    tables : EventTables
        Collected by the declaration.
    joint : Joint
        The declaration.
    bins : LearnedBins or None
        The bins; events in none are left out. None for one bin of all events, and channels as they are.
    """
    n, m = joint.n_what, joint.n_what + len(joint.kernel.columns)
    n_bins = 1 if bins is None else int(np.prod(bins.bin_shape, dtype=np.int64))

    def group(features: Sequence[Any]) -> NDArray[np.int64]:
        inside = _fixed(features[m:], len(features[0]))
        number = np.zeros(len(inside), dtype=np.int64) if bins is None else bins.index(list(features[:n]))
        return np.where(inside, number, -1)

    parted = {key: _groups(table, group, n_bins, slice(n, m)) for key, table in tables.items()}
    made = {}
    for channel in tables.channels:
        for b in range(n_bins):
            name = channel if bins is None else f"{channel}, bin {b}"
            for (own, process), groups in parted.items():
                if own == channel:
                    made[name, process] = replace(groups[b], channel=name)
    return replace(tables, features=joint.kernel.columns, tables=made)


def _fixed(features: Sequence[Any], n: int) -> NDArray[np.bool_]:
    """Which events meet the requirements in which nothing is learned."""
    met = np.ones(n, dtype=np.bool_)
    for feature in features:
        met &= np.asarray(feature) != 0
    return met


def _groups(table: EventTable, group: _Group, n: int, kept: slice) -> list[EventTable]:
    """Divide a table into groups, each with the events that are in it in some variation.

    Totals before the selection stay those of the whole table.
    """
    known: dict[tuple[int, ...], NDArray[np.int64]] = {}
    for tag in table.layout.values():
        if tag.features not in known:
            known[tag.features] = group([table.arrays[i] for i in tag.features])
    used = sorted({i for tag in table.layout.values() for i in tag.features[kept]})
    place = {old: new for new, old in enumerate(used)}
    owned = {tag: _groups(own, group, n, kept) for tag, own in table.own_tables.items()}
    made = []
    for number in range(n):
        masks = [table.masks[tag.mask] & (known[tag.features] == number) for tag in table.layout.values()]
        some = np.logical_or.reduce(masks)
        layout, weights = {}, []
        for i, (name, tag) in enumerate(table.layout.items()):
            layout[name] = TagLayout(tuple(place[j] for j in tag.features[kept]), i, i)
            weights.append(np.where(masks[i][some], table.weight_arrays[tag.weight][some], 0.0))
        made.append(
            replace(
                table,
                arrays=tuple(table.arrays[i][some] for i in used),
                weight_arrays=tuple(weights),
                masks=tuple(mask[some] for mask in masks),
                layout=layout,
                entries=table.entries[some],
                identity=tuple(column[some] for column in table.identity),
                split_values=None if table.split_values is None else table.split_values[some],
                own_tables={tag: groups[number] for tag, groups in owned.items()},
            )
        )
    return made
