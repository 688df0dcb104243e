"""Samples that stay in their files: a node of RDataFrame with the features per process and variation.

Nothing is kept in memory. One event loop over all sources finds the sums that normalise and split them; every
later loop is the engine's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from gradcut.errors import DeclarationError
from gradcut.samples.collect import Job, plan_jobs
from gradcut.samples.opened import OpenedSource, SourcePlan
from gradcut.samples.process import Process
from gradcut.samples.reading import ROOT_LOCK, warn_about_few_clusters
from gradcut.samples.resolve import Settings
from gradcut.samples.source_sums import SourceSums, factors_of
from gradcut.samples.sources import ArraySource
from gradcut.samples.streamed import Stream, StreamedTag, Streams
from gradcut.samples.variation_rules import group_tags
from gradcut.samples.variations import NOMINAL, Variation

__all__ = ["Counting", "Stream", "StreamedTag", "Streams", "counted", "open_streams"]

#: Runs one loop over each source, and returns what it found, in their order.
Counting = Callable[[Sequence[OpenedSource]], list[SourceSums]]


def open_streams(
    processes: Sequence[Process],
    variations: Sequence[Variation],
    settings: Settings,
    part: str | None,
    counting: Counting | None = None,
) -> Streams:
    """Make the nodes of all processes; runs one event loop per source.

    Parameters
    ----------
    processes, variations, settings, part
        As for :meth:`gradcut.Samples.stream`.
    counting : callable, optional
        Who runs these loops; by default they run here.

    Raises
    ------
    DeclarationError, DataError
        As :meth:`gradcut.Samples.collect`.
    """
    with ROOT_LOCK:
        jobs, in_rdf = plan_jobs(processes, variations, settings, "root")
        opened = [_opened(job, settings, part) for job in jobs]
    sums = (counting or counted)(opened)
    with ROOT_LOCK:
        found = [_finished(*one) for one in zip(opened, sums, strict=True)]
    streams: dict[tuple[str, str], Stream] = {}
    for job, finished in zip(jobs, found, strict=True):
        key = (job.process.channel, job.process.name)
        nominal = streams.get(key)
        # A variation by files is a sample of its own, split like nominal.
        streams[key] = finished if nominal is None else _with_own_sample(nominal, job.tag, finished)
    all_tags = list(dict.fromkeys(tag for stream in streams.values() for tag in stream.all_tags))
    return Streams(tuple(streams.values()), group_tags(variations, in_rdf, all_tags))


def counted(sources: Sequence[OpenedSource]) -> list[SourceSums]:
    """Sums over opened sources, by one loop over each, all together."""
    from gradcut.rdf import run

    with ROOT_LOCK:
        booked = [source.book_sums() for source in sources]
        run(*(moments for one in booked for moments in one.moments))
        return [one.found() for one in booked]


def _opened(job: Job, settings: Settings, part: str | None) -> OpenedSource:
    if isinstance(job.source, ArraySource):
        raise DeclarationError(
            "the event loop reads files and RDataFrames",
            where=job.process.where,
            given="arrays",
            hint="use the engine for events in memory, or ROOT.RDF.FromNumpy(...)",
        )
    warn_about_few_clusters(job.source, job.process.where)
    return OpenedSource(SourcePlan(job.process, job.resolved, settings, part), job.source.node())  # type: ignore[attr-defined]


def _finished(source: OpenedSource, sums: SourceSums) -> Stream:
    process = source.plan.process
    factors = factors_of(process, sums, source.constant, source.plan.part)
    tags = source.tags(sums.lengths)
    return Stream(
        process,
        tags,
        {tag.tag: factors.factor for tag in tags},
        {tag.tag: factors.variance_scale for tag in tags},
        factors.totals,
        factors.mean_weight,
    )


def _with_own_sample(nominal: Stream, tag: str, own: Stream) -> Stream:
    return Stream(
        nominal.process,
        (*nominal.tags, replace(own.tags[0], tag=tag, vary=())),
        {**nominal.factors, tag: own.factors[NOMINAL]},
        {**nominal.variance_scales, tag: own.variance_scales[NOMINAL]},
        nominal.totals,
        nominal.mean_weight,
    )
