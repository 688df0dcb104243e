"""What engines of the event loop have in common: streams of samples, bookings, and where their sums go."""

from __future__ import annotations

import abc
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple, NoReturn

import numpy as np

from gradcut import rdf
from gradcut.engines.base import Engine, Evaluation, Precision, precision_of
from gradcut.engines.layout import ProcessRecord, make_layout
from gradcut.engines.segments import Row
from gradcut.errors import DataError, DeclarationError
from gradcut.rdf.booked import Booked
from gradcut.samples.reading import ROOT_LOCK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.samples.streaming import Stream, StreamedTag, Streams
    from gradcut.yields import YieldsLayout

__all__ = ["COARSE", "Booking", "LoopEngine", "run"]

#: Threshold over width beyond which a threshold rounded to float would move by more than 1e-4 widths.
COARSE = 1e-4 * 2**24


class Booking(NamedTuple):
    """What was booked for one variation of a process, and those of a ``Vary`` that come with it."""

    stream: Stream
    streamed: StreamedTag
    booked: Booked[NDArray[np.float64]]
    #: Variations that are wanted.
    tags: tuple[str, ...]

    def found(self) -> dict[str, NDArray[np.float64]]:
        """Results of every variation that is wanted."""
        result = {self.streamed.tag: self.booked.value()}
        if self.tags != (self.streamed.tag,):
            varied = self.booked.variations()
            # An action that does not depend on the Vary has no result of its own: it is nominal.
            result |= {tag: varied.get(tag, varied["nominal"]) for tag in self.streamed.vary}
        return {tag: result[tag] for tag in self.tags}

    def powers(self) -> NDArray[np.float64]:
        """Factors of the three moments, shape (1, 3, 1): normalisation of the weights."""
        factor = self.stream.factors[self.streamed.tag] * self.streamed.constant
        return np.array([1.0, factor, factor**2])[None, :, None]


class LoopEngine(Engine):
    """An engine whose events stay in their files; subclasses set ``_streams`` and book the loops."""

    _streams: Streams
    precision: Precision

    def opened(self, streams: Streams, precision: Precision) -> YieldsLayout:
        """Keep the streams, and return their axes and totals, for one bin."""
        precision_of(precision)
        self._streams, self.precision = streams, precision
        return make_layout(map(_record, streams.streams), streams.variations, groups=streams.groups)

    def __reduce__(self) -> NoReturn:
        # ROOT would try to write the nodes into a buffer, and crash.
        raise DeclarationError(
            "an engine of the event loop cannot leave its process",
            hint="make it anew there: Samples of files can be pickled",
        )

    def _evaluate(self, points: NDArray[np.float64], *, hard: bool) -> Evaluation:
        with ROOT_LOCK:
            return self._loop(points, hard=hard)

    @abc.abstractmethod
    def _loop(self, points: NDArray[np.float64], *, hard: bool) -> Evaluation:
        """Run the event loops of an evaluation; nobody else uses ROOT meanwhile."""

    def tags(self) -> Iterator[tuple[Stream, StreamedTag]]:
        """All variations of all processes that have an action of their own."""
        for stream in self._streams.streams:
            for streamed in stream.tags:
                yield stream, streamed

    def place(self, stream: Stream, tag: str) -> tuple[int, int, int]:
        """Position on the axes (channels, processes, variations)."""
        layout = self.layout
        return (
            layout.channels.index(stream.process.channel),
            layout.processes.index(stream.process.name),
            layout.variations.index(tag),
        )

    def rows(
        self, book: Callable[[StreamedTag], Booked[NDArray[np.float64]]], n_values: int
    ) -> Iterator[Row]:
        """Run loops and give the sums of every process and variation.

        Parameters
        ----------
        book : callable
            Books the sums of one variation, of shape (points, 3, numbers).
        n_values : int
            How many of the numbers are sums of weights; derivatives follow.
        """
        bookings = [
            Booking(stream, streamed, book(streamed), (streamed.tag, *streamed.vary))
            for stream, streamed in self.tags()
        ]
        run(bookings)
        for booking in bookings:
            for tag, sums in booking.found().items():
                _check_finite(sums[:, 1, :n_values], booking.stream, tag)
                scale = booking.stream.variance_scales[booking.streamed.tag]
                yield self.place(booking.stream, tag), scale, sums * booking.powers()


def run(bookings: list[Booking]) -> None:
    """Run the loops of some bookings together."""
    for booking in bookings:
        if booking.tags != (booking.streamed.tag,):
            booking.booked.book_variations()
    rdf.run(*(booking.booked for booking in bookings))


def _check_finite(sums: NDArray[np.float64], stream: Stream, tag: str) -> None:
    """Refuse weights that only the loop has seen; those of nominal were checked when the engine was made."""
    if not np.isfinite(sums).all():
        raise DataError(
            "weights are NaN or infinite",
            where=f"{stream.process.where}, variation '{tag}'",
            hint="require what makes them finite, or mend them where they are made",
        )


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
