"""Events with random weights, as if the simulation had been run again."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gradcut.errors import DataError
from gradcut.fitting.parts import FEW
from gradcut.randomness import stream
from gradcut.samples import Folds
from gradcut.samples.identity import event_uniform
from gradcut.samples.totals import Totals
from gradcut.samples.variations import NOMINAL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.samples import EventTables
    from gradcut.samples.event_table import EventTable

__all__ = ["counts_of", "in_bag", "out_of_bag"]

#: Probabilities that a Poisson number of mean 1 is at most 0, 1, 2, ...
_UP_TO = np.cumsum([math.exp(-1) / math.factorial(k) for k in range(18)])
#: Events that occur, and those that do not.
_SIDES = Folds(2)


def counts_of(table: EventTable, seed: int) -> NDArray[np.int64]:
    """How often each event occurs: a Poisson number of mean 1 from seed, process and event identity alone.

    So it is the same in every variation and channel. Where no identity is declared, the entry number is
    taken.
    """
    identity = table.identity or (table.entries.astype(np.uint64),)
    # Events of two processes may have the same numbers and are still independent.
    key = int(stream(seed, f"bootstrap of {table.process}").integers(2**63))
    return np.searchsorted(_UP_TO, event_uniform(identity, key), side="right")


def in_bag(tables: EventTables, seed: int) -> EventTables:
    """Events as often as they occur, scaled to the yield that there was.

    The variance scale brings sums of squared weights back to what they were, so that MC statistics counts as
    much as in the fit. A process of fewer than 50 events stays as it is.

    Raises
    ------
    DataError
        If weights of both signs leave a process without a positive yield.
    """
    return _each(tables, seed, _repeated)


def out_of_bag(tables: EventTables, seed: int) -> EventTables:
    """Events that do not occur, scaled to the full yield; raises as :func:`in_bag`."""
    return _each(tables, seed, _missed)


def _each(
    tables: EventTables, seed: int, make: Callable[[EventTable, NDArray[np.int64]], EventTable]
) -> EventTables:
    def whole(table: EventTable) -> EventTable:
        """Nominal with its variations, of which those by files have events of their own."""
        own = {tag: whole(one) for tag, one in table.own_tables.items()}
        return replace(make(replace(table, own_tables={}), counts_of(table, seed)), own_tables=own)

    made = {key: table if table.full.entries < FEW else whole(table) for key, table in tables.items()}
    return replace(tables, tables=made)


def _missed(table: EventTable, counts: NDArray[np.int64]) -> EventTable:
    # The other side of two folds, scaled as the parts of a fit are.
    return replace(table, split_values=np.where(counts > 0, 0.25, 0.75)).part(_SIDES, _SIDES.test(1))


def _repeated(table: EventTable, counts: NDArray[np.int64]) -> EventTable:
    kept, nominal = counts > 0, table.layout[NOMINAL]
    before = table.weights()
    total = float((before * counts).sum())
    if total <= 0:
        raise DataError(
            "the sum of random weights is not positive",
            where=f"process '{table.process}', channel '{table.channel}'",
            given=f"{total:.4g}",
        )
    times = counts[kept] * (table.totals.sum_w / total)
    weights = tuple(array[kept] * times for array in table.weight_arrays)
    masks = tuple(mask[kept] for mask in table.masks)
    full = Totals.of(weights[nominal.weight], masks[nominal.mask])
    return replace(
        table,
        arrays=tuple(array[kept] for array in table.arrays),
        weight_arrays=weights,
        masks=masks,
        entries=table.entries[kept],
        identity=tuple(column[kept] for column in table.identity),
        split_values=None if table.split_values is None else table.split_values[kept],
        full=full,
        # What an event counts on average, so that the mean weight of an event stays, too.
        split_factor=table.split_factor * np.abs(weights[nominal.weight]).sum() / np.abs(before[kept]).sum(),
        variance_scale=table.variance_scale * table.totals.sum_w2 / full.sum_w2,
    )
