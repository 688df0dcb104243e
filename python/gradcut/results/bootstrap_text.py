"""A bootstrap as tables that fit a terminal."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING

from gradcut.tables import number, shortened, table

if TYPE_CHECKING:
    from gradcut.results.bootstrap_result import Bootstrap, Spread

__all__ = ["text"]

#: Width of the text, and of names in it.
WIDTH, NAME = 110, 36


def text(bootstrap: Bootstrap) -> str:
    """Render a bootstrap."""
    done = len(bootstrap.replicas)
    blocks = [
        [f"bootstrap, {bootstrap.status}: {done} of {bootstrap.wanted} fits to events with random weights"],
        _thresholds(bootstrap),
        _scores(bootstrap),
    ]
    notes = [f"warning: {failure}" for failure in bootstrap.failures]
    if notes:
        blocks.append([line for note in notes for line in textwrap.wrap(note, WIDTH)])
    return "\n\n".join("\n".join(lines) for lines in blocks)


def _thresholds(bootstrap: Bootstrap) -> list[str]:
    rows = []
    for name, value in bootstrap.values.items():
        fraction = bootstrap.open_fraction(name)
        rows.append(
            [
                shortened(name, NAME),
                "open" if math.isinf(value) else number(value),
                *_spread(bootstrap.threshold(name)),
                "-" if fraction is None else f"{100 * fraction:.0f}%",
            ]
        )
    lines = table(["threshold", "fit", "median", "16% .. 84%", "open in"], rows)
    return [*lines, "Median and interval are of the replicas in which the threshold is not open."]


def _scores(bootstrap: Bootstrap) -> list[str]:
    scores = bootstrap.scores
    rows = [
        ["on unused events", "-" if scores.unused is None else number(scores.unused)],
        ["on the events used", number(scores.used)],
    ]
    spreads = bootstrap.unused, bootstrap.used
    head = [shortened(scores.name, NAME), "fit", "median", "16% .. 84%"]
    lines = table(head, [[*row, *_spread(spread)] for row, spread in zip(rows, spreads, strict=True)])
    return [*lines, "Unused events of a replica are those of weight zero, 37% of all."]


def _spread(spread: Spread) -> list[str]:
    if spread.median is None or spread.low is None or spread.high is None:
        return ["-", "-"]
    return [number(spread.median), f"{number(spread.low)} .. {number(spread.high)}"]
