"""The events of several regions: one channel for each, in which the cuts of the others have no value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.engines.collected import features_of
from gradcut.engines.segments import fixed_label
from gradcut.errors import DataError, DeclarationError
from gradcut.regions.disjoint import check_disjoint
from gradcut.samples.event_table import EventTable, TagLayout
from gradcut.samples.of_channel import of_channel
from gradcut.samples.splits import Split
from gradcut.samples.tables import EventTables, Key, Provenance, VariationGroup
from gradcut.samples.totals import Totals
from gradcut.samples.variations import NOMINAL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.regions.regions import Regions
    from gradcut.samples import Samples

__all__ = ["collect_regions", "samples_of"]


def samples_of(regions: Regions, samples: Samples, region: str) -> Samples:
    """Samples of one region: all, or those of the channel of its name.

    Raises
    ------
    DeclarationError
        If samples have several channels, and regions are not called like them.
    """
    if len(samples.channels) == 1 and samples.channels[0] not in regions.selections:
        return samples
    if set(samples.channels) != set(regions.selections):
        raise DeclarationError(
            "regions and the channels of the samples have the same names",
            given=f"regions {', '.join(regions.selections)}",
            allowed=f"channels {', '.join(samples.channels)}",
            hint="samples.add(..., channel='SR1'); or leave 'channel' out: every region looks at all events",
        )
    return of_channel(samples, region)


def collect_regions(regions: Regions, samples: Samples, **how: Any) -> EventTables:
    """Read the events of all regions into memory.

    Parameters
    ----------
    regions : Regions
        What is read.
    samples : Samples
        The samples.
    **how
        As for :func:`gradcut.engines.collect`.

    Returns
    -------
    EventTables
        One feature per cut of all regions; then one that is false where a cut of the own region lacks a value
        and so fails. What is fixed in a region is required of its events: totals are after it.

    Raises
    ------
    DeclarationError, DataError
        As :meth:`gradcut.Samples.collect`; if a region has no events of a role; if an event is in two regions
        that are to be disjoint.
    """
    spec = regions.kernel_spec()
    part = how.pop("part", None)
    tables: dict[Key, EventTable] = {}
    groups: dict[str, VariationGroup] = {}
    provenance: list[Provenance] = []
    partition = None
    found: dict[str, EventTables] = {}
    wanted = how.get("split")
    if wanted is None and regions.disjoint and len(samples.channels) > 1:
        how["split"] = Split()  # the identity of events is read where they are divided
    for region, selection in regions.selections.items():
        own = samples_of(regions, samples, region)
        found[region] = own.collect(features_of(selection, own), sentinels=selection.sentinels, **how)
    mine = np.array(regions.region_of_cut)
    for region, collected in found.items():
        inside, n = np.flatnonzero(mine == region), len(regions[region].cuts)
        for (_, process), table in collected.items():
            made = _of_region(table, region, inside, len(mine), n, fails=regions.missing == "fail")
            if made is not None:
                tables[region, process] = made
        groups |= {group.name: group for group in collected.groups}
        provenance += [replace(one, channel=region) for one in collected.provenance]
        partition = None if wanted is None else collected.partition
    _check_filled(regions, found, tables)
    if regions.disjoint:
        check_disjoint(regions, found)
    features = (*spec.cuts, fixed_label(0))
    whole = EventTables(features, tables, tuple(groups.values()), partition, None, tuple(provenance))
    return whole if part is None else whole.part(part)


def _of_region(
    table: EventTable, region: str, inside: NDArray[np.int64], n_cuts: int, n_own: int, *, fails: bool
) -> EventTable | None:
    """A table with a feature for every cut of all regions; None where no event is in the region."""
    arrays, weights, masks = list(table.arrays), list(table.weight_arrays), list(table.masks)
    absent = len(arrays)
    arrays.append(np.full(len(table.entries), np.nan, dtype=np.float32))
    layout: dict[str, TagLayout] = {}
    for tag, tags in table.layout.items():
        places = np.full(n_cuts, absent)
        places[inside] = tags.features[:n_own]
        mask = table.masks[tags.mask].copy()
        for fixed in tags.features[n_own:]:
            mask &= np.asarray(table.arrays[fixed]) != 0
        own = [np.asarray(table.arrays[place]) for place in tags.features[:n_own]]
        arrays.append(_has_values(own, len(mask)) if fails else np.ones(len(mask)))
        weights.append(np.where(mask, table.weight_arrays[tags.weight], 0.0))
        masks.append(mask)
        layout[tag] = TagLayout((*places.tolist(), len(arrays) - 1), len(weights) - 1, len(masks) - 1)
    nominal = layout[NOMINAL]
    full = Totals.of(weights[nominal.weight], masks[nominal.mask])
    others = {
        tag: _of_region(one, region, inside, n_cuts, n_own, fails=fails)
        for tag, one in table.own_tables.items()
    }
    if full.entries == 0:
        return None
    return replace(
        table,
        channel=region,
        arrays=tuple(arrays),
        weight_arrays=tuple(weights),
        masks=tuple(masks),
        layout=layout,
        full=full,
        own_tables={tag: one for tag, one in others.items() if one is not None},
    )


def _has_values(columns: Sequence[NDArray[Any]], n: int) -> NDArray[np.float64]:
    known = np.ones(n, dtype=np.bool_)
    for column in columns:
        if column.dtype.kind == "f":
            known &= ~np.isnan(column)
    return known.astype(np.float64)


def _check_filled(regions: Regions, found: dict[str, EventTables], tables: dict[Key, EventTable]) -> None:
    """Check that every region has events of every role."""
    for region, collected in found.items():
        for role in dict.fromkeys(table.role for table in collected.values()):
            declared = [p for (_, p), table in collected.items() if table.role == role]
            if not any((region, process) in tables for process in declared):
                raise DataError(
                    f"no event of the {role} meets what is fixed in a region",
                    where=f"region '{region}'",
                    given=", ".join(declared),
                    hint="; ".join(r.label for r in regions[region].requirements),
                )
