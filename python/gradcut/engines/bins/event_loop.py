"""Events in files, sums in bins in ROOT's event loop, nothing kept in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gradcut.binning.cells import layout_with
from gradcut.engines.base import Evaluation, Precision
from gradcut.engines.bins.base import shape_of, size_over_width
from gradcut.engines.bins.passes import TwoPassEngine, TwoPassEvaluation
from gradcut.engines.loops import COARSE, LoopEngine
from gradcut.engines.runners import Asked, BookBins, BookBinsGradient, LocalRunner
from gradcut.errors import DeclarationError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.bins_spec import BinsSpec
    from gradcut.engines.runners import Runner
    from gradcut.engines.segments import Row
    from gradcut.expressions.nodes import Expression
    from gradcut.samples import Samples
    from gradcut.samples.splits import Partition
    from gradcut.samples.streamed import Stream, StreamedTag

__all__ = ["EventLoopBinsEngine"]


class EventLoopBinsEngine(LoopEngine, TwoPassEngine):
    """Yields in bins of events that stay in their files.

    Parameters
    ----------
    spec : BinsSpec
        The bins.
    features : sequence of str or Expression
        One per column of the spec.
    samples
        As for :class:`EventLoopEngine`.
    precision : {"float32", "float64"}, default "float32"
        As there; double is used where an edge, a mean or an output is very large beside its width.
    split, part, unblind, runner
        As there.

    Notes
    -----
    Making the engine takes one pass over the events, for the sums that normalise them; every evaluation takes
    another, for any number of points, and its ``vjp`` a third. Variations by ``Vary`` whose yields count in
    the ``vjp`` are each summed with the cotangents of all of them: n of them cost n times as much there.
    """

    def __init__(
        self,
        spec: BinsSpec,
        features: Sequence[str | Expression],
        samples: Samples,
        *,
        precision: Precision = "float32",
        split: Partition | None = None,
        part: str | None = None,
        unblind: bool = False,
        runner: Runner | None = None,
    ) -> None:
        if isinstance(features, str) or len(features) != len(spec.columns):
            raise DeclarationError(
                "bins need one feature per column",
                given=repr(features)[:200],
                allowed=f"{len(spec.columns)} features, of " + ", ".join(spec.columns)[:200],
            )
        runner = LocalRunner() if runner is None else runner
        streams = samples.stream(
            dict(zip(spec.columns, features, strict=True)),
            split=split,
            part=part,
            sentinels=samples.sentinels,
            unblind=unblind,
            counting=runner.count,
        )
        super().__init__(spec, layout_with(self.opened(streams, precision, runner), shape_of(spec)))

    def _evaluate(self, points: NDArray[np.float64], *, hard: bool) -> Evaluation:
        return TwoPassEvaluation(self, points, hard=hard)

    def bin_rows(self, points: NDArray[np.float64], *, hard: bool) -> Iterator[Row]:
        """Book and run the loops of the yields."""
        spec = replace(self.spec, step="hard") if hard else self.spec
        precision: Precision = "float64" if hard else self.precision_at(points)
        return self.rows(BookBins(spec, points, precision), spec.n_bins)

    def precision_at(self, points: NDArray[np.float64]) -> Precision:
        """Return the precision that keeps the promise: float columns are read as they are, not shifted."""
        return "float64" if size_over_width(self.spec, points) > COARSE else self.precision

    def gradient(self, points: NDArray[np.float64], full: NDArray[np.float64]) -> NDArray[np.float64]:
        """Book and run the loops of the gradient."""
        precision, n = self.precision_at(points), len(points)
        asked = []
        for stream, streamed in self.tags():
            tags, cotangents = self._wanted(stream, streamed, full)
            if tags:
                at = np.tile(points, (len(tags), 1))
                asked.append(Asked(streamed, BookBinsGradient(self.spec, at, cotangents, precision), tags))
        gradient = np.zeros(points.shape)
        for found in self.runner.run(asked):
            # Every variation was contracted with the cotangents of all of them: one part is its own.
            for i, one in enumerate(found.values()):
                gradient += one[i * n : (i + 1) * n]
        return gradient

    def _wanted(
        self, stream: Stream, streamed: StreamedTag, full: NDArray[np.float64]
    ) -> tuple[tuple[str, ...], NDArray[np.float64]]:
        """Variations whose yields count, with cotangents in the units of the weights as they are read."""
        factor = stream.factors[streamed.tag] * streamed.constant
        scale = np.array([1.0, factor, factor**2 * stream.variance_scales[streamed.tag]])[:, None]
        tags, cotangents = [], []
        for tag in (streamed.tag, *streamed.vary):
            c, p, v = self.place(stream, tag)
            own = np.swapaxes(full[:, :, c, p, v], 0, 1) * scale
            if own.any():
                tags.append(tag)
                cotangents.append(own)
        return tuple(tags), np.concatenate(cotangents) if tags else np.zeros(0)
