"""The pictures of what a scan reached: efficiencies against the target, and against each other."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.report.style import BACKGROUNDS, SIGNALS, UNUSED, USED

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from gradcut.results import ScanResult

__all__ = ["efficiencies_figure", "roc_figure"]

#: Size in inches.
SIZE = (7.4, 7.0)
#: Background efficiencies that differ by more than this factor are drawn on a logarithmic axis.
DECADE = 30.0
#: Colours and lines of what a scan is compared with.
OTHERS = (("0.25", "--"), ("0.25", ":"), ("0.55", "--"), ("0.55", ":"))
COLOURS = {"signal": SIGNALS[0], "background": BACKGROUNDS[0]}


def efficiencies_figure(scan: ScanResult) -> Figure:
    """Draw both efficiencies against the target, and below what the signal is away from it."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE)
    grid = figure.add_gridspec(
        2, 1, height_ratios=(3, 1), left=0.14, right=0.965, bottom=0.09, top=0.965, hspace=0.07
    )
    upper = figure.add_subplot(grid[0])
    lower = figure.add_subplot(grid[1], sharex=upper)
    targets = np.array(scan.targets)
    upper.plot([0, 1], [0, 1], color="0.6", linewidth=1.0, linestyle=":", zorder=1)
    for role, colour in COLOURS.items():
        used, _ = _of(scan, role, used=True)
        upper.plot(targets, used, color=colour, linewidth=2.0, label=f"{role}, used events", zorder=2)
        unused, error = _of(scan, role, used=False)
        if len(unused):
            _points(upper, targets, unused, error, colour, f"{role}, unused events")
    lower.axhline(0, color="0.6", linewidth=1.0, linestyle=":", zorder=1)
    used, _ = _of(scan, "signal", used=True)
    lower.plot(targets, used - targets, color=COLOURS["signal"], linewidth=2.0, zorder=2)
    unused, error = _of(scan, "signal", used=False)
    away = np.abs(used - targets).max()
    if len(unused):
        _points(lower, targets, unused - targets, error, COLOURS["signal"], None)
        away = max(away, float((np.abs(unused - targets) + error).max()))
    lower.set_ylim(-1.25 * away or -0.01, 1.25 * away or 0.01)
    upper.set_xlim(0, 1)
    upper.set_ylim(0, 1.02)
    upper.set_ylabel("efficiency")
    upper.legend(loc="upper left")
    upper.tick_params(labelbottom=False)
    lower.set_ylabel("signal - wanted")
    lower.set_xlabel("wanted signal efficiency", loc="right")
    figure.align_ylabels([upper, lower])
    return figure


def roc_figure(
    scan: ScanResult, compare: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]] | None = None
) -> Figure:
    """Draw the background efficiency against that of the signal, beside other curves."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(SIZE[0], 6.0))
    axes = figure.add_axes((0.14, 0.1, 0.825, 0.865))
    signal, _ = _of(scan, "signal", used=True)
    background, _ = _of(scan, "background", used=True)
    axes.plot(signal, background, color=USED[0], linewidth=2.0, label="used events")
    unused, error = _of(scan, "background", used=False)
    if len(unused):
        reached, spread = _of(scan, "signal", used=False)
        _points(axes, reached, unused, error, UNUSED[0], "unused events", spread)
    curves = dict(compare or {})
    for (label, (x, y)), (colour, style) in zip(curves.items(), cycle(OTHERS), strict=False):
        order = np.argsort(x, kind="stable")
        axes.plot(x[order], y[order], color=colour, linestyle=style, linewidth=1.6, label=label, zorder=1)
    drawn = np.concatenate([background, unused, *(y for _, y in curves.values())])
    positive = drawn[drawn > 0]
    axes.set_xlim(0, 1)
    if len(positive) and positive.max() > DECADE * positive.min():
        axes.set_yscale("log")
        axes.set_ylim(0.4 * positive.min(), 1.5 * positive.max())
    else:
        axes.set_ylim(bottom=0)
    axes.set_xlabel("signal efficiency", loc="right")
    axes.set_ylabel("background efficiency")
    axes.legend(loc="upper left")
    return figure


def _of(scan: ScanResult, role: str, *, used: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Efficiencies and their uncertainties; empty where no events judged."""
    rows = [point.used if used else point.unused for point in scan]
    if any(row is None for row in rows):
        return np.empty(0), np.empty(0)
    return (
        np.array([getattr(row, role) for row in rows]),
        np.array([getattr(row, f"{role}_error") for row in rows]),
    )


def _points(
    axes: Axes,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    error: NDArray[np.float64],
    colour: str,
    label: str | None,
    x_error: Any = None,
) -> None:
    axes.errorbar(
        x,
        y,
        yerr=error,
        xerr=x_error,
        color=colour,
        marker="o",
        markersize=4.5,
        markerfacecolor="white",
        linestyle="",
        linewidth=1.4,
        label=label,
        zorder=3,
    )
