"""Sums in bins in one pass over the events, their gradient in another."""

from __future__ import annotations

import abc
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from gradcut.engines.base import Evaluation, stack_cotangents
from gradcut.engines.bins.base import BinsEngine
from gradcut.engines.segments import Row, copy_nominal_where_absent, gather_from_absent
from gradcut.yields import Moments, Yields

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.yields import YieldsLayout

__all__ = ["TwoPassEngine", "TwoPassEvaluation"]


class TwoPassEngine(BinsEngine):
    """An engine of bins whose events are summed for the yields, and again for the gradient."""

    @abc.abstractmethod
    def bin_rows(self, points: NDArray[np.float64], *, hard: bool) -> Iterable[Row]:
        """Sums of all events, of shape (points, 3, bins) each."""

    @abc.abstractmethod
    def gradient(self, points: NDArray[np.float64], full: NDArray[np.float64]) -> NDArray[np.float64]:
        """Contract the moments with cotangents, shape (3, points, channels, processes, variations, bins)."""


class TwoPassEvaluation(Evaluation):
    """Yields of a :class:`TwoPassEngine`; see :class:`gradcut.engines.Evaluation`."""

    def __init__(self, engine: TwoPassEngine, points: NDArray[np.float64], *, hard: bool) -> None:
        self._engine, self._points = engine, points
        self.yields = _placed(engine.layout, len(points), engine.bin_rows(points, hard=hard))

    def vjp(self, cotangents: Moments) -> NDArray[np.float64]:
        """Sum the events again; see :meth:`gradcut.engines.Evaluation.vjp`."""
        engine, points = self._engine, self._points
        full = stack_cotangents(cotangents, (len(points), *engine.layout.shape))
        return engine.gradient(points, gather_from_absent(engine.layout, full))


def _placed(layout: YieldsLayout, n_points: int, rows: Iterable[Row]) -> Yields:
    """Yields from the sums of all segments, of shape (points, 3, bins); those of one place are added."""
    values = np.zeros((3, n_points, *layout.shape))
    for (c, p, v), variance_scale, sums in rows:
        scale = np.array([1.0, 1.0, variance_scale])[:, None, None]
        values[:, :, c, p, v] += np.moveaxis(sums, 1, 0) * scale
    copy_nominal_where_absent(layout, values)
    return Yields(layout, Moments(*values))
