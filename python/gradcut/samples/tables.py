"""Collected events of all processes in all channels: what engines work on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from gradcut.errors import DeclarationError, close_matches
from gradcut.samples.event_table import EventTable
from gradcut.samples.sources import SourceSpec
from gradcut.samples.splits import Partition
from gradcut.samples.variations import NOMINAL, VariationKind

__all__ = ["EventTables", "NoTableError", "Provenance", "VariationGroup"]

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class VariationGroup:
    """The tags of one variation.

    Parameters
    ----------
    name : str
        Such as ``"JES"``.
    kind : str
        ``"up-down"``, ``"one-sided"``, ``"replicas"`` or ``"envelope"``.
    tags : tuple of str
        Such as ``("JES:up", "JES:down")``.
    """

    name: str
    kind: VariationKind
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the events of a table came from.

    Parameters
    ----------
    channel, process, variation : str
        What they are; ``"nominal"``, or the tag of a variation by files.
    source : SourceSpec
        The source.
    reader : str
        ``"root"``, ``"uproot"`` or ``"memory"``.
    entries : int
        Events in the source.
    """

    channel: str
    process: str
    variation: str
    source: SourceSpec
    reader: str
    entries: int

    def to_json(self) -> dict[str, object]:
        """Return it as a plain dict."""
        plain = {
            name: getattr(self, name) for name in ("channel", "process", "variation", "reader", "entries")
        }
        return {**plain, "source": self.source.to_json()}


class NoTableError(DeclarationError, KeyError):
    """An unknown key; mappings promise a KeyError."""

    __str__ = Exception.__str__  # that of KeyError would show the message as a literal


@dataclass(frozen=True, eq=False)
class EventTables(Mapping[Key, EventTable]):
    """Tables by (channel, process), in the order in which they were added.

    Parameters
    ----------
    features : tuple of str
        Names of the features.
    tables : mapping of (str, str) to EventTable
        The tables.
    groups : tuple of VariationGroup
        Variations that at least one process has.
    partition : Split, Folds or None
        The split that the events were collected with.
    part_name : str or None
        The part that these tables are; None: all events.
    provenance : tuple of Provenance
        Where everything came from.
    """

    features: tuple[str, ...]
    tables: Mapping[Key, EventTable]
    groups: tuple[VariationGroup, ...] = ()
    partition: Partition | None = None
    part_name: str | None = None
    provenance: tuple[Provenance, ...] = ()

    def __getitem__(self, key: Key) -> EventTable:
        if key not in self.tables:
            raise NoTableError(
                "no events of this channel and process",
                given=repr(key),
                allowed=", ".join(map(repr, self.tables)),
            )
        return self.tables[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self.tables)

    def __len__(self) -> int:
        return len(self.tables)

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the channels."""
        return tuple(dict.fromkeys(channel for channel, _ in self.tables))

    @property
    def processes(self) -> tuple[str, ...]:
        """Names of the processes."""
        return tuple(dict.fromkeys(process for _, process in self.tables))

    @property
    def variations(self) -> tuple[str, ...]:
        """All tags, ``"nominal"`` first."""
        return (NOMINAL, *(tag for group in self.groups for tag in group.tags))

    def role(self, process: str) -> str:
        """Return ``"signal"``, ``"background"`` or ``"data"``."""
        for (_, name), table in self.tables.items():
            if name == process:
                return table.role
        raise DeclarationError(f"unknown process '{process}'", hint=close_matches(process, self.processes))

    def part(self, part: str) -> EventTables:
        """Return the events of one part of the split, with weights scaled to the full yield.

        Nothing is read again.

        Parameters
        ----------
        part : str
            Such as ``"train"``, or ``"test[2]"`` of folds.

        Raises
        ------
        DeclarationError
            If the events were collected without a split, are a part already, or there is no such part.
        DataError
            If a process has no events in it.
        """
        if self.partition is None or self.part_name is not None:
            raise DeclarationError(
                "these events cannot be split"
                if self.partition is None
                else "these events are a part already",
                given=self.part_name,
                hint="samples.collect(features, split=gc.Split(...)) keeps all parts together",
            )
        partition = self.partition
        tables = {key: table.part(partition, part) for key, table in self.tables.items()}
        return replace(self, tables=tables, part_name=part)
