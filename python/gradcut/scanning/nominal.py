"""Events without their variations, and fewer of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gradcut.jagged import Jagged
from gradcut.samples.event_table import TagLayout
from gradcut.samples.variations import NOMINAL

if TYPE_CHECKING:
    from gradcut.samples import EventTables

__all__ = ["nominal"]


def nominal(tables: EventTables, limit: int | None = None) -> EventTables:
    """Return the nominal events alone.

    Parameters
    ----------
    tables : EventTables
        The events.
    limit : int, optional
        About so many events per process, every nth with n times the weight.
    """
    found = {}
    for key, table in tables.items():
        n = 1 if limit is None else max(1, table.n_events // limit)
        columns = (column[::n] for column in table.features())
        features = tuple(c if isinstance(c, Jagged) else np.ascontiguousarray(c) for c in columns)
        found[key] = replace(
            table,
            arrays=features,
            weight_arrays=(table.weights()[::n] * n,),
            masks=(table.mask()[::n],),
            entries=table.entries[::n],
            identity=tuple(column[::n] for column in table.identity),
            split_values=None if table.split_values is None else table.split_values[::n],
            layout={NOMINAL: TagLayout(tuple(range(len(features))), 0, 0)},
            own_tables={},
        )
    return replace(tables, tables=found, groups=())
