"""The picture of the course of a fit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gradcut.report.style import BACKGROUNDS, SIGNALS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from gradcut.results import CutResult
    from gradcut.results.binning_result import BinningResult

__all__ = ["history_figure"]

#: Size in inches.
SIZE = (7.4, 6.0)
_COLOURS = (BACKGROUNDS[0], SIGNALS[0], BACKGROUNDS[1], SIGNALS[1], BACKGROUNDS[2], *BACKGROUNDS[3:])


def history_figure(result: CutResult | BinningResult) -> Figure:
    """Draw the best soft objective of every descent, and the width of the smooth steps below."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE)
    grid = figure.add_gridspec(
        2, 1, height_ratios=(3, 1), left=0.12, right=0.70, bottom=0.09, top=0.93, hspace=0.08
    )
    upper = figure.add_subplot(grid[0])
    lower = figure.add_subplot(grid[1], sharex=upper)
    tasks = list(dict.fromkeys(str(record["task"]) for record in result.history))
    # The rounds that choose how sharp to be have the colour of the cuts that they choose for.
    groups = list(dict.fromkeys(_events(task).partition(", ")[0] for task in tasks))
    for task in tasks:
        group, _, is_round = _events(task).partition(", ")
        records = [record for record in result.history if record["task"] == task]
        steps = [float(record["step"]) for record in records]
        look: dict[str, Any] = {
            "color": _COLOURS[groups.index(group) % len(_COLOURS)],
            "linestyle": ":" if is_round else "-",
            "marker": "o",
            "markersize": 3.0,
        }
        label = None if is_round else task
        upper.plot(steps, [float(record["best"]) for record in records], label=label, **look)
        lower.plot(steps, [float(record["width"]) for record in records], **look)
    if any(", " in _events(task) for task in tasks):
        upper.plot([], [], ":", color="0.35", label="parts of it")
    name = result.scores.name
    upper.set_ylabel(f"smooth {name}" if len(name) < 24 else "smooth objective")
    upper.set_title("best of all starts, on the events that it learns from", loc="left")
    upper.legend(
        loc="upper left", bbox_to_anchor=(1.01, 1.01), fontsize=10, title="learns from", alignment="left"
    )
    upper.tick_params(labelbottom=False)
    lower.set_ylim(bottom=0)
    lower.set_ylabel("width")
    lower.set_xlabel("step", loc="right")
    figure.align_ylabels([upper, lower])
    return figure


def _events(task: str) -> str:
    """What a task learns from, without the number of bins that it learns."""
    return re.sub(r", [\dx]+ bins$", "", task)
