"""Events in files, sums in ROOT's event loop, nothing kept in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut import rdf
from gradcut.engines.base import Evaluation, Precision, SelectionEngine
from gradcut.engines.collected import features_of
from gradcut.engines.loops import COARSE, LoopEngine
from gradcut.engines.moments import objects_of
from gradcut.engines.segments import assemble

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.engines.parameters import Thresholds
    from gradcut.kernel_spec import KernelSpec
    from gradcut.samples import Samples
    from gradcut.samples.splits import Partition
    from gradcut.samples.streaming import StreamedTag
    from gradcut.selection import Selection

__all__ = ["EventLoopEngine"]


class EventLoopEngine(LoopEngine, SelectionEngine):
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
        spec = selection.kernel_spec()
        streams = samples.stream(
            features_of(selection, samples),
            split=split,
            part=part,
            sentinels=selection.sentinels,
            objects=objects_of(spec),
            unblind=unblind,
        )
        super().__init__(spec, self.opened(streams, precision))
        self._nodes = {id(streamed): _selected(streamed, spec) for _, streamed in self.tags()}

    def _loop(self, points: NDArray[np.float64], *, hard: bool) -> Evaluation:
        thresholds = self.map.thresholds(points)
        spec = replace(self.spec, step="hard") if hard else self.spec

        def book(streamed: StreamedTag) -> rdf.BookedMoments:
            return rdf.book_soft_moments(
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

        return assemble(self.layout, self.map, len(points), self.rows(book, 1))

    def _precision_at(self, thresholds: Thresholds) -> Precision:
        """Return the precision that keeps the promise: float columns are read as they are, not shifted."""
        largest = np.maximum(np.abs(thresholds.low), np.abs(thresholds.high))
        return "float64" if np.any(largest > COARSE * thresholds.width) else self.precision


def _selected(streamed: StreamedTag, spec: KernelSpec) -> Any:
    """Apply the fixed requirements of the selection, the features after those of the cuts."""
    node = streamed.node
    for fixed in streamed.features[len(spec.columns) :]:
        node = node.Filter(f"{fixed} != 0")
    return node
