"""A part of the events in memory, chosen by the hash of their identity, that stands for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gradcut.engines import collect
from gradcut.errors import DeclarationError
from gradcut.samples.sources import FileSource, FromSpec, NodeSource
from gradcut.samples.variations import FileVariation

if TYPE_CHECKING:
    from gradcut.fitting.settings import Settings
    from gradcut.samples import EventTables, Samples
    from gradcut.samples.event_table import EventTable
    from gradcut.samples.process import Process
    from gradcut.samples.sources import Prepare, Source
    from gradcut.selection import Selection

__all__ = ["ENOUGH", "fractions_of", "subsample"]

#: Events per process that a warm start is made of.
ENOUGH = 200_000
#: Added to the seed of the split: another number than those that divide events.
_SEED = 2
_UNIFORM = "_gradcut_subsample_uniform"


def fractions_of(entries: Mapping[tuple[str, str], int], limit: int = ENOUGH) -> dict[tuple[str, str], float]:
    """Which part of the events of every channel and process is taken: all of those that have few.

    Parameters
    ----------
    entries : mapping of (channel, process) to int
        Events of each.
    limit : int, default 200000
        About so many are taken.
    """
    return {key: min(1.0, limit / max(n, 1)) for key, n in entries.items()}


def subsample(
    selection: Selection, samples: Samples, settings: Settings, fractions: Mapping[tuple[str, str], float]
) -> EventTables:
    """Read some of the events, with weights and variances that stand for all of them.

    Parameters
    ----------
    selection : Selection
        Whose features are read.
    samples : Samples
        Files or nodes, with the identity of their events.
    settings : Settings
        With the partition, which is kept.
    fractions : mapping of (channel, process) to float
        Which part of them.

    Raises
    ------
    DeclarationError
        If events have no identity.
    """
    identity = samples.event_columns
    if not identity:
        raise DeclarationError(
            "a fit of events in files begins with some of them, chosen by their identity",
            hint='gc.Samples(event=["run", "event"]), or engine="cpu"',
        )
    seed = (settings.partition.seed + _SEED) % 2**64
    few = copy(samples)
    few._processes = {
        key: _thinned(process, identity, seed, fractions[process.channel, process.name])
        for key, process in samples._processes.items()
        if process.role != "data"
    }
    few._variations = {
        name: _thinned_files(one, identity, seed, fractions) if isinstance(one, FileVariation) else one
        for name, one in samples._variations.items()
    }
    tables = collect(selection, few, split=settings.partition, reader="root")
    automatic = {
        (process.channel, process.name): process.normalisation.sum_of_weights == "auto"
        for process in few._processes.values()
    }
    made = {key: _scaled(table, fractions[key], is_automatic=automatic[key]) for key, table in tables.items()}
    return replace(tables, tables=made)


@dataclass(frozen=True)
class _Some:
    """Keeps some of the events of a node, after what the user prepares; can be pickled where that can."""

    identity: tuple[str, ...]
    seed: int
    fraction: float
    first: Prepare | None = None

    def __call__(self, node: Any) -> Any:
        from gradcut import rdf

        made = node if self.first is None else self.first(node)
        made = rdf.define_uniform(made, _UNIFORM, self.identity, seed=self.seed)
        return made.Filter(f"{_UNIFORM} < {self.fraction!r}")


def _scaled(table: EventTable, fraction: float, *, is_automatic: bool) -> EventTable:
    """Weights that stand for all events, and variances that all of them will have."""
    if fraction >= 1.0:
        return table
    # What is normalised by its own sum of weights stands for all events already.
    factor = 1.0 if is_automatic else 1.0 / fraction
    return replace(
        table,
        weight_arrays=tuple(weights * factor for weights in table.weight_arrays),
        full=replace(
            table.full,
            sum_w=table.full.sum_w * factor,
            sum_w2=table.full.sum_w2 * factor**2,
            max_abs_w=table.full.max_abs_w * factor,
            mean_w=table.full.mean_w * factor,
        ),
        split_factor=table.split_factor / fraction,
        variance_scale=table.variance_scale * fraction,
        own_tables={
            tag: _scaled(own, fraction, is_automatic=is_automatic) for tag, own in table.own_tables.items()
        },
    )


def _thinned(process: Process, identity: tuple[str, ...], seed: int, fraction: float) -> Process:
    if fraction >= 1.0:
        return process
    return replace(process, source=_some(process.source, _Some(identity, seed, fraction)))


def _thinned_files(
    variation: FileVariation,
    identity: tuple[str, ...],
    seed: int,
    fractions: Mapping[tuple[str, str], float],
) -> FileVariation:
    """Files of a variation, of which the same part is taken as of the nominal ones."""
    least = {
        name: min(f for (_, process), f in fractions.items() if process == name) for _, name in fractions
    }
    sources = {
        process: tuple(
            one if least.get(process, 1.0) >= 1.0 else _some(one, _Some(identity, seed, least[process]))
            for one in found
        )
        for process, found in variation.sources.items()
    }
    return replace(variation, sources=sources)


def _some(source: Source, keep: _Some) -> Source:
    if isinstance(source, NodeSource):
        return NodeSource(keep(source.node()))
    if not isinstance(source, (FileSource, FromSpec)):
        raise DeclarationError("the event loop reads files and RDataFrames", given=type(source).__name__)
    made: Any = copy(source)
    inner = made
    if isinstance(source, FromSpec):
        inner = made._files = copy(source._files)
    inner.prepare = replace(keep, first=source.prepare)
    return made  # type: ignore[no-any-return]
