"""The events that bins are of."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gradcut.binning.channels import ChannelBinning
from gradcut.errors import DeclarationError
from gradcut.samples.of_channel import of_channel
from gradcut.samples.tables import EventTables, Key, Provenance, VariationGroup

if TYPE_CHECKING:
    from gradcut.binning.channels import BinGroup, OneBinning
    from gradcut.samples import Samples
    from gradcut.samples.event_table import EventTable

__all__ = ["collect_bins", "missing_values", "of_group"]


def collect_bins(binning: OneBinning | ChannelBinning, samples: Samples, **how: Any) -> EventTables:
    """Read the columns of bins into memory.

    Parameters
    ----------
    binning
        The bins.
    samples : Samples
        The samples.
    **how
        As for :meth:`gradcut.Samples.collect`.

    Returns
    -------
    EventTables
        With one feature per column; of bins by channel, as many per table as its channel has columns.
    """
    if not isinstance(binning, ChannelBinning):
        return samples.collect(dict(zip(binning.spec.columns, binning.expressions, strict=True)), **how)
    if set(samples.channels) != set(binning.by_channel):
        raise DeclarationError(
            "bins by channel are those of the channels of the samples",
            given=", ".join(binning.by_channel),
            allowed=", ".join(samples.channels),
            hint="samples.add(..., channel='SR')",
        )
    labels = binning.spec.columns
    tables: dict[Key, EventTable] = {}
    groups: dict[str, VariationGroup] = {}
    provenance: list[Provenance] = []
    found: EventTables | None = None
    for channel, expressions in binning.expressions.items():
        own = dict(zip(labels, expressions, strict=False))
        found = of_channel(samples, channel).collect(own, **how)
        tables |= found.tables
        groups |= {group.name: group for group in found.groups}
        provenance += found.provenance
    assert found is not None
    return replace(
        found, features=labels, tables=tables, groups=tuple(groups.values()), provenance=tuple(provenance)
    )


def of_group(tables: EventTables, group: BinGroup) -> EventTables:
    """Events of the channels of a group."""
    mine = {key: table for key, table in tables.items() if key[0] in group.channels}
    return replace(tables, features=group.binning.spec.columns, tables=mine)


def missing_values(binning: OneBinning | ChannelBinning, tables: EventTables) -> dict[str, int]:
    """How many events have no value, by the name of the column."""
    if not isinstance(binning, ChannelBinning):
        names = binning.spec.columns
        return {
            name: int(sum(table.missing()[i] for table in tables.values())) for i, name in enumerate(names)
        }
    found: dict[str, int] = {}
    for group in binning.groups:
        found |= missing_values(group.binning, of_group(tables, group))
    return found
