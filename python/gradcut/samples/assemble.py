"""From what a reader returned to the table of a process."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradcut.samples.event_table import EventTable, TagLayout
from gradcut.samples.identity import event_uniform, warn_about_duplicates
from gradcut.samples.objects import align_objects
from gradcut.samples.process import Process
from gradcut.samples.readers.checks import empty_sample
from gradcut.samples.readers.plan import RawEvents, RawTotals
from gradcut.samples.resolve import Resolved, Settings
from gradcut.samples.splits import Partition
from gradcut.samples.totals import Totals
from gradcut.samples.union import union_of_variations
from gradcut.samples.variations import NOMINAL
from gradcut.samples.vectors import expand_vectors
from gradcut.samples.weight_checks import check_nominal, check_varied, check_weights_finite

__all__ = ["assemble"]


@dataclass(slots=True)
class _Pools:
    """Arrays of a table, each once."""

    raw: RawEvents
    factor: float
    where: str
    weights: list[NDArray[np.float64]] = field(default_factory=list)
    known: dict[tuple[Any, ...], int] = field(default_factory=dict)

    def weight(self, key: tuple[Any, ...], values: NDArray[np.float64], mask: int, tag: str) -> int:
        """Return the index of a masked, normalised weight; ``key`` says what it is made of."""
        if key not in self.known:
            passing = self.raw.masks[mask]
            where = self.where if tag == NOMINAL else f"{self.where}, variation '{tag}'"
            check_weights_finite(values, passing, self.raw.entries, where=where)
            self.known[key] = len(self.weights)
            self.weights.append(np.where(passing, values * self.factor, 0.0))
        return self.known[key]

    def product(self, factors: tuple[int, ...]) -> NDArray[np.float64]:
        if not factors:
            return np.ones(len(self.raw.entries))
        first, *others = (np.asarray(self.raw.quantities[index], dtype=np.float64) for index in factors)
        values: NDArray[np.float64] = first
        for other in others:
            with np.errstate(all="ignore"):  # what is not finite is reported by the check of the weights
                values = values * other
        return values


def assemble(process: Process, resolved: Resolved, raw: RawEvents, settings: Settings) -> EventTable:
    """Check, normalise and lay out the events of a process.

    Raises
    ------
    DataError
        If the source is empty, nothing passes, weights cannot be used, or features that are compared object
        by object have different numbers of objects.
    """
    where, partition = process.where, settings.partition
    if raw.before.entries == 0:
        raise empty_sample(where)
    expanded, from_vectors = expand_vectors(raw, resolved.vectors, resolved.universes[0], where=where)
    union = union_of_variations(expanded, (*resolved.universes, *from_vectors))
    merged, universes = align_objects(*union, settings, where=where)
    factor = process.normalisation.factor(raw.before, where=where)
    pools = _Pools(merged, factor, where)
    layout: dict[str, TagLayout] = {}
    for universe in universes:
        mask = universe.requirement
        key = (universe.weights, mask)
        weight = pools.weight(key, pools.product(universe.weights), mask, universe.tag)
        layout[universe.tag] = TagLayout(universe.features, weight, mask)
    nominal = layout[NOMINAL]
    full = Totals.of(pools.weights[nominal.weight], merged.masks[nominal.mask])
    check_nominal(full, len(merged.entries), where=where)
    for tag, tags in layout.items():
        if (tags.weight, tags.mask) == (nominal.weight, nominal.mask):
            continue
        check_varied(Totals.of(pools.weights[tags.weight], merged.masks[tags.mask]), full, tag, where=where)
    identity = tuple(_as_uint64(np.asarray(merged.quantities[index])) for index in resolved.identity)
    table = EventTable(
        channel=process.channel,
        process=process.name,
        role=process.role,
        norm_uncertainty=process.norm_uncertainty,
        arrays=tuple(merged.quantities),
        weight_arrays=tuple(pools.weights),
        masks=tuple(merged.masks),
        layout=layout,
        entries=merged.entries,
        identity=identity,
        split_values=_split_values(merged, resolved, partition, identity, where),
        before=_normalised(raw.before, factor),
        full=full,
        normalisation=factor,
    )
    return _without_unused(table)


def _split_values(
    raw: RawEvents,
    resolved: Resolved,
    partition: Partition | None,
    identity: tuple[NDArray[np.uint64], ...],
    where: str,
) -> NDArray[np.float64] | None:
    if partition is None:
        return None
    if resolved.split is not None:
        return np.asarray(raw.quantities[resolved.split], dtype=np.float64)
    uniform = event_uniform(identity, partition.seed)
    warn_about_duplicates(identity, uniform, where=where)
    return uniform


def _as_uint64(column: NDArray[Any]) -> NDArray[np.uint64]:
    """Return integers as the hash takes them; negative ones wrap around, as in C++."""
    signed = column.dtype.kind == "i"
    return column.astype(np.int64).view(np.uint64) if signed else column.astype(np.uint64)


def _normalised(before: RawTotals, factor: float) -> RawTotals:
    return RawTotals(before.entries, before.sum_w * factor, before.sum_w2 * factor**2)


def _without_unused(table: EventTable) -> EventTable:
    """Drop arrays that no variation uses as a feature (weights, identity): not kept twice."""
    used = sorted({index for layout in table.layout.values() for index in layout.features})
    place = {index: position for position, index in enumerate(used)}
    layout = {
        tag: replace(tags, features=tuple(place[index] for index in tags.features))
        for tag, tags in table.layout.items()
    }
    return replace(table, arrays=tuple(table.arrays[index] for index in used), layout=layout)
