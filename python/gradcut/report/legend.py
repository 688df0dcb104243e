"""Entries of the legend, the same in all pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradcut.report.stack import BAND, Stack
from gradcut.report.style import INTERVAL, THRESHOLD
from gradcut.tables import shortened

if TYPE_CHECKING:
    from matplotlib.artist import Artist

__all__ = ["legend_entries"]

#: Longest name of a process, and of an objective.
NAME, OBJECTIVE = 22, 6


def legend_entries(stack: Stack, colours: dict[str, str], objective: str) -> list[Artist]:
    """Signals, backgrounds from the top of the stack down, and what the lines and bands are."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    signals = [
        Line2D([], [], color=colours[layer.process], linewidth=2, label=shortened(layer.process, NAME))
        for layer in stack.signals
    ]
    backgrounds = [
        Patch(facecolor=colours[layer.process], label=shortened(layer.process, NAME))
        for layer in reversed(stack.backgrounds)
    ]
    name = objective if len(objective) <= OBJECTIVE else "the objective"
    return [
        *signals,
        *backgrounds,
        Patch(**BAND, label="MC uncertainty"),
        Line2D([], [], color=THRESHOLD, linewidth=1.6, label="learned, arrow: kept"),
        Patch(facecolor=INTERVAL, alpha=0.22, label=f"{name} within 1%"),
    ]
