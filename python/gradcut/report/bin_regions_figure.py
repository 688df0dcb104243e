"""The picture of bins in the plane of two columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.binning.learned import LearnedEdges
from gradcut.binning.learned_mixture import LearnedMixture
from gradcut.binning.learned_softmax import LearnedSoftmax
from gradcut.report.style import label_of
from gradcut.tables import shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from gradcut.report.bin_events import ProcessEvents
    from gradcut.results.binning_result import BinningResult

__all__ = ["bin_regions_figure"]

#: Size in inches, points of the grid and cells of the densities along each axis.
SIZE, GRID, CELLS = (7.4, 6.2), 400, 50
#: Parts of the events that are inside of the contours.
INSIDE = (0.9, 0.5)
#: Bins with numbers of their own in the scale of colours.
NUMBERED = 12


def bin_regions_figure(result: BinningResult, events: Sequence[ProcessEvents] | None) -> Figure:
    """Draw which bin every point is in, and where signal and background are."""
    from matplotlib.colors import BoundaryNorm
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE)
    axes = figure.add_axes((0.125, 0.105, 0.70, 0.80))
    beside = figure.add_axes((0.845, 0.105, 0.03, 0.80))
    spans = [_span(result, axis, events) for axis in (0, 1)]
    x, y = (_steps(*span, logarithmic=_logarithmic(result)) for span in spans)
    grid_x, grid_y = np.meshgrid(x, y)
    points = [grid_x.ravel(), grid_y.ravel()]
    if _of_classes(result):  # what is drawn are logarithms of ratios to what is left of one
        odds = [np.exp(one) for one in points]
        points = [one / (1 + odds[0] + odds[1]) for one in odds]
    index = result.bins.index(points).astype(np.float64)
    index[index < 0] = np.nan
    n = result.n_bins
    norm = BoundaryNorm(np.arange(n + 1) - 0.5, 256)
    shape = index.reshape(grid_x.shape)
    mesh = axes.pcolormesh(x, y, shape, norm=norm, cmap="cividis", shading="nearest", rasterized=True)
    bar = figure.colorbar(mesh, cax=beside, label="bin, more signal beside the background above")
    if not isinstance(result.bins, LearnedMixture):
        bar.set_label("bin")
    every = max(1, -(-n // NUMBERED))
    bar.set_ticks(list(range(0, n, every)), labels=[str(k) for k in range(0, n, every)], minor=False)
    beside.minorticks_off()
    if events:
        _contours(axes, events, (x, y), result)
    if _logarithmic(result):
        axes.set_xscale("log")
        axes.set_yscale("log")
    axes.set_xlim(x[0], x[-1])
    axes.set_ylim(y[0], y[-1])
    axes.tick_params(axis="x", which="both", pad=9)  # both may have a number in the corner
    names = [label_of(shortened(name, 24), {}) for name in result.bins.expressions]
    if _of_classes(result):
        rest = f"(1 - {names[0]} - {names[1]})"
        names = [f"ln[{name} / {rest}]" for name in names]
    axes.set_xlabel(names[0], loc="right")
    axes.set_ylabel(names[1], loc="top")
    return figure


def _logarithmic(result: BinningResult) -> bool:
    bins = result.bins
    if isinstance(bins, LearnedSoftmax):
        return bins.softmax.coordinates == "log"
    return isinstance(bins, LearnedMixture) and bins.mixture.coordinates == "log"


def _of_classes(result: BinningResult) -> bool:
    return isinstance(result.bins, LearnedMixture) and result.bins.mixture.coordinates == "simplex"


def _drawn(result: BinningResult, one: ProcessEvents) -> list[NDArray[np.float64]]:
    """What is drawn of the columns of events."""
    if isinstance(result.bins, LearnedMixture) and _of_classes(result):
        return result.bins.mixture.placed(one.columns)
    return list(one.columns)


def _steps(low: float, high: float, *, logarithmic: bool) -> NDArray[np.float64]:
    made = np.geomspace(low, high, GRID) if logarithmic else np.linspace(low, high, GRID)
    return np.asarray(made)


def _span(result: BinningResult, axis: int, events: Sequence[ProcessEvents] | None) -> tuple[float, float]:
    """Range that is drawn: what belongs together with nearly all events."""
    bins = result.bins
    inner: NDArray[np.float64] = np.zeros(0)
    limits = (-np.inf, np.inf)
    if isinstance(bins, LearnedEdges):
        edges = np.asarray(bins.edges[axis])
        inner, limits = edges[1:-1], (float(edges[0]), float(edges[-1]))
    if events:
        values = np.concatenate([_drawn(result, one)[axis] for one in events])
        values = values[np.isfinite(values)]
        if _logarithmic(result):
            values = values[values > 0]
        low, high = np.quantile(values, [0.002, 0.998])
    elif isinstance(bins, LearnedMixture):
        spread = 2.5 * np.sqrt(bins.covariances[:, axis, axis])
        low, high = (bins.means[:, axis] - spread).min(), (bins.means[:, axis] + spread).max()
        if _logarithmic(result):
            low, high = np.exp([low, high])
    else:
        low, high = limits
    low, high = min(low, *inner, low), max(high, *inner, high)
    if _logarithmic(result):
        return float(low) / 1.05, float(high) * 1.05
    reach = 0.04 * (high - low) or 1.0
    return max(float(low) - reach, limits[0]), min(float(high) + reach, limits[1])


def _contours(
    axes: Axes,
    events: Sequence[ProcessEvents],
    grids: tuple[NDArray[np.float64], NDArray[np.float64]],
    result: BinningResult,
) -> None:
    """Draw the smallest regions that hold parts of all signals, and of all backgrounds."""
    from matplotlib.lines import Line2D

    cells = [_steps(g[0], g[-1], logarithmic=_logarithmic(result))[:: GRID // CELLS] for g in grids]
    handles = []
    looks: Any = (("signal", "white", "-"), ("background", "#e76300", "--"))
    for role, colour, style in looks:
        own = [one for one in events if one.role == role]
        if not own:
            continue
        density = np.zeros((len(cells[0]) - 1, len(cells[1]) - 1))
        for one in own:
            x, y = _drawn(result, one)
            density += np.histogram2d(x, y, bins=cells, weights=np.maximum(one.weights, 0.0))[0]
        for along in (0, 1):  # three cells together, as single ones hold few events
            padded = np.apply_along_axis(np.convolve, along, density, [0.25, 0.5, 0.25], mode="same")
            density = padded
        ordered = np.sort(density.ravel())[::-1]
        running = np.cumsum(ordered)
        if running[-1] <= 0:
            continue
        levels = sorted({float(ordered[np.searchsorted(running, part * running[-1])]) for part in INSIDE})
        if levels[0] <= 0:
            levels = [one for one in levels if one > 0]
        middle = [(one[1:] + one[:-1]) / 2 for one in cells]
        axes.contour(*middle, density.T, levels=levels, colors=colour, linestyles=style, linewidths=1.6)
        parts = " and ".join(f"{100 * part:g}%" for part in reversed(INSIDE))
        handles.append(Line2D([], [], color=colour, linestyle=style, label=f"{parts} of the {role}"))
    legend = axes.figure.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0.115, 0.905), ncols=2, labelcolor="black"
    )
    legend.get_frame().set(facecolor="0.75", alpha=1.0, linewidth=0)
    legend.set_frame_on(True)
