"""The picture of the objective against the number of bins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.report.style import UNUSED, USED

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from gradcut.results.binning_result import BinningResult

__all__ = ["bin_choices_figure"]

#: Size in inches; most numbers below the axis that are not turned.
SIZE, LEVEL = (7.4, 5.6), 10


def bin_choices_figure(result: BinningResult) -> Figure:
    """Draw the objective where bins were learned and where they were chosen, with what was chosen."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE)
    axes = figure.add_axes((0.14, 0.14, 0.825, 0.79))
    choices = result.choices
    single = len(choices[0].bins) == 1
    at = np.array([choice.bins[0] if single else i for i, choice in enumerate(choices)], dtype=np.float64)
    for name, colours, style, marker, label in (
        ("learned", USED, "-", "o", "events that it was learned from"),
        ("chosen_by", UNUSED, "--", "s", "events to choose by"),
    ):
        values = np.array([np.nan if (v := getattr(c, name)) is None else v for c in choices])
        axes.plot(at, values, style, marker=marker, color=colours[0], linewidth=2.0, label=label)
    shape = result.bins.bin_shape[: len(choices[0].bins)]
    chosen = [i for i, choice in enumerate(choices) if choice.bins == shape]
    for i in chosen:
        axes.axvline(at[i], color="0.35", linewidth=1.2, linestyle=":", zorder=0, label="taken")
    axes.minorticks_off()
    text = ["x".join(map(str, choice.bins)) for choice in choices]
    axes.set_xticks(at, text, rotation=90 if len(at) > LEVEL else 0)
    axes.set_xlabel("bins", loc="right")
    name = result.scores.name
    axes.set_ylabel(name if len(name) < 32 else "objective")
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.25 * (high - low))
    axes.legend(loc="upper left", ncols=2)
    return figure
