"""What the cutflow of one process asks of its events, whoever reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from gradcut.errors import DataError
from gradcut.expressions.text import describe
from gradcut.results.cutflow.rows import Stage, Sums
from gradcut.samples.readers.plan import RawTotals

if TYPE_CHECKING:
    from gradcut.expressions import Expression
    from gradcut.samples.collect import Job

__all__ = ["ALL_EVENTS", "Counted", "Counting", "normalised", "requirement_labels", "weight_of"]

#: Label of the first row.
ALL_EVENTS = "all events"


@dataclass(frozen=True)
class Counted:
    """Sums of one process, weights as they stand in the source.

    Parameters
    ----------
    labels : list of (str, Stage)
        One per row.
    sums : list of Sums
        Of the events left in each row.
    reports : list
        What ROOT says, None where it was not asked.
    absolute : float
        Sum of absolute weights in the last row before the cuts.
    """

    labels: list[tuple[str, Stage]]
    sums: list[Sums]
    reports: list[tuple[int, int] | None]
    absolute: float


class Counting(Protocol):
    """A cutflow that is being counted."""

    @property
    def booked(self) -> Sequence[Any]:
        """What ``gradcut.rdf.run`` has to run, empty where nothing is."""

    def finish(self) -> Counted:
        """Return the sums, after the event loop."""


def weight_of(job: Job) -> Expression:
    """Return the nominal weight of a process."""
    plan = job.resolved.plan
    return plan.quantities[plan.weight].expression


def requirement_labels(job: Job) -> list[tuple[str, Stage]]:
    """Labels of all events and of the requirements of the samples."""
    return [(ALL_EVENTS, "events"), *((describe(part), "requirement") for part in job.process.require)]


def normalised(counted: Counted, job: Job) -> tuple[list[Sums], float]:
    """Return sums in expected events, and the share of negative weights.

    Raises
    ------
    DataError
        If weights are NaN or infinite after the requirements.
    """
    first = counted.sums[0]
    before = RawTotals(first.entries, first.sum_w, first.sum_w2)
    factor = job.process.normalisation.factor(before, where=job.process.where)
    start = max(i for i, (_, stage) in enumerate(counted.labels) if stage != "cut")
    kept = counted.sums[start]
    if not np.isfinite(kept.sum_w2):
        raise DataError(
            "weights are NaN or infinite",
            where=job.process.where,
            hint="require what makes them finite, or mend them where they are made",
        )
    negative = (counted.absolute - kept.sum_w) / 2 / counted.absolute if counted.absolute > 0 else 0.0
    scaled = [Sums(s.entries, s.sum_w * factor, s.sum_w2 * factor**2) for s in counted.sums]
    return scaled, max(negative, 0.0)
