"""A bootstrap as tables that fit a terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gradcut.tables import Block, Paragraph, Table, Warned, number, shortened

if TYPE_CHECKING:
    from gradcut.results.bootstrap_result import Bootstrap, Spread

__all__ = ["blocks"]

#: Longest names.
NAME = 36


def blocks(bootstrap: Bootstrap) -> list[Block]:
    """What there is to say of a bootstrap."""
    done = len(bootstrap.replicas)
    found: list[Block] = [
        Paragraph(
            f"bootstrap, {bootstrap.status}: {done} of {bootstrap.wanted} fits to events with random weights"
        ),
        _thresholds(bootstrap),
        _scores(bootstrap),
    ]
    return [*found, Warned(bootstrap.failures)] if bootstrap.failures else found


def _thresholds(bootstrap: Bootstrap) -> Table:
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
    notes = "Median and interval are of the replicas in which the threshold is not open."
    return Table(["threshold", "fit", "median", "16% .. 84%", "open in"], rows, notes=notes)


def _scores(bootstrap: Bootstrap) -> Table:
    scores = bootstrap.scores
    rows = [
        ["on unused events", "-" if scores.unused is None else number(scores.unused)],
        ["on the events used", number(scores.used)],
    ]
    spreads = bootstrap.unused, bootstrap.used
    head = [shortened(scores.name, NAME), "fit", "median", "16% .. 84%"]
    cells = [[*row, *_spread(spread)] for row, spread in zip(rows, spreads, strict=True)]
    return Table(head, cells, notes="Unused events of a replica are those of weight zero, 37% of all.")


def _spread(spread: Spread) -> list[str]:
    if spread.median is None or spread.low is None or spread.high is None:
        return ["-", "-"]
    return [number(spread.median), f"{number(spread.low)} .. {number(spread.high)}"]
