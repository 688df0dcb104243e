"""Collecting events: plan for every source, one event loop per source, tables at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace

from gradcut.errors import DeclarationError, GradcutError, located
from gradcut.samples.assemble import assemble
from gradcut.samples.columns import Schema
from gradcut.samples.event_table import EventTable
from gradcut.samples.process import Process
from gradcut.samples.readers.plan import Pending
from gradcut.samples.reading import ROOT_LOCK, NodeCache, begin, run_booked
from gradcut.samples.resolve import Resolved, Settings, resolve
from gradcut.samples.sources import Reader, Source
from gradcut.samples.tables import EventTables, Provenance
from gradcut.samples.variation_rules import (
    check_discovered,
    check_names,
    concerning,
    file_variations,
    group_tags,
    honoured,
)
from gradcut.samples.variations import NOMINAL, FileVariation, Variation

__all__ = ["Job", "Progress", "Reading", "plan_jobs"]

#: Called after every source that has been read: its description, how many are done, how many there are.
Progress = Callable[[str, int, int], None]


@dataclass(slots=True)
class Job:
    """One source of one process: nominal and its variations, or a variation by files."""

    process: Process
    tag: str
    source: Source
    reader: Reader
    schema: Schema
    resolved: Resolved
    pending: Pending | None = None


class Reading:
    """A planned reading of all sources: everything that can be checked without reading has been.

    Parameters
    ----------
    processes : sequence of Process
        What is read.
    variations : sequence of Variation
        Declared variations.
    settings : Settings
        What is wanted of every event.
    names : tuple of str
        Names of the features.
    reader : str
        Who reads files.
    """

    def __init__(
        self,
        processes: Sequence[Process],
        variations: Sequence[Variation],
        settings: Settings,
        names: tuple[str, ...],
        reader: str,
    ) -> None:
        self.settings, self._variations, self._names = settings, variations, names
        with ROOT_LOCK:
            self.jobs, self._in_rdf = plan_jobs(processes, variations, settings, reader)

    def book(self) -> list[Pending]:
        """Book the reading of every source; hold ``ROOT_LOCK`` from here until the loops have run."""
        for job in self.jobs:
            job.pending = begin(job.source, job.resolved.plan, job.reader)
        return [job.pending for job in self.jobs if job.pending is not None]

    def finish(self, progress: Progress | None = None) -> EventTables:
        """Return the events, after the loops."""
        tables: dict[tuple[str, str], EventTable] = {}
        provenance: list[Provenance] = []
        for done, job in enumerate(self.jobs, start=1):
            table = _finish(job, self.settings)
            key = (job.process.channel, job.process.name)
            if job.tag == NOMINAL:
                tables[key] = table
            else:
                tables[key] = replace(tables[key], own_tables={**tables[key].own_tables, job.tag: table})
            provenance.append(
                Provenance(*key, job.tag, job.source.describe(), job.reader, table.before.entries)
            )
            if progress is not None:
                progress(job.process.where, done, len(self.jobs))
        found = list(dict.fromkeys(tag for table in tables.values() for tag in table.variations))
        groups = group_tags(self._variations, self._in_rdf, found)
        return EventTables(self._names, tables, groups, self.settings.partition, None, tuple(provenance))

    def read(self, progress: Progress | None = None) -> EventTables:
        """Read the events of all processes; see ``Samples.collect``."""
        with ROOT_LOCK:
            run_booked(self.book())
        return self.finish(progress)


def _finish(job: Job, settings: Settings) -> EventTable:
    if job.pending is None:
        raise RuntimeError("a job was not begun")
    with ROOT_LOCK if job.reader == "root" else nullcontext():
        raw = job.pending.finish()
    job.pending = None  # what was read is not needed twice in memory
    return assemble(job.process, job.resolved, raw, settings)


def plan_jobs(
    processes: Sequence[Process], variations: Sequence[Variation], settings: Settings, wanted: str
) -> tuple[list[Job], dict[str, tuple[str, ...]]]:
    """Check everything that can be checked without reading, for all processes, before anything is read."""
    cache = NodeCache()
    readers = {id(process): process.source.reader(wanted) for process in processes}
    in_rdf = {
        id(process): honoured(process, variations, _vary_of(process, readers[id(process)], cache))
        for process in processes
    }
    everywhere = {name: tags for found in in_rdf.values() for name, tags in found.items()}
    check_names(processes, variations, everywhere)
    jobs: list[Job] = []
    for process in processes:
        declared = concerning(process, variations)
        own = in_rdf[id(process)]
        check_discovered(process, own, everywhere, {variation.name for variation in variations})
        reader = readers[id(process)]
        source = cache.opened(process.source, reader)
        schema = cache.schema(process.source, reader)
        resolved = resolve(process, declared, settings, schema, own)
        cache.check_files(process.source, reader, resolved.plan)
        jobs.append(Job(process, NOMINAL, source, reader, schema, resolved))
        for variation in file_variations(process, variations):
            jobs += _file_jobs(process, variation, settings, wanted, cache)
    return jobs, everywhere


def _vary_of(process: Process, reader: Reader, cache: NodeCache) -> dict[str, tuple[str, ...]]:
    """Return the ``Vary`` of a process; here its files are opened for the first time."""
    try:
        return cache.variations(process.source, reader)
    except GradcutError as error:
        raise located(error, process.where) from error


def _file_jobs(
    process: Process, variation: FileVariation, settings: Settings, wanted: str, cache: NodeCache
) -> list[Job]:
    jobs = []
    sums = variation.sum_of_weights.get(process.name)
    own = process.normalisation.sum_of_weights
    if isinstance(own, float) and sums is None:
        raise DeclarationError(
            "a variation by files has its own sum of generated weights",
            where=f"{process.where}, variation '{variation.name}'",
            given=f"sumw={own:g} for nominal",
            hint=f"samples.vary('{variation.name}', files=..., sumw={{'{process.name}': (<up>, <down>)}})",
        )
    for position, (tag, source) in enumerate(
        zip(variation.tags, variation.sources[process.name], strict=True)
    ):
        normalisation = (
            process.normalisation if sums is None else process.normalisation.with_sum(sums[position])
        )
        varied = replace(process, source=source, normalisation=normalisation)
        reader = source.reader(wanted)
        schema = cache.schema(source, reader)
        resolved = resolve(varied, (), settings, schema, {})
        cache.check_files(source, reader, resolved.plan)
        jobs.append(Job(varied, tag, cache.opened(source, reader), reader, schema, resolved))
    return jobs
