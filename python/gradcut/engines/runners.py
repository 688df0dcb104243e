"""Who runs event loops: what is asked for of the events in files, and ROOT's loop in this process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from gradcut import rdf
from gradcut.samples.reading import ROOT_LOCK
from gradcut.samples.streaming import counted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gradcut.binning.bins_spec import BinsSpec
    from gradcut.engines.base import Precision
    from gradcut.engines.parameters import Thresholds
    from gradcut.kernel_spec import KernelSpec
    from gradcut.rdf.booked import Booked
    from gradcut.rdf.moments import Derivatives
    from gradcut.samples.opened import OpenedSource
    from gradcut.samples.source_sums import SourceSums
    from gradcut.samples.streamed import StreamedTag

__all__ = [
    "Asked",
    "BookBins",
    "BookBinsGradient",
    "BookSelection",
    "Bookable",
    "LocalRunner",
    "Runner",
    "found_in",
]


class Bookable(Protocol):
    """Sums that can be booked on the events of a variation; plain data, so that it can be pickled."""

    def book(self, streamed: StreamedTag) -> Booked[NDArray[np.float64]]:
        """Book them; sums over several ranges of events are added."""


@dataclass(frozen=True, eq=False)
class BookSelection:
    """Moments of a soft selection; see :func:`gradcut.rdf.book_soft_moments`."""

    spec: KernelSpec
    thresholds: Thresholds
    precision: Precision
    derivatives: Derivatives

    def book(self, streamed: StreamedTag) -> rdf.BookedMoments:
        """Book the moments."""
        at = self.thresholds
        return rdf.book_soft_moments(
            *(streamed.node, self.spec, streamed.features, streamed.weight, at.low, at.high, at.width),
            terms=at.terms,
            precision=self.precision,
            derivatives=self.derivatives,
        )


@dataclass(frozen=True, eq=False)
class BookBins:
    """Moments in bins; see :func:`gradcut.rdf.book_bin_moments`."""

    spec: BinsSpec
    points: NDArray[np.float64]
    precision: Precision

    def book(self, streamed: StreamedTag) -> rdf.BookedBins:
        """Book the moments."""
        columns, weight = streamed.features, streamed.weight
        return rdf.book_bin_moments(
            streamed.node, self.spec, columns, weight, self.points, precision=self.precision
        )


@dataclass(frozen=True, eq=False)
class BookBinsGradient:
    """Moments in bins contracted with cotangents; see :func:`gradcut.rdf.book_bin_vjp`."""

    spec: BinsSpec
    points: NDArray[np.float64]
    cotangents: NDArray[np.float64]
    precision: Precision

    def book(self, streamed: StreamedTag) -> rdf.BookedBins:
        """Book the gradient."""
        columns, weight = streamed.features, streamed.weight
        return rdf.book_bin_vjp(
            *(streamed.node, self.spec, columns, weight, self.points, self.cotangents),
            precision=self.precision,
        )


class Asked(NamedTuple):
    """Sums that are wanted of one variation, and of those of a ``Vary`` that come with it."""

    streamed: StreamedTag
    request: Bookable
    #: Variations that are wanted: that of the node, those of its ``Vary``.
    tags: tuple[str, ...]


class Runner(Protocol):
    """Reads all events of some sources."""

    def count(self, sources: Sequence[OpenedSource]) -> list[SourceSums]:
        """Sums that normalise and split, per source."""

    def run(self, asked: Sequence[Asked]) -> list[dict[str, NDArray[np.float64]]]:
        """Sums per question and wanted variation, weights as they are in their columns; one pass."""


class LocalRunner:
    """Event loops in this process, those of all sources together."""

    def count(self, sources: Sequence[OpenedSource]) -> list[SourceSums]:
        """See :class:`Runner`."""
        return counted(sources)

    def run(self, asked: Sequence[Asked]) -> list[dict[str, NDArray[np.float64]]]:
        """See :class:`Runner`."""
        with ROOT_LOCK:
            booked = [one.request.book(one.streamed) for one in asked]
            for one, found in zip(asked, booked, strict=True):
                if one.tags != (one.streamed.tag,):
                    found.book_variations()
            rdf.run(*booked)
            return [found_in(one.streamed, one.tags, sums) for one, sums in zip(asked, booked, strict=True)]


def found_in(
    streamed: StreamedTag, tags: tuple[str, ...], booked: Booked[NDArray[np.float64]]
) -> dict[str, NDArray[np.float64]]:
    """Results of every variation that is wanted."""
    result = {streamed.tag: booked.value()}
    if tags != (streamed.tag,):
        varied = booked.variations()
        # An action that does not depend on the Vary has no result of its own: it is nominal.
        result |= {tag: varied.get(tag, varied["nominal"]) for tag in streamed.vary}
    return {tag: result[tag] for tag in tags}
