"""A learned observable as text that fits a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradcut.results.binning_text import text as binning_text
from gradcut.tables import number, table

if TYPE_CHECKING:
    from gradcut.results.observable_result import ObservableResult

__all__ = ["text"]


def text(result: ObservableResult) -> str:
    """Render a result."""
    if len(result.restarts) < 2:
        return binning_text(result)
    head = ["network", "where chosen", "best step", "steps", "ended"]
    rows = [
        [str(row.number), number(row.chosen_by), str(row.best_step), str(row.steps), row.ended or "-"]
        for row in result.restarts
    ]
    return "\n\n".join([binning_text(result), "\n".join(table(head, rows))])
