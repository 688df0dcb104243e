"""What engines of the event loop have in common: streams of samples, what is asked of them, where sums go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple, NoReturn

import numpy as np

from gradcut import rdf
from gradcut.engines.base import Engine, Precision, precision_of
from gradcut.engines.layout import ProcessRecord, make_layout
from gradcut.engines.runners import Asked, LocalRunner, found_in
from gradcut.errors import DataError, DeclarationError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.engines.runners import Bookable, Runner
    from gradcut.engines.segments import Row
    from gradcut.rdf.booked import Booked
    from gradcut.samples.streamed import Stream, StreamedTag, Streams
    from gradcut.yields import YieldsLayout

__all__ = ["COARSE", "Booking", "LoopEngine", "check_finite", "layout_of_streams", "powers", "rows_of", "run"]

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
        return found_in(self.streamed, self.tags, self.booked)

    def powers(self) -> NDArray[np.float64]:
        """Factors of the three moments; see :func:`powers`."""
        return powers(self.stream, self.streamed)


def run(bookings: list[Booking]) -> None:
    """Run the loops of some bookings together."""
    for booking in bookings:
        if booking.tags != (booking.streamed.tag,):
            booking.booked.book_variations()
    rdf.run(*(booking.booked for booking in bookings))


class LoopEngine(Engine):
    """An engine whose events stay in their files; subclasses set ``_streams`` and ask for sums."""

    _streams: Streams
    runner: Runner
    precision: Precision

    def opened(self, streams: Streams, precision: Precision, runner: Runner | None = None) -> YieldsLayout:
        """Keep the streams, and return their axes and totals, for one bin."""
        precision_of(precision)
        self._streams, self.precision = streams, precision
        self.runner = LocalRunner() if runner is None else runner
        return layout_of_streams(streams)

    def __reduce__(self) -> NoReturn:
        # ROOT would try to write the nodes into a buffer, and crash.
        raise DeclarationError(
            "an engine of the event loop cannot leave its process",
            hint="make it anew there: Samples of files can be pickled",
        )

    def tags(self) -> Iterator[tuple[Stream, StreamedTag]]:
        """All variations of all processes that have an action of their own."""
        for stream in self._streams.streams:
            for streamed in stream.tags:
                yield stream, streamed

    def place(self, stream: Stream, tag: str) -> tuple[int, int, int]:
        """Position on the axes (channels, processes, variations)."""
        return place(self.layout, stream, tag)

    def rows(self, request: Bookable, n_values: int) -> Iterator[Row]:
        """Run loops and give the sums of every process and variation.

        Parameters
        ----------
        request : Bookable
            What is wanted of each variation, sums of shape (points, 3, numbers).
        n_values : int
            How many of the numbers are sums of weights; derivatives follow.
        """
        return rows_of(self._streams, self.layout, self.runner, request, n_values)


def rows_of(
    streams: Streams, layout: YieldsLayout, runner: Runner, request: Bookable, n_values: int
) -> Iterator[Row]:
    """Sums of every process and variation of streams; see :meth:`LoopEngine.rows`."""
    pairs = [(stream, streamed) for stream in streams.streams for streamed in stream.tags]
    asked = [Asked(streamed, request, (streamed.tag, *streamed.vary)) for _, streamed in pairs]
    for (stream, streamed), found in zip(pairs, runner.run(asked), strict=True):
        for tag, sums in found.items():
            check_finite(sums[:, 1, :n_values], stream, tag)
            scale = stream.variance_scales[streamed.tag]
            yield place(layout, stream, tag), scale, sums * powers(stream, streamed)


def place(layout: YieldsLayout, stream: Stream, tag: str) -> tuple[int, int, int]:
    """Position of a variation on the axes (channels, processes, variations)."""
    return (
        layout.channels.index(stream.process.channel),
        layout.processes.index(stream.process.name),
        layout.variations.index(tag),
    )


def powers(stream: Stream, streamed: StreamedTag) -> NDArray[np.float64]:
    """Factors of the three moments, shape (1, 3, 1): normalisation of the weights."""
    factor = stream.factors[streamed.tag] * streamed.constant
    return np.array([1.0, factor, factor**2])[None, :, None]


def check_finite(sums: NDArray[np.float64], stream: Stream, tag: str) -> None:
    """Refuse weights that only the loop has seen; those of nominal were checked when the engine was made."""
    if not np.isfinite(sums).all():
        raise DataError(
            "weights are NaN or infinite",
            where=f"{stream.process.where}, variation '{tag}'",
            hint="require what makes them finite, or mend them where they are made",
        )


def layout_of_streams(streams: Streams) -> YieldsLayout:
    """Axes and totals of streams, for one bin."""
    return make_layout(map(_record, streams.streams), streams.variations, groups=streams.groups)


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
