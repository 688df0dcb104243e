"""Bins for the picture of a feature: round widths over the range where the events are."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

__all__ = ["BINS", "Group", "edges_of", "round_edges"]

#: About so many bins.
BINS = 40
#: Fractions of the weights below and above the range, of all events and of those that are selected.
TAILS, SELECTED_TAILS = 0.005, 0.02
#: Widths are one of these times a power of ten.
ROUND = (1.0, 2.0, 2.5, 4.0, 5.0, 10.0)


class Group(NamedTuple):
    """Events that count together, each an array of shape (n_events,)."""

    #: The feature; NaN and infinite values do not count.
    values: NDArray[np.float64]
    #: Absolute weights.
    weights: NDArray[np.float64]
    #: Whether an event passes all other cuts.
    selected: NDArray[np.bool_]


def edges_of(
    groups: Sequence[Group],
    thresholds: Iterable[float],
    *,
    integers: bool,
) -> NDArray[np.float64]:
    """Choose the edges of the bins of a feature.

    Parameters
    ----------
    groups : sequence of Group
        Signal and background, which count alike. The range has the bulk of each, and of what is selected of
        it, which may be far out.
    thresholds : iterable of float
        Finite ones lie inside the range.
    integers : bool
        Whether the feature is integer: edges are half-integers then.

    Returns
    -------
    ndarray of shape (n_bins + 1,)
        Increasing edges.
    """
    limits = []
    for values, weights, selected in groups:
        used = np.isfinite(values) & (weights > 0)
        for chosen, tail in ((used, TAILS), (used & selected, SELECTED_TAILS)):
            if chosen.any():
                limits += _quantiles(values[chosen], weights[chosen], (tail, 1 - tail))
    limits += [float(threshold) for threshold in thresholds if np.isfinite(threshold)]
    if not limits:
        return np.array([0.0, 1.0])
    return round_edges(min(limits), max(limits), integers=integers)


def round_edges(low: float, high: float, *, integers: bool) -> NDArray[np.float64]:
    """Equal bins of a round width from a little below ``low`` to a little above ``high``."""
    if integers:
        first, last = np.floor(low), np.ceil(high)
        width = max(1.0, np.ceil((last - first + 1) / BINS))
        count = int(np.ceil((last - first + 1) / width))
        return np.asarray(first - 0.5 + width * np.arange(count + 1))
    span = high - low
    if not span > 1e-9 * max(abs(low), abs(high)):
        margin = max(abs(low), 1.0) / 2
        return np.array([low - margin, low + margin])
    raw = span / BINS
    power = 10.0 ** np.floor(np.log10(raw))
    width = power * min(step for step in ROUND if step * power >= raw * (1 - 1e-9))
    rounding = 1e-9 / max(width, 1.0)
    first = np.floor(low / width + rounding)
    count = int(np.ceil(high / width - rounding) - first)
    return np.asarray((first + np.arange(count + 1)) * width)


def _quantiles(
    values: NDArray[np.float64], weights: NDArray[np.float64], levels: Sequence[float]
) -> list[float]:
    order = np.argsort(values, kind="stable")
    running = np.cumsum(weights[order])
    at = np.searchsorted(running, np.asarray(levels) * running[-1])
    return [float(value) for value in values[order][np.minimum(at, len(order) - 1)]]
