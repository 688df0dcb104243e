"""Events in files, sums in ROOT's event loop, nothing kept in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import numpy as np

from gradcut import rdf
from gradcut.engines.base import Evaluation, Precision, SelectionEngine, precision_of
from gradcut.engines.collected import features_of
from gradcut.engines.layout import ProcessRecord, make_layout
from gradcut.engines.moments import objects_of
from gradcut.engines.segments import Row, assemble
from gradcut.errors import DataError, DeclarationError
from gradcut.samples.reading import ROOT_LOCK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.engines.parameters import Thresholds
    from gradcut.kernel_spec import KernelSpec
    from gradcut.samples import Samples
    from gradcut.samples.splits import Partition
    from gradcut.samples.streaming import Stream, StreamedTag
    from gradcut.selection import Selection

__all__ = ["EventLoopEngine"]


#: Threshold over width beyond which a threshold rounded to float would move by more than 1e-4 widths.
_COARSE = 1e-4 * 2**24


class _Booking(NamedTuple):
    stream: Stream
    streamed: StreamedTag
    booked: rdf.BookedMoments


class EventLoopEngine(SelectionEngine):
    """Yields of events that stay in their files.

    Parameters
    ----------
    selection : Selection
        The selection.
    samples : Samples
        Files or RDataFrame nodes. What else is booked on a node runs in the same loops.
    split, part : optional
        As for :meth:`gradcut.Samples.collect`.
    precision : {"float32", "float64"}, default "float32"
        Precision of the kernels; sums are in double either way. Where a threshold is very large beside its
        width, double is used anyway.
    unblind : bool, default False
        Whether to read data.

    Notes
    -----
    Making the engine takes one pass over the events, for the sums that normalise them; every evaluation takes
    another, for any number of points, with all derivatives. With ``ROOT.EnableImplicitMT()``, which is the
    user's to call, loops use several threads; the same split into tasks gives the same bits.
    """

    def __init__(
        self,
        selection: Selection,
        samples: Samples,
        *,
        split: Partition | None = None,
        part: str | None = None,
        precision: Precision = "float32",
        unblind: bool = False,
    ) -> None:
        precision_of(precision)
        self.precision = precision
        spec = selection.kernel_spec()
        self._streams = samples.stream(
            features_of(selection, samples),
            split=split,
            part=part,
            sentinels=selection.sentinels,
            objects=objects_of(spec),
            unblind=unblind,
        )
        super().__init__(spec, make_layout(map(_record, self._streams.streams), self._streams.variations))
        self._nodes = {
            id(tag): _selected(tag, spec) for stream in self._streams.streams for tag in stream.tags
        }

    def __reduce__(self) -> NoReturn:
        # ROOT would try to write the nodes into a buffer, and crash.
        raise DeclarationError(
            "an engine of the event loop cannot leave its process",
            hint="make it anew there: a Selection and Samples of files can be pickled",
        )

    def _evaluate(self, points: NDArray[np.float64], *, hard: bool) -> Evaluation:
        with ROOT_LOCK:
            return self._loop(points, hard=hard)

    def _loop(self, points: NDArray[np.float64], *, hard: bool) -> Evaluation:
        thresholds = self.map.thresholds(points)
        spec = replace(self.spec, step="hard") if hard else self.spec
        bookings = []
        for stream in self._streams.streams:
            for streamed in stream.tags:
                booked = rdf.book_soft_moments(
                    self._nodes[id(streamed)],
                    spec,
                    streamed.features[: len(spec.columns)],
                    streamed.weight,
                    thresholds.low,
                    thresholds.high,
                    thresholds.width,
                    terms=thresholds.terms,
                    precision="float64" if hard else self._precision_at(thresholds),
                    derivatives="none" if hard else "all",
                )
                if streamed.vary:
                    booked.book_variations()
                bookings.append(_Booking(stream, streamed, booked))
        rdf.run(*(booking.booked for booking in bookings))
        return assemble(self.layout, self.map, len(points), self._rows(bookings))

    def _precision_at(self, thresholds: Thresholds) -> Precision:
        """Return the precision that keeps the promise: float columns are read as they are, not shifted."""
        largest = np.maximum(np.abs(thresholds.low), np.abs(thresholds.high))
        return "float64" if np.any(largest > _COARSE * thresholds.width) else self.precision

    def _rows(self, bookings: list[_Booking]) -> Iterator[Row]:
        layout = self.layout
        for stream, streamed, booked in bookings:
            c = layout.channels.index(stream.process.channel)
            p = layout.processes.index(stream.process.name)
            factor = stream.factors[streamed.tag] * streamed.constant
            powers = np.array([1.0, factor, factor**2])[None, :, None]
            found = {streamed.tag: booked.value()}
            if streamed.vary:
                varied = booked.variations()
                # An action that does not depend on the Vary has no result of its own: it is nominal.
                found |= {tag: varied.get(tag, varied["nominal"]) for tag in streamed.vary}
            for tag, sums in found.items():
                _check_finite(sums, stream, tag)
                at = (c, p, layout.variations.index(tag))
                yield at, stream.variance_scales[streamed.tag], sums * powers


def _check_finite(sums: NDArray[np.float64], stream: Stream, tag: str) -> None:
    """Refuse weights that only the loop has seen; those of nominal were checked when the engine was made."""
    if not np.isfinite(sums[:, 1, 0]).all():
        raise DataError(
            "weights are NaN or infinite",
            where=f"{stream.process.where}, variation '{tag}'",
            hint="require what makes them finite, or mend them where they are made",
        )


def _selected(streamed: StreamedTag, spec: KernelSpec) -> Any:
    """Apply the fixed requirements of the selection, the features after those of the cuts."""
    node = streamed.node
    for fixed in streamed.features[len(spec.columns) :]:
        node = node.Filter(f"{fixed} != 0")
    return node


def _record(stream: Stream) -> ProcessRecord:
    return ProcessRecord(
        stream.process.channel,
        stream.process.name,
        stream.process.role,
        stream.process.norm_uncertainty or 0.0,
        stream.all_tags,
        stream.totals.sum_w,
        stream.totals.entries,
        stream.totals.max_abs_w,
        stream.mean_weight,
    )
