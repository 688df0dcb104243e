"""The picture of the edges of one axis over the events."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gradcut.binning.coordinates import Coordinate
from gradcut.binning.filling import outside
from gradcut.report.bin_numbers import numbers_of
from gradcut.report.bin_rows_figure import draw_below, log_limits, panels
from gradcut.report.stack import BAND, Layer, Stack
from gradcut.report.style import BACKGROUNDS, SIGNALS, THRESHOLD, label_of
from gradcut.tables import number, shortened

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from gradcut.binning.learned import LearnedEdges
    from gradcut.report.bin_events import ProcessEvents
    from gradcut.results.binning_result import BinningResult

__all__ = ["bin_axis_figure"]

#: Size in inches, fine bins, columns of the legend, longest name of a process.
SIZE, FINE, COLUMNS, NAME = (7.4, 8.6), 80, 3, 22
#: Places of a range that a logit scale has ticks at.
PLACES = (1e-5, 1e-4, 1e-3, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 1 - 1e-4, 1 - 1e-5)


def bin_axis_figure(
    result: BinningResult, bins: LearnedEdges, axis: int, events: Sequence[ProcessEvents]
) -> Figure:
    """Draw the edges of an axis over the stacked yields, with s/b and what its bins add below."""
    numbers = numbers_of(result, axis)
    scale = _scale(bins, axis)
    stack = _stack(bins, axis, events, scale)
    colours = _colours(stack)
    handles = _handles(stack, colours)
    figure, axes = panels(numbers, SIZE, 0.945 - 0.026 * math.ceil(len(handles) / COLUMNS))
    figure.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0.125, 0.96), ncols=COLUMNS, columnspacing=1.6
    )
    upper = axes[0]
    stack.draw(upper, colours)
    log_limits(upper, [stack.background, *(layer.sum_w * stack.scale for layer in stack.signals)])
    edges = np.asarray(bins.edges[axis])
    inner = scale.forward(edges[1:-1])
    for at in inner:
        for panel in axes:
            panel.axvline(float(at), color=THRESHOLD, linewidth=1.2, zorder=4)
    ends = stack.edges[0], stack.edges[-1]
    draw_below(axes[1:], numbers, np.concatenate([[ends[0]], np.clip(inner, *ends), [ends[1]]]))
    upper.set_xlim(*ends)
    upper.set_ylabel("events")
    name = bins.binning.axes[axis].name
    axes[-1].set_xlabel(label_of(name, {}), loc="right")
    if scale.name == "logit":
        _logit_ticks(axes[-1], scale, ends)
    figure.text(
        0.14, 0.025, "End bins of the upper panel hold what lies outside.", fontsize=9.5, color="0.35"
    )
    figure.text(0.14, 0.975, shortened(f"{len(edges) - 1} bins of {name}", 60), fontsize=15, va="center")
    figure.align_ylabels(axes)
    return figure


def _scale(bins: LearnedEdges, axis: int) -> Coordinate:
    """What is drawn along the axis: the column, or its logit where edges moved in that."""
    declared, edges = bins.binning.axes[axis], bins.edges[axis]
    if declared.coordinates == "logit":
        return Coordinate("logit", float(edges[0]), float(edges[-1]), np.zeros(0))
    return Coordinate("linear", 0.0, 1.0, np.zeros(0))


def _stack(bins: LearnedEdges, axis: int, events: Sequence[ProcessEvents], scale: Coordinate) -> Stack:
    declared, edges = bins.binning.axes[axis], np.asarray(bins.edges[axis], dtype=np.float64)
    inside = []
    for one in events:
        x = one.columns[axis]
        lost = outside(declared, x, float(edges[0]), float(edges[-1]))
        inside.append((one, scale.forward(x[~lost]), one.weights[~lost], one.variance_scale[~lost]))
    low, high = _ends(scale, edges, [x for _, x, _, _ in inside])
    fine = np.linspace(low, high, FINE + 1)
    layers = []
    for one, x, weights, variance in inside:
        at = np.clip(np.searchsorted(fine[1:-1], x, side="right"), 0, FINE - 1)
        rows = [np.bincount(at, w, FINE).astype(np.float64) for w in (weights, weights**2 * variance)]
        layers.append(Layer(one.process, one.role, rows[0], rows[1]))
    backgrounds = sorted(
        (layer for layer in layers if layer.role == "background"), key=lambda layer: float(layer.sum_w.sum())
    )
    return Stack(fine, backgrounds, [layer for layer in layers if layer.role == "signal"], 1.0)


def _ends(
    scale: Coordinate, edges: NDArray[np.float64], values: list[NDArray[np.float64]]
) -> tuple[float, float]:
    """Range that is drawn: of the edges, or where nearly all events are, and every edge."""
    first, last = (float(scale.forward(edge)) for edge in (edges[0], edges[-1]))
    if math.isfinite(first) and math.isfinite(last) and scale.name != "logit":
        found = np.concatenate(values)
        low, high = np.quantile(found, [0.001, 0.999])
        inner = edges[1:-1] if len(edges) > 2 else edges
        span = max(float(high - low), float(inner.max() - inner.min())) or 1.0
        # The ends of a range may be single events far away.
        low = max(first, min(float(low), float(inner.min())) - 0.05 * span)
        high = min(last, max(float(high), float(inner.max())) + 0.05 * span)
        return low, high
    found = np.concatenate(values)
    found = found[np.isfinite(found)]
    inner = scale.forward(edges[1:-1])
    low, high = np.quantile(found, [0.005, 0.999]) if len(found) else (-1.0, 1.0)
    return min(float(low), *map(float, inner)) - 0.5, max(float(high), *map(float, inner)) + 0.5


def _logit_ticks(axes: Axes, scale: Coordinate, ends: tuple[float, float]) -> None:
    places = np.array(PLACES)
    at = np.log(places) - np.log1p(-places)
    kept, last = np.zeros(len(at), dtype=bool), -math.inf
    for i in range(len(at)):  # from the right, where signals are, as far as there is room
        k = len(at) - 1 - i
        kept[k] = ends[0] < at[k] < ends[1] and -at[k] - last > 0.085 * (ends[1] - ends[0])
        last = -float(at[k]) if kept[k] else last
    axes.minorticks_off()
    values = scale.low + places * (scale.high - scale.low)
    axes.set_xticks(at[kept], [number(float(value), 6) for value in values[kept]])


def _colours(stack: Stack) -> dict[str, str]:
    backgrounds = reversed(stack.backgrounds)
    found = {layer.process: BACKGROUNDS[i % len(BACKGROUNDS)] for i, layer in enumerate(backgrounds)}
    return found | {layer.process: SIGNALS[i % len(SIGNALS)] for i, layer in enumerate(stack.signals)}


def _handles(stack: Stack, colours: dict[str, str]) -> list[Artist]:
    """Signals, backgrounds from the top of the stack down, and the edges."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    return [
        *(
            Line2D([], [], color=colours[one.process], linewidth=2, label=shortened(one.process, NAME))
            for one in stack.signals
        ),
        *(
            Patch(facecolor=colours[one.process], label=shortened(one.process, NAME))
            for one in reversed(stack.backgrounds)
        ),
        Patch(**BAND, label="MC uncertainty"),
        Line2D([], [], color=THRESHOLD, linewidth=1.2, label="edges"),
    ]
