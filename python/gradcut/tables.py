"""Tables and numbers as text, and the blocks that a result is shown in, on a terminal or on a page."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = [
    "Block",
    "Facts",
    "Paragraph",
    "Table",
    "Warned",
    "as_text",
    "number",
    "plus_minus",
    "shortened",
    "table",
]


@dataclass(frozen=True)
class Table:
    """Rows under a head.

    Parameters
    ----------
    head : sequence of str
        Of the columns.
    rows : sequence of sequences of str
        Cells.
    left : int, default 1
        How many columns are aligned to the left.
    notes : str, default ""
        What is to be known of the columns.
    title : str, default ""
        What stands above it.
    """

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    left: int = 1
    notes: str = ""
    title: str = ""


@dataclass(frozen=True)
class Facts:
    """Numbers with what they are: of each its name, the number, and a remark or nothing."""

    rows: Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class Paragraph:
    """A text."""

    text: str


@dataclass(frozen=True)
class Warned:
    """What to know before using a result."""

    texts: Sequence[str]


Block = Table | Facts | Paragraph | Warned


def as_text(blocks: Sequence[Block], width: int) -> str:
    """Write blocks below each other for a terminal of some columns."""
    return "\n\n".join("\n".join(_lines(block, width)) for block in blocks)


def _lines(block: Block, width: int) -> list[str]:
    if isinstance(block, Paragraph):
        return textwrap.wrap(block.text, width)
    if isinstance(block, Table):
        title = [block.title] if block.title else []
        return [*title, *table(block.head, block.rows, left=block.left), *textwrap.wrap(block.notes, width)]
    if isinstance(block, Facts):
        broad = max(len(what) for what, _, _ in block.rows)
        return [
            f"{what.ljust(broad)}  {value}{remark and f'   ({remark})'}" for what, value, remark in block.rows
        ]
    return [
        line
        for text in block.texts
        for line in textwrap.wrap(f"warning: {text}", width, subsequent_indent="  ")
    ]


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
