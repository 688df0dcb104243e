"""Collected events of one process in one channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradcut.errors import DataError
from gradcut.jagged import Jagged
from gradcut.samples.readers.checks import part_without_events
from gradcut.samples.readers.plan import RawTotals
from gradcut.samples.splits import Partition
from gradcut.samples.totals import Totals
from gradcut.samples.variations import NOMINAL

__all__ = ["EventTable", "TagLayout"]

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class TagLayout:
    """Which arrays of a table one variation uses.

    Parameters
    ----------
    features : tuple of int
        Per feature, the index in the table's arrays.
    weight, mask : int
        The same for weights and masks.
    """

    features: tuple[int, ...]
    weight: int
    mask: int


@dataclass(frozen=True, eq=False)
class EventTable:
    """Events of a process in a channel that pass the requirement in at least one variation.

    Plain numpy: it can be pickled. Variations share the arrays that they do not change. A variation by files
    has events, and so a table, of its own (in ``own_tables``); the methods that take a variation look there
    by themselves, so only ``n_events`` and the arrays without a variation in their name are of nominal alone.

    Parameters
    ----------
    channel, process, role : str
        What it is.
    norm_uncertainty : float or None
        Relative uncertainty of the normalisation.
    arrays : tuple of ndarray of shape (n_events,), or Jagged
        Features; plain columns have their own dtype, everything else is float64. Those with one value per
        object are Jagged, and those of one collection share their offsets.
    weight_arrays : tuple of ndarray of float64, shape (n_events,)
        Normalised, split factor included; zero where the event fails in the variation.
    masks : tuple of ndarray of bool, shape (n_events,)
        Which events pass the requirement.
    layout : mapping of str to TagLayout
        The arrays of every variation of this process, nominal first.
    entries : ndarray of int64, shape (n_events,)
        Entry number in the source; increasing. Where ROOT reads a TTree with several threads: its
        ``rdfentry_``, unique, but counted in the order in which the tasks started.
    identity : tuple of ndarray of uint64, shape (n_events,)
        Declared event identity.
    split_values : ndarray of float64, shape (n_events,), or None
        Uniform number of the hash, or value of the expression, that decides about the part.
    before : Totals
        All events of the source, before any requirement (normalised nominal weights).
    full : Totals
        Nominal events that pass the requirement, all parts together (normalised).
    normalisation, split_factor : float
        What the weights have been multiplied with.
    variance_scale : float
        What a sum of squared weights is multiplied with to be that of the full sample, 1 without a split.
    own_tables : mapping of str to EventTable
        Tables of variations by files.
    """

    channel: str
    process: str
    role: str
    norm_uncertainty: float | None
    arrays: tuple[Array | Jagged, ...]
    weight_arrays: tuple[NDArray[np.float64], ...]
    masks: tuple[NDArray[np.bool_], ...]
    layout: Mapping[str, TagLayout]
    entries: NDArray[np.int64]
    identity: tuple[NDArray[np.uint64], ...]
    split_values: NDArray[np.float64] | None
    before: RawTotals
    full: Totals
    normalisation: float = 1.0
    split_factor: float = 1.0
    variance_scale: float = 1.0
    own_tables: Mapping[str, EventTable] = field(default_factory=dict)

    @property
    def n_events(self) -> int:
        """Number of events of the union, nominal and variations of the same source."""
        return len(self.entries)

    @property
    def variations(self) -> tuple[str, ...]:
        """Tags that this process has, nominal first."""
        return (*self.layout, *self.own_tables)

    @property
    def totals(self) -> Totals:
        """Sums of nominal after the requirement, of this part, with the weights as they are."""
        return self.totals_of(NOMINAL)

    def totals_of(self, variation: str) -> Totals:
        """Return the same sums of a variation."""
        return Totals.of(self.weights(variation), self.mask(variation))

    def table(self, variation: str) -> EventTable:
        """Return the table that has the events of a variation."""
        return self.own_tables.get(variation, self)

    def features(self, variation: str = NOMINAL) -> list[Array | Jagged]:
        """Return one array of shape (n_events,), or Jagged, per feature; an unknown variation is nominal."""
        table, layout = self._of(variation)
        return [table.arrays[index] for index in layout.features]

    def weights(self, variation: str = NOMINAL) -> NDArray[np.float64]:
        """Return the weights, zero where the event fails the requirement in this variation."""
        table, layout = self._of(variation)
        return table.weight_arrays[layout.weight]

    def mask(self, variation: str = NOMINAL) -> NDArray[np.bool_]:
        """Return which events pass the requirement in this variation."""
        table, layout = self._of(variation)
        return table.masks[layout.mask]

    def missing(self, variation: str = NOMINAL) -> list[int]:
        """Return, per feature, how many passing events have no value (NaN, which sentinels have become).

        Of features with one value per object, how many objects of passing events.
        """
        return [_count_missing(array, self.mask(variation)) for array in self.features(variation)]

    def _of(self, variation: str) -> tuple[EventTable, TagLayout]:
        if variation in self.own_tables:
            table = self.own_tables[variation]
            return table, table.layout[NOMINAL]
        return self, self.layout.get(variation, self.layout[NOMINAL])

    def part(self, partition: Partition, part: str) -> EventTable:
        """Return the events of one part, scaled to the full yield.

        The factor is the full over the part's nominal sum of weights, the same for every variation. The
        variance scale brings sums of squared weights back to the full sample, which the final analysis uses.

        Raises
        ------
        DataError
            If the part has no events, or its sum of weights is not positive.
        """
        where = f"process '{self.process}', channel '{self.channel}', part '{part}'"
        if self.split_values is None:
            raise DataError("these events were collected without a split", where=where)
        inside = partition.member(part, self.split_values)
        nominal = self.layout[NOMINAL]
        weights = self.weight_arrays[nominal.weight]
        chosen = Totals.of(weights[inside], self.masks[nominal.mask][inside])
        if chosen.entries == 0 or chosen.sum_w <= 0:
            raise part_without_events(chosen.entries, chosen.sum_w, self.full.entries, where)
        factor = self.full.sum_w / chosen.sum_w
        scale = self.full.sum_w2 / (factor**2 * chosen.sum_w2)
        return replace(
            self,
            arrays=tuple(array[inside] for array in self.arrays),
            weight_arrays=tuple(array[inside] * factor for array in self.weight_arrays),
            masks=tuple(mask[inside] for mask in self.masks),
            entries=self.entries[inside],
            identity=tuple(column[inside] for column in self.identity),
            split_values=self.split_values[inside],
            split_factor=self.split_factor * factor,
            variance_scale=self.variance_scale * scale,
            own_tables={tag: table.part(partition, part) for tag, table in self.own_tables.items()},
        )


def _count_missing(array: Array | Jagged, mask: NDArray[np.bool_]) -> int:
    if array.dtype.kind != "f":
        return 0
    if isinstance(array, Jagged):
        return int(np.count_nonzero(np.isnan(array.values) & array.repeat(mask)))
    return int(np.count_nonzero(np.isnan(array) & mask))
