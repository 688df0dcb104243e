"""A learned observable as text that fits a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradcut.results import binning_text
from gradcut.tables import Block, Table, number

if TYPE_CHECKING:
    from gradcut.results.observable_result import ObservableResult

__all__ = ["blocks"]


def blocks(result: ObservableResult) -> list[Block]:
    """What there is to say of a result: of its bins, and of the networks that were trained."""
    found = binning_text.blocks(result)
    if len(result.restarts) < 2:
        return found
    head = ["network", "where chosen", "best step", "steps", "ended"]
    rows = [
        [str(row.number), number(row.chosen_by), str(row.best_step), str(row.steps), row.ended or "-"]
        for row in result.restarts
    ]
    return [*found, Table(head, rows)]
