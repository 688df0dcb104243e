"""Fewer events that stand for all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradcut.samples import EventTables
    from gradcut.samples.event_table import EventTable

__all__ = ["thinned"]


def thinned(tables: EventTables, limit: int) -> EventTables:
    """Every nth event with n times the weight, about ``limit`` of a process in a channel.

    What is known of single events, such as their mean weight, stays that of all of them. Where none has that
    many events these are the same tables.
    """
    if all(table.n_events < 2 * limit for table in tables.values()):
        return tables
    return replace(tables, tables={key: _one(table, limit) for key, table in tables.items()})


def _one(table: EventTable, limit: int) -> EventTable:
    n = max(1, table.n_events // limit)
    values = table.split_values
    return replace(
        table,
        arrays=tuple(array[::n] for array in table.arrays),
        weight_arrays=tuple(weights[::n] * n for weights in table.weight_arrays),
        masks=tuple(mask[::n] for mask in table.masks),
        entries=table.entries[::n],
        identity=tuple(column[::n] for column in table.identity),
        split_values=None if values is None else values[::n],
        split_factor=table.split_factor * n,
        variance_scale=table.variance_scale / n,
        own_tables={tag: _one(own, limit) for tag, own in table.own_tables.items()},
    )
