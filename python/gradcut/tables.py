"""Tables and numbers as text."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["number", "plus_minus", "shortened", "table"]


def number(value: float, digits: int = 4) -> str:
    """Write a number with some significant digits."""
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return f"{value:.{digits}g}"


def plus_minus(value: float, error: float) -> str:
    """Write a value with its uncertainty, to two significant digits of the uncertainty."""
    if not (math.isfinite(value) and math.isfinite(error)):
        return f"{number(value)} +- {number(error, 2)}"
    if error == 0:
        return f"{number(value)} +- 0"
    decimals = 1 - math.floor(math.log10(error))
    if decimals > 8:
        return f"{number(value)} +- {number(error, 2)}"
    decimals = max(decimals, 0)
    return f"{value:.{decimals}f} +- {error:.{decimals}f}"


def shortened(text: str, length: int) -> str:
    """Cut a text in the middle so that it is no longer than this."""
    if len(text) <= length:
        return text
    first = (length - 3 + 1) // 2
    return f"{text[:first]}...{text[len(text) - (length - 3 - first) :]}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1) -> list[str]:
    """Align columns, the first ones to the left; the lines of the table."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    lines = []
    for row in (head, *rows):
        cells = [
            cell.ljust(width) if i < left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "  ".join("-" * width for width in widths))
    return lines
