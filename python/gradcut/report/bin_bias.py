"""How far smooth bins are from the hard ones, at several widths of their steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.binning.bins_spec import BinsSpec
from gradcut.binning.coordinates import coordinate
from gradcut.binning.learned import LearnedBins, LearnedEdges
from gradcut.binning.learned_mixture import LearnedMixture
from gradcut.binning.learned_softmax import LearnedSoftmax
from gradcut.engines.bins.base import kernel_arguments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.report.bin_events import ProcessEvents
    from gradcut.results.binning_result import BinningResult

__all__ = ["bias_against_width", "widths_of"]

#: Widths of steps in units of their bins, and temperatures in units of the median distance from a boundary.
WIDTHS, TEMPERATURES = (0.02, 0.5), (0.005, 0.1)


def widths_of(bins: LearnedBins, count: int = 12) -> NDArray[np.float64]:
    """Widths, or temperatures, that are looked at."""
    ends = WIDTHS if isinstance(bins, LearnedEdges) else TEMPERATURES
    return np.asarray(np.geomspace(ends[0], ends[1], count))


def bias_against_width(
    result: BinningResult, events: Sequence[ProcessEvents], role: str
) -> NDArray[np.float64]:
    """Soft over hard yields less one, of all processes of a role.

    Parameters
    ----------
    result : BinningResult
        The bins.
    events : sequence of ProcessEvents
        The events.
    role : str
        ``"signal"`` or ``"background"``.

    Returns
    -------
    ndarray of float64, shape (widths, bins)
        NaN where a hard bin is empty. Of a product, the bins of the learned axes.
    """
    from gradcut._kernels import bins_moments

    bins: Any = result.bins
    spec, points, placed = _edges(bins, events) if isinstance(bins, LearnedEdges) else _regions(bins, events)
    soft, hard = np.zeros((len(points), spec.n_bins)), np.zeros(spec.n_bins)
    for one, columns in zip(events, placed, strict=True):
        if one.role != role:
            continue
        good = (bins.index(one.columns) >= 0) & np.isfinite(columns).all(0)
        own = [np.ascontiguousarray(column[good]) for column in columns]
        weights = np.ascontiguousarray(one.weights[good])
        soft += bins_moments(own, weights, **kernel_arguments(spec, points))[:, 1]
        hard += bins_moments(own, weights, **kernel_arguments(spec, points[:1], hard=True))[0, 1]
    ratio = np.divide(soft, hard, out=np.full(soft.shape, np.nan), where=hard > 0)
    return np.asarray(ratio - 1)


def _regions(
    bins: LearnedMixture | LearnedSoftmax, events: Sequence[ProcessEvents]
) -> tuple[BinsSpec, NDArray[np.float64], list[NDArray[np.float64]]]:
    spec = replace(bins.spec, step="logistic")
    placed = [np.stack(bins.placed(one.columns)) for one in events]
    logits = bins.logits(np.concatenate([p[:, np.isfinite(p).all(0)] for p in placed], axis=1))
    top = np.partition(logits, -2, axis=0)[-2:] if len(logits) > 1 else np.array([logits[0] - 1, logits[0]])
    distance = float(np.median(top[1] - top[0]))
    points = np.tile(bins.point, (len(widths_of(bins)), 1))
    points[:, -1] = widths_of(bins) * distance
    return spec, points, placed


def _edges(
    bins: LearnedEdges, events: Sequence[ProcessEvents]
) -> tuple[BinsSpec, NDArray[np.float64], list[NDArray[np.float64]]]:
    learned = [i for i, axis in enumerate(bins.binning.axes) if axis.learned]
    axes = [bins.binning.axes[i] for i in learned]
    scales = []
    for i, axis in zip(learned, axes, strict=True):
        parts = [(one.columns[i], np.abs(one.weights)) for one in events]
        sizes = {
            r: sum(float(w.sum()) for (_, w), e in zip(parts, events, strict=True) if e.role == r)
            for r in ("signal", "background")
        }
        x = np.concatenate([x for x, _ in parts])
        w = np.concatenate([w / (sizes[e.role] or 1.0) for (_, w), e in zip(parts, events, strict=True)])
        ends = float(bins.edges[i][0]), float(bins.edges[i][-1])
        good = np.isfinite(x)
        scales.append(coordinate(axis.coordinates, *ends, x[good], w[good], where=f"'{axis.name}'"))
    inner = [s.forward(np.asarray(bins.edges[i])[1:-1]) for s, i in zip(scales, learned, strict=True)]
    spec = BinsSpec(
        "axes", axes[0].step, tuple(axis.name for axis in axes), tuple(map(len, inner)), local_width=True
    )
    placed = [
        np.array([s.forward(one.columns[i]) for s, i in zip(scales, learned, strict=True)]) for one in events
    ]
    placed = [np.clip(p, -50.0, 50.0) for p in placed]
    widths = widths_of(bins)
    # With one edge there is no bin whose width could be meant: half of the range stands for it.
    spans = [
        1.0 if len(e) > 1 else float(np.ptp(np.concatenate([p[k] for p in placed]))) / 2
        for k, e in enumerate(inner)
    ]
    points = np.hstack([np.tile(np.concatenate(inner), (len(widths), 1)), widths[:, None] * np.array(spans)])
    return spec, points, placed
