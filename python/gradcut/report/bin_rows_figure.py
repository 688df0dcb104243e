"""The picture of learned bins from their yields alone, one as wide as the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.binning.learned import LearnedEdges
from gradcut.report.bin_numbers import BinNumbers, numbers_of
from gradcut.report.stack import BAND
from gradcut.report.style import BACKGROUNDS, SIGNALS, UNUSED, label_of
from gradcut.tables import number, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from gradcut.results.binning_result import BinningResult

__all__ = ["bin_rows_figure", "draw_below", "log_limits", "panels"]

#: Size in inches; most ticks that have room beside each other.
SIZE, TICKS = (7.4, 7.6), 12
_FOLDS = "\n(each in the bins of its fold)"


def bin_rows_figure(result: BinningResult) -> Figure:
    """Draw yields of every bin, s/b, and what it adds to the objective."""
    numbers = numbers_of(result)
    edges = np.arange(len(numbers.labels) + 1, dtype=np.float64) - 0.5
    figure, axes = panels(numbers, SIZE)
    upper = axes[0]
    upper.stairs(
        numbers.background, edges, fill=True, color=BACKGROUNDS[0], lw=0, label="background", baseline=1e-300
    )
    low = np.maximum(numbers.background - numbers.error, 1e-300)
    upper.stairs(
        numbers.background + numbers.error, edges, baseline=low, fill=True, **BAND, label="MC uncertainty"
    )
    upper.stairs(numbers.signal, edges, color=SIGNALS[0], linewidth=2.0, label="signal", baseline=None)
    if numbers.unused is not None:
        middle = (edges[:-1] + edges[1:]) / 2
        upper.errorbar(
            middle,
            numbers.unused,
            yerr=numbers.unused_error,
            color="black",
            marker="o",
            markersize=4,
            linestyle="",
            linewidth=1.2,
            label=f"background, unused events{_FOLDS if result.folds else ''}",
        )
    log_limits(upper, [numbers.background, numbers.signal])
    upper.set_ylabel("events")
    upper.legend(loc="upper right", ncols=2)
    draw_below(axes[1:], numbers, edges)
    upper.set_xlim(edges[0], edges[-1])
    _ticks(axes[-1], result, numbers)
    figure.text(0.14, 0.965, _title(result, numbers), fontsize=13, va="center")
    figure.align_ylabels(axes)
    return figure


def panels(numbers: BinNumbers, size: tuple[float, float], top: float = 0.93) -> tuple[Figure, list[Axes]]:
    """Panels above each other with one scale below: yields, s/b, and what bins add where they do."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=size)
    ratios = (2.4, 1.0, 1.0) if numbers.added is not None else (2.4, 1.0)
    grid = figure.add_gridspec(
        len(ratios), 1, height_ratios=ratios, left=0.14, right=0.965, bottom=0.115, top=top, hspace=0.07
    )
    axes = [figure.add_subplot(grid[0])]
    axes += [figure.add_subplot(grid[row], sharex=axes[0]) for row in range(1, len(ratios))]
    for panel in axes[:-1]:
        panel.tick_params(labelbottom=False)
    return figure, axes


def draw_below(axes: list[Axes], numbers: BinNumbers, edges: NDArray[np.float64]) -> None:
    """Draw s/b, and what bins add, below their yields."""
    ratio = numbers.ratio
    axes[0].stairs(ratio, edges, color=SIGNALS[0], linewidth=2.0, baseline=None)
    positive = ratio[np.isfinite(ratio) & (ratio > 0)]
    if len(positive) and positive.max() > 10 * positive.min():
        axes[0].set_yscale("log")
        axes[0].set_ylim(positive.min() / 2, positive.max() * 2)
    else:
        top = float(positive.max(initial=0.0)) or 1.0
        axes[0].set_ylim(-0.08 * top, 1.2 * top)
    axes[0].set_ylabel("s/b")
    if numbers.added is not None:
        axes[1].stairs(numbers.added, edges, fill=True, color=UNUSED[1], edgecolor=UNUSED[0], lw=1.2)
        axes[1].axhline(0, color="0.4", linewidth=0.8)
        low, high = min(float(numbers.added.min()), 0.0), max(float(numbers.added.max()), 0.0)
        reach = high - low or 1.0
        axes[1].set_ylim(low - 0.08 * reach, high + 0.15 * reach)
        axes[1].set_ylabel("adds")


def log_limits(axes: Axes, drawn: list[NDArray[np.float64]]) -> None:
    """Make a scale of yields logarithmic, with room for a legend."""
    values = np.concatenate([np.asarray(one, dtype=np.float64).ravel() for one in drawn])
    positive = values[np.isfinite(values) & (values > 0)]
    if not len(positive):
        axes.set_ylim(0, 1)
        return
    top, low = float(positive.max()), max(float(positive.min()) / 2, float(positive.max()) * 1e-8)
    axes.set_yscale("log")
    axes.set_ylim(low, top * max((top / low) ** 0.3, 4.0))


def _ticks(axes: Axes, result: BinningResult, numbers: BinNumbers) -> None:
    """Edges where there is one axis, else names of bins."""
    n = len(numbers.labels)
    axes.minorticks_off()
    if isinstance(result.bins, LearnedEdges) and len(result.bins.edges) == 1:
        (axis,), (edges,) = result.bins.binning.axes, result.bins.edges
        shown = [number(float(edge), 3) for edge in edges]
        if axis.flow == "open":  # events beyond the ends are in the first and the last bin
            shown[0] = shown[-1] = ""
        places, title = np.arange(n + 1) - 0.5, label_of(axis.name, {})
    else:
        places, shown, title = np.arange(n).astype(np.float64), list(numbers.labels), "bin"
        if isinstance(result.bins, LearnedEdges):
            title = f"bin ({', '.join(label_of(one.name, {}) for one in result.bins.binning.axes)})"
    every = max(1, -(-len(places) // (2 * TICKS)))
    axes.set_xticks(places[::every], shown[::every], rotation=90 if len(places) > TICKS else 0)
    axes.set_xlabel(title, loc="right")


def _title(result: BinningResult, numbers: BinNumbers) -> str:
    scores = result.scores
    judged = "" if scores.unused is None else f"{number(scores.unused)} on unused, "
    name = scores.name if len(scores.name) < 32 else "objective"
    where = "" if numbers.channels == 1 else f"; {numbers.channels} channels together"
    bins, channel = f"{result.n_bins} bins", result.provenance.get("channel")
    if channel is not None:
        # The numbers are those of a whole of which this is a part.
        bins, name = f"{bins} of {shortened(channel, 24)}", f"{name} of all channels"
    return f"{bins}, {name}: {judged}{number(scores.used)} on used events{where}"
