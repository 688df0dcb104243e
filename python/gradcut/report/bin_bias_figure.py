"""The pictures of the bias of smooth bins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gradcut.binning.learned import LearnedEdges
from gradcut.report.bin_bias import bias_against_width, widths_of
from gradcut.report.style import BACKGROUNDS, SIGNALS
from gradcut.tables import shortened

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from gradcut.report.bin_events import ProcessEvents
    from gradcut.results.binning_result import BinningResult

__all__ = ["bin_bias_figure", "bin_widths_figure"]

#: Sizes in inches; most names below the axis that are not turned.
SIZE, TALL, LEVEL = (7.4, 4.6), (7.4, 6.6), 16
_COLOURS = {"signal": SIGNALS[0], "background": BACKGROUNDS[0]}


def bin_bias_figure(result: BinningResult) -> Figure:
    """Draw what smooth bins had at the end of the fit over what the hard ones have, bin by bin."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE)
    axes = figure.add_axes((0.13, 0.16, 0.835, 0.77))
    several = len({row.channel for row in result.rows}) > 1
    labels = [f"{row.channel} {row.bin}" if several else row.bin for row in result.rows]
    at = np.arange(len(labels), dtype=np.float64)
    reach = 0.0
    for shift, role, marker in ((-0.12, "signal", "o"), (0.12, "background", "s")):
        biases = [row.signal_bias if role == "signal" else row.background_bias for row in result.rows]
        values = 100 * np.array([np.nan if bias is None else bias for bias in biases])
        reach = max(reach, float(np.nanmax(np.abs(values), initial=0.0)))
        axes.plot(at + shift, values, marker, color=_COLOURS[role], markersize=6, label=role)
    axes.axhline(0, color="0.4", linewidth=0.8, zorder=0)
    axes.set_ylim(-1.25 * reach or -1, 1.6 * reach or 1)
    axes.set_xlim(-0.6, len(labels) - 0.4)
    every = max(1, -(-len(labels) // (2 * LEVEL)))
    axes.minorticks_off()
    shown = [shortened(label, 16) for label in labels[::every]]
    axes.set_xticks(at[::every], shown, rotation=90 if len(labels) > LEVEL or several else 0)
    axes.set_xlabel("bin", loc="right")
    axes.set_ylabel("smooth / hard - 1 [%]")
    axes.legend(loc="upper left", ncols=2)
    return figure


def bin_widths_figure(result: BinningResult, events: Sequence[ProcessEvents]) -> Figure:
    """Draw the bias of every bin against the width of the steps, or the temperature."""
    import matplotlib
    from matplotlib.figure import Figure

    figure = Figure(figsize=TALL)
    grid = figure.add_gridspec(2, 1, left=0.13, right=0.84, bottom=0.10, top=0.95, hspace=0.14)
    axes = [figure.add_subplot(grid[0])]
    axes.append(figure.add_subplot(grid[1], sharex=axes[0]))
    widths = widths_of(result.bins)
    for panel, role in zip(axes, ("signal", "background"), strict=True):
        bias = 100 * bias_against_width(result, events, role)
        # Colours of neighbours follow each other: dark ones are bins with little signal.
        colours = matplotlib.colormaps["cividis"](np.linspace(0, 0.92, bias.shape[1]))
        for k, (values, colour) in enumerate(zip(bias.T, colours, strict=True)):
            panel.plot(widths, values, color=colour, linewidth=1.8, label=str(k))
        panel.axhline(0, color="0.4", linewidth=0.8, zorder=0)
        panel.set_xscale("log")
        panel.set_yscale("symlog", linthresh=1.0)
        panel.set_title(role, loc="left")
        panel.set_ylabel("smooth / hard - 1 [%]")
    axes[0].tick_params(labelbottom=False)
    ticks = [
        t
        for t in (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
        if widths[0] <= t * 1.001 and t <= widths[-1] * 1.001
    ]
    for panel in axes:
        panel.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        panel.set_xlim(widths[0], widths[-1])
        panel.minorticks_off()
    text = (
        "width of a step / width of its bin"
        if isinstance(result.bins, LearnedEdges)
        else "temperature / median distance from a boundary"
    )
    axes[1].set_xlabel(text, loc="right")
    handles, labels = axes[0].get_legend_handles_labels()
    every = max(1, -(-len(handles) // 20))
    axes[0].legend(
        handles[::every],
        labels[::every],
        loc="upper left",
        bbox_to_anchor=(1.01, 1.02),
        title="bin",
        fontsize=10,
    )
    figure.align_ylabels(axes)
    return figure
