"""What one loop over a source finds, as plain numbers: the sums that normalise and split it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gradcut.errors import DataError
from gradcut.samples.process import Process
from gradcut.samples.readers.checks import empty_sample, part_without_events
from gradcut.samples.readers.plan import RawTotals
from gradcut.samples.totals import Totals
from gradcut.samples.weight_checks import check_nominal

__all__ = ["Moments", "SourceFactors", "SourceSums", "factors_of", "merged"]

#: Entries, sum of weights, sum of their squares.
Moments = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class SourceSums:
    """Sums over the events of a source, weights as they are in its column.

    Parameters
    ----------
    read : int
        Events read.
    before, full, part : tuple of float
        Before any requirement; after it; of the part of the split.
    passing : int
        Events that pass the requirement, whatever their weight.
    absolute : float
        Sum of absolute weights of the part.
    largest : float
        The largest absolute weight of the part.
    lengths : tuple of (int, int)
        Per vector column of weights, the smallest and the largest number of them in an event.
    """

    read: int
    before: Moments
    full: Moments
    part: Moments
    passing: int
    absolute: float
    largest: float
    lengths: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class SourceFactors:
    """What the sums of a source are multiplied with; see :class:`gradcut.samples.streamed.Stream`."""

    factor: float
    variance_scale: float
    totals: Totals
    mean_weight: float


def merged(sums: Sequence[SourceSums]) -> SourceSums:
    """Sums over several ranges of a source, added in their order."""

    def added(name: str) -> Moments:
        entries, sum_w, sum_w2 = (
            sum(values) for values in zip(*(getattr(s, name) for s in sums), strict=True)
        )
        return entries, sum_w, sum_w2

    return SourceSums(
        sum(one.read for one in sums),
        added("before"),
        added("full"),
        added("part"),
        sum(one.passing for one in sums),
        sum(one.absolute for one in sums),
        max(one.largest for one in sums),
        tuple(
            (min(low for low, _ in column), max(high for _, high in column))
            for column in zip(*(one.lengths for one in sums), strict=True)
        ),
    )


def factors_of(process: Process, sums: SourceSums, constant: float, part_name: str | None) -> SourceFactors:
    """Normalise a source.

    Parameters
    ----------
    process : Process
        As declared.
    sums : SourceSums
        Of all its events.
    constant : float
        What every weight is multiplied with before that.
    part_name : str or None
        The part of the split, for messages.

    Raises
    ------
    DataError
        If there are no events, or weights that cannot be normalised.
    """
    if sums.read == 0:
        raise empty_sample(process.where)
    raw = RawTotals(sums.read, sums.before[1] * constant, sums.before[2] * constant**2)
    factor = process.normalisation.factor(raw, where=process.where)
    scale = factor * constant
    full, part = sums.full, sums.part
    _check(process, sums, scale)
    if part[0] == 0 or part[1] * scale <= 0:
        where = f"{process.where}, part '{part_name}'"
        raise part_without_events(int(part[0]), part[1] * scale, int(full[0]), where)
    split = full[1] / part[1]
    variance_scale = full[2] / (split**2 * part[2])
    totals = Totals(
        int(part[0]),
        part[1] * scale * split,
        part[2] * (scale * split) ** 2,
        sums.largest * abs(scale),
        part[1] * scale * split / part[0],
    )
    return SourceFactors(factor * split, variance_scale, totals, sums.absolute / part[0] * abs(scale))


def _check(process: Process, sums: SourceSums, scale: float) -> None:
    if not np.isfinite(sums.full[1]):
        raise DataError(
            "weights are NaN or infinite",
            where=process.where,
            hint="require what makes them finite, or mend them where they are made",
        )
    totals = Totals(sums.passing, sums.full[1] * scale, sums.full[2] * scale**2, float("nan"), float("nan"))
    check_nominal(totals, sums.read, where=process.where)
