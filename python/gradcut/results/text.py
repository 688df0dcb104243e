"""A result as a table that fits a terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradcut.results.cut_result import CutResult

__all__ = ["text"]


def text(result: CutResult) -> str:
    """Render a result."""
    scores = result.scores
    lines = [f"{scores.name} ({scores.direction}d), fit {result.status}: {result.message}", ""]
    lines += _table(
        ("cut", "start", "learned", "within 1%", f"{scores.name} without", "missing"),
        [
            (
                row.name,
                _number(row.start),
                "open" if row.is_open else _number(row.learned),
                f"{_number(row.low)} .. {_number(row.high)}",
                _number(row.without),
                str(row.missing),
            )
            for row in result.thresholds
        ],
    )
    lines.append("")
    several = len({row.channel for row in result.processes}) > 1
    lines += _table(
        (
            *(("channel",) if several else ()),
            "process",
            "role",
            "before",
            "after",
            "unused events",
            "entries",
        ),
        [
            (
                *((row.channel,) if several else ()),
                row.process,
                row.role,
                _number(row.before),
                _number(row.used),
                "-"
                if row.unused is None or row.unused_error is None
                else f"{_number(row.unused)} +- {_number(row.unused_error, 2)}",
                "-" if row.unused_entries is None else str(row.unused_entries),
            )
            for row in result.processes
        ],
    )
    unused = "-" if scores.unused is None else _number(scores.unused)
    soft = "-" if scores.soft is None else _number(scores.soft)
    of = ", pooled over folds" if result.folds and scores.unused is not None else ""
    lines += [
        "",
        f"{scores.name} with hard cuts on unused events{of}: {unused}",
        f"{scores.name} with hard cuts on used events: {_number(scores.used)}; with smooth cuts: {soft}",
    ]
    if result.folds:
        lines += [f"fold {i}: {_values(row.values)}" for i, row in enumerate(result.folds)]
    lines += [f"warning: {warning}" for warning in result.warnings]
    return "\n".join(lines)


def _values(values: object) -> str:
    return ", ".join(f"{name} {_number(value)}" for name, value in dict(values).items())  # type: ignore[call-overload]


def _number(value: float, digits: int = 4) -> str:
    return ("inf" if value > 0 else "-inf") if math.isinf(value) else f"{value:.{digits}g}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    lines = []
    for row in (head, *rows):
        cells = [row[0].ljust(widths[0])] + [c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "  ".join("-" * width for width in widths))
    return lines
