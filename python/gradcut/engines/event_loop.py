"""Events in files, sums in ROOT's event loop, nothing kept in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gradcut.engines.base import Evaluation, Precision, SelectionEngine
from gradcut.engines.collected import features_of
from gradcut.engines.loops import COARSE, LoopEngine
from gradcut.engines.moments import objects_of
from gradcut.engines.runners import BookSelection, LocalRunner
from gradcut.engines.segments import assemble

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.engines.parameters import Thresholds
    from gradcut.engines.runners import Runner
    from gradcut.samples import Samples
    from gradcut.samples.splits import Partition
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
    runner : Runner, optional
        Who runs the event loops; by default this process.

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
        runner: Runner | None = None,
    ) -> None:
        spec, features = selection.kernel_spec(), features_of(selection, samples)
        runner = LocalRunner() if runner is None else runner
        streams = samples.stream(
            features,
            split=split,
            part=part,
            sentinels=selection.sentinels,
            objects=objects_of(spec),
            n_fixed=len(features) - len(spec.columns),
            unblind=unblind,
            counting=runner.count,
        )
        super().__init__(spec, self.opened(streams, precision, runner))

    def _evaluate(self, points: NDArray[np.float64], *, hard: bool) -> Evaluation:
        thresholds = self.map.thresholds(points)
        request = BookSelection(
            replace(self.spec, step="hard") if hard else self.spec,
            thresholds,
            "float64" if hard else self._precision_at(thresholds),
            "none" if hard else "all",
        )
        return assemble(self.layout, self.map, len(points), self.rows(request, 1))

    def _precision_at(self, thresholds: Thresholds) -> Precision:
        """Return the precision that keeps the promise: float columns are read as they are, not shifted."""
        largest = np.maximum(np.abs(thresholds.low), np.abs(thresholds.high))
        return "float64" if np.any(largest > COARSE * thresholds.width) else self.precision
