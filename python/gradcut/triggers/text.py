"""A menu as tables that fit a terminal."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from gradcut.tables import number, plus_minus, shortened, table

if TYPE_CHECKING:
    from gradcut.triggers.counts import Counted, MenuCounts
    from gradcut.triggers.menu import Menu

__all__ = ["text"]

#: Width of the text, and the longest name of a line and condition.
WIDTH, NAME, CONDITION = 110, 16, 60


def text(menu: Menu) -> str:
    """Render a menu."""
    counts = menu.counts
    head = f"menu, {menu.status}: {menu.message}"
    events = "the used events" if menu.unused is None else "unused events"
    blocks = [textwrap.wrap(head, WIDTH), _lines(menu), _rates(menu, counts, events)]
    blocks += [_overlaps(menu, counts), _signals(menu, counts, events)]
    blocks += [textwrap.wrap(f"warning: {one}", WIDTH, subsequent_indent="  ") for one in menu.warnings]
    return "\n\n".join("\n".join(lines) for lines in blocks)


def _lines(menu: Menu) -> list[str]:
    rows = []
    for name, line in menu.lines.items():
        names = ", ".join(label for label, _ in line.selection.bind(menu.line(name).values))
        rows.append([shortened(name, NAME), number(line.prescale), shortened(names, CONDITION)])
    return table(["line", "prescale", "condition"], rows, left=1)


def _rates(menu: Menu, counts: MenuCounts, events: str) -> list[str]:
    rows = [
        [shortened(row.name, NAME), *map(_hz, (row.passed, row.total, row.pure, row.cumulative))]
        for row in counts.lines
    ]
    lines = table(["rates in Hz", "passed", "prescaled", "pure", "cumulative"], rows)
    budget = "" if menu.budget is None else f", budget {number(menu.budget, 6)}"
    used = "" if menu.unused is None else f"; {_hz(menu.used.total)} on the events used"
    return [*lines, f"all lines together: {_hz(counts.total)} Hz on {events}{used}{budget}"]


def _overlaps(menu: Menu, counts: MenuCounts) -> list[str]:
    head = ["accepted by both", *(shortened(name, NAME) for name in menu.lines)]
    rows = [
        [shortened(name, NAME), *(number(one.value) for one in row)]
        for name, row in zip(menu.lines, counts.overlaps, strict=True)
    ]
    return table(head, rows)


def _signals(menu: Menu, counts: MenuCounts, events: str) -> list[str]:
    head = ["efficiencies in %", "all lines", *(shortened(name, NAME) for name in menu.lines)]
    rows = [
        [shortened(row.process, NAME), _percent(row.efficiency), *(_percent(one) for one in row.lines)]
        for row in counts.signals
    ]
    used = "" if menu.unused is None else f", {100 * menu.used.value:.2f} % on the events used"
    return [
        *table(head, rows),
        f"{menu.combine} of the signals: {100 * counts.value:.2f} % on {events}{used}",
    ]


def _hz(one: Counted) -> str:
    return plus_minus(one.value, one.error)


def _percent(one: Counted) -> str:
    return plus_minus(100 * one.value, 100 * one.error)
