"""All cuts of a result on one page."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from gradcut.report.cut_figure import bin_label, draw_scan
from gradcut.report.legend import legend_entries
from gradcut.report.stack import Stack, colours_of
from gradcut.report.style import UNUSED, USED, label_of, unit_of
from gradcut.report.threshold_lines import draw_lines, lines_of, title_of
from gradcut.tables import number, shortened

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

    from gradcut.results import CutResult

__all__ = ["overview_figure"]

#: Size of one cut, of the head, in inches; cuts beside each other.
CELL, HEAD, COLUMNS = (4.4, 4.0), 0.58, 4
#: Width and height of an entry of the legend, in inches.
ENTRY = (2.6, 0.24)


def overview_figure(result: CutResult, labels: Mapping[str, str]) -> Figure:
    """Draw every cut with all others applied, and the scan of its thresholds."""
    from matplotlib.figure import Figure

    count = len(result.pictures)
    rows = math.ceil(count / COLUMNS)
    columns = math.ceil(count / rows)
    handles = _handles(result)
    width = CELL[0] * max(columns, 2)
    beside = max(2, int(width / ENTRY[0]))
    head = HEAD + ENTRY[1] * math.ceil(len(handles) / beside)
    height = CELL[1] * rows + head
    figure = Figure(figsize=(width, height))
    figure.text(0.22 / width, 1 - 0.28 / height, _title(result, width), fontsize=16, va="center")
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0.1 / width, 1 - 0.42 / height),
        ncols=beside,
        columnspacing=1.4,
    )
    top = 1 - head / height
    for position, picture in enumerate(result.pictures):
        row, column = divmod(position, columns)
        left, right = (column + 0.17) / columns, (column + 0.96) / columns
        upper, lower = top * (1 - (row + 0.10) / rows), top * (1 - (row + 0.86) / rows)
        grid = figure.add_gridspec(
            2, 1, height_ratios=(2.0, 1.0), left=left, right=right, bottom=lower, top=upper, hspace=0.06
        )
        label, lines = label_of(picture.cut, labels), lines_of(result, picture)
        stack = Stack.of(picture, "others")
        panel = figure.add_subplot(grid[0])
        stack.draw(panel, colours_of(picture), linewidth=1.6)
        draw_lines(panel, lines)
        panel.set_title(title_of(result, picture, label), loc="left", fontsize=13)
        panel.set_title(
            "" if stack.scale == 1 else f"signal \u00d7 {stack.scale:g}", loc="right", fontsize=10
        )
        panel.set_ylabel(bin_label(picture, unit_of(label)), fontsize=11)
        panel.tick_params(labelbottom=False)
        scan = figure.add_subplot(grid[1], sharex=panel)
        draw_scan(scan, result, picture, legend=False)
        draw_lines(scan, lines, arrows=False)
        for axes in (panel, scan):  # half of the time would go into small ticks
            axes.minorticks_off()
        scan.set_xlabel(label, loc="right", fontsize=11)
        scan.set_ylabel(result.scores.name if len(result.scores.name) < 8 else "objective", fontsize=11)
        figure.align_ylabels([panel, scan])
    return figure


def _title(result: CutResult, width: float) -> str:
    scores = result.scores
    told = [] if scores.unused is None else [f"{number(scores.unused)} on unused"]
    told.append(f"{number(scores.used)} on used events")
    return shortened(f"{scores.name} with hard cuts: {', '.join(told)}", int(9 * width))


def _handles(result: CutResult) -> list[Artist]:
    from matplotlib.lines import Line2D

    picture = result.pictures[0]
    entries = legend_entries(Stack.of(picture, "others"), colours_of(picture), result.scores.name)
    entries.append(Line2D([], [], color=USED[0], linewidth=2.0, label="scan, used events"))
    if any(scan.unused for one in result.pictures for scan in one.scans):
        label = "scan, unused events"
        entries.append(Line2D([], [], color=UNUSED[0], linestyle="--", linewidth=2.0, label=label))
    return entries
