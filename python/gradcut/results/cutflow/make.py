"""Making a cutflow: one event loop per source for everything that is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from gradcut.engines.collected import check_sentinels_known
from gradcut.errors import DeclarationError
from gradcut.results.cutflow.array_counting import ArrayCounting
from gradcut.results.cutflow.plan import Counting, normalised
from gradcut.results.cutflow.rows import Cutflow, ProcessCutflow, rows_of
from gradcut.results.cutflow.varied import decisions, varied_yields
from gradcut.results.folds import partition_of
from gradcut.samples import Samples
from gradcut.samples.reading import ROOT_LOCK, run_booked
from gradcut.samples.variations import NOMINAL

if TYPE_CHECKING:
    from gradcut.expressions import Expression
    from gradcut.results.cuts import Cuts
    from gradcut.samples.collect import Job

__all__ = ["cutflow"]

#: Name of the process where the events belong to no samples.
EVENTS = "events"


def cutflow(
    result: Cuts,
    source: Any,
    weight: str | float | Expression | None,
    *,
    folds: bool,
    variations: bool,
    reader: Literal["auto", "root", "uproot"],
    unblind: bool,
) -> Cutflow:
    """Count; see :meth:`gradcut.results.Cuts.cutflow`."""
    own = not isinstance(source, Samples)
    samples = _samples_of(result, source, weight) if own else source
    if not own and weight is not None:
        raise DeclarationError(
            "samples have their own weights",
            given=f"weight={weight!r}",
            hint="leave weight out, or give an RDataFrame or arrays",
        )
    check_sentinels_known(result.selection, samples)
    partition = partition_of(result) if folds else None
    reading = samples.reading(
        decisions(result, folds=folds),
        split=partition if variations else None,
        reader=reader,
        unblind=unblind,
    )
    jobs = [job for job in reading.jobs if job.tag == NOMINAL]
    with ROOT_LOCK:
        pending = reading.book() if variations else []
        countings = [_counting(result, job, folds) for job in jobs]
        run_booked([*pending, *countings])
        counted = [counting.finish() for counting in countings]
    tables = reading.finish() if variations else None
    flows = []
    for job, sums in zip(jobs, counted, strict=True):
        scaled, negative = normalised(sums, job)
        process = job.process
        varied = (
            ()
            if tables is None
            else varied_yields(result, tables[process.channel, process.name], folds=folds)
        )
        flows.append(
            ProcessCutflow(
                channel="" if own else process.channel,
                process=process.name,
                role="" if own else process.role,
                rows=rows_of(sums.labels, scaled, sums.reports),
                negative=negative,
                variations=varied,
            )
        )
    return Cutflow(tuple(flows))


def _counting(result: Cuts, job: Job, folds: bool) -> Counting:
    if job.reader == "root":
        from gradcut.results.cutflow.root_counting import RootCounting

        return RootCounting(result, job, folds=folds)
    return ArrayCounting(result, job, folds=folds)


def _samples_of(result: Cuts, source: Any, weight: str | float | Expression | None) -> Samples:
    event = result.provenance["event"]
    samples = Samples(weight=weight, event=event or None, sentinels=result.selection.sentinels)
    samples.add(EVENTS, source, role="signal")
    return samples
