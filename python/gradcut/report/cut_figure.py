"""The picture of one cut."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from gradcut.report.legend import legend_entries
from gradcut.report.stack import Stack, colours_of
from gradcut.report.style import UNUSED, USED, label_of, unit_of
from gradcut.report.threshold_lines import draw_lines, lines_of, title_of
from gradcut.tables import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from gradcut.results import CutResult
    from gradcut.results.pictures import CutPicture

__all__ = ["bin_label", "cut_figure", "draw_scan"]

#: Size in inches, and columns of the legend.
SIZE, COLUMNS = (7.4, 9.0), 3


def cut_figure(result: CutResult, picture: CutPicture, labels: Mapping[str, str]) -> Figure:
    """Draw one cut: before the cuts, with all others applied, and the scan below."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE)
    label, lines, colours = label_of(picture.cut, labels), lines_of(result, picture), colours_of(picture)
    stacks = [Stack.of(picture, "before"), Stack.of(picture, "others")]
    handles = legend_entries(stacks[1], colours, result.scores.name)
    rows = math.ceil(len(handles) / COLUMNS)
    grid = figure.add_gridspec(
        3,
        1,
        height_ratios=(1.2, 1.2, 1.0),
        left=0.135,
        right=0.965,
        bottom=0.07,
        top=0.905 - 0.028 * rows,
        hspace=0.17,
    )
    figure.text(0.135, 0.965, title_of(result, picture, label), fontsize=17, va="center")
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0.12, 0.945),
        ncols=COLUMNS,
        borderpad=0.2,
        handlelength=1.6,
        columnspacing=1.6,
        labelspacing=0.35,
    )
    channels = list(dict.fromkeys(histogram.channel for histogram in picture.histograms))
    where = "" if len(channels) == 1 else f", {len(channels)} channels together"
    axes: list[Axes] = []
    for row, (stack, title) in enumerate(
        zip(stacks, (f"before the cuts{where}", f"with all other cuts (N-1){where}"), strict=True)
    ):
        panel = figure.add_subplot(grid[row], sharex=axes[0] if axes else None)
        stack.draw(panel, colours)
        draw_lines(panel, lines)
        panel.set_title(title, loc="left")
        panel.set_title(_scaled(stack), loc="right")
        panel.set_ylabel(bin_label(picture, unit_of(label)))
        panel.tick_params(labelbottom=False)
        axes.append(panel)
    scan = figure.add_subplot(grid[2], sharex=axes[0])
    draw_scan(scan, result, picture)
    draw_lines(scan, lines, arrows=False)
    if len(lines) == 1:  # two ends need the room for their legend
        scan.set_title("all other thresholds as learned", loc="left")
    scan.set_xlabel(label, loc="right")
    scan.set_ylabel(result.scores.name if len(result.scores.name) < 12 else "objective")
    figure.align_ylabels([*axes, scan])
    figure.text(0.135, 0.022, _note(picture), fontsize=9.5, color="0.35", va="center")
    return figure


def _note(picture: CutPicture) -> str:
    """What the bins do not show."""
    note = "End bins hold what lies outside."
    absent = []
    for role in ("signal", "background"):
        histograms = [histogram for histogram in picture.histograms if histogram.role == role]
        missing = sum(histogram.missing[0] for histogram in histograms)
        total = missing + sum(sum(histogram.before) for histogram in histograms)
        if missing and total > 0:
            absent.append(f"{number(100 * missing / total, 2)}% of the {role}")
    return note if not absent else f"{note} Without a value: {', '.join(absent)}."


def bin_label(picture: CutPicture, unit: str) -> str:
    """Label of the axis of the yields."""
    width = picture.edges[1] - picture.edges[0]
    if width == 1 and picture.edges[0] % 1 == 0.5 and not unit:  # integers
        return "Events"
    return f"Events / {number(width, 3)} {unit}".rstrip()


def _scaled(stack: Stack) -> str:
    return "" if stack.scale == 1 else f"signal \u00d7 {stack.scale:g}"


def draw_scan(axes: Axes, result: CutResult, picture: CutPicture, *, legend: bool = True) -> None:
    """Draw the objective against the thresholds of a cut, on used and on unused events."""
    drawn: list[float] = []
    two = len(picture.scans) > 1
    for number_of_end, scan in enumerate(picture.scans):
        for values, colours, style, events in (
            (scan.used, USED, "-", "used"),
            (scan.unused, UNUSED, "--", "unused"),
        ):
            if not values:
                continue
            shown = np.where(np.isfinite(values), values, np.nan)
            text = f"{events}, {('lower', 'upper')[number_of_end]}" if two else f"{events} events"
            colour = colours[number_of_end]
            axes.plot(scan.thresholds, shown, style, color=colour, linewidth=2.0, label=text)
            drawn += [value for value in values if math.isfinite(value)]
    axes.set_xlim(picture.edges[0], picture.edges[-1])
    if drawn:
        axes.set_ylim(*_limits(result, picture, drawn))
    if legend and drawn:
        axes.legend(
            loc="lower right",
            bbox_to_anchor=(1.01, 0.97),
            ncols=4 if two else 2,
            borderpad=0.2,
            handlelength=1.6,
            columnspacing=1.0,
            fontsize=10,
        )


def _limits(result: CutResult, picture: CutPicture, drawn: list[float]) -> tuple[float, float]:
    """Range of a scan: from zero for a significance, else what the cut is worth, twice."""
    low, high = min(drawn), max(drawn)
    if result.scores.direction == "maximise" and low >= 0:
        return 0.0, 1.08 * high or 1.0
    rows = [result.threshold(scan.parameter) for scan in picture.scans]
    at = result.scores.used
    worth = max(abs(value - at) for row in rows for value in (row.without, row.alone))
    if math.isfinite(worth) and worth > 0.01 * abs(at):
        low, high = max(low, at - 2 * worth), min(high, at + 2 * worth)
    margin = 0.08 * (high - low) or 0.1 * abs(high) or 1.0
    return low - margin, high + margin
