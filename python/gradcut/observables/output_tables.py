"""Events with the outputs of a network for features: what bins of them are learned from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.samples.event_table import TagLayout

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.observables.learned import LearnedObservable
    from gradcut.samples import EventTables
    from gradcut.samples.event_table import EventTable

__all__ = ["output_tables"]


def output_tables(learned: LearnedObservable, tables: EventTables) -> EventTables:
    """Replace the inputs by the outputs.

    Parameters
    ----------
    learned : LearnedObservable
        The network.
    tables : EventTables
        Collected with ``observable.columns``.

    Returns
    -------
    EventTables
        With one feature per output, and one for what stands beside them.
    """
    n = len(learned.observable.names)

    def mapped(table: EventTable) -> EventTable:
        known: dict[tuple[int, ...], tuple[int, ...]] = {}
        arrays: list[NDArray[Any]] = []
        layout: dict[str, TagLayout] = {}
        for tag, own in table.layout.items():
            if own.features not in known:
                values = [np.asarray(table.arrays[i]) for i in own.features]
                made = [np.ascontiguousarray(column) for column in learned.values(values).T] + values[n:]
                known[own.features] = tuple(range(len(arrays), len(arrays) + len(made)))
                arrays += made
            layout[tag] = TagLayout(known[own.features], own.weight, own.mask)
        owned = {tag: mapped(one) for tag, one in table.own_tables.items()}
        return replace(table, arrays=tuple(arrays), layout=layout, own_tables=owned)

    found = {key: mapped(table) for key, table in tables.items()}
    return replace(tables, features=learned.bins_spec.columns, tables=found)
