"""A menu as tables that fit a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradcut.tables import Block, Paragraph, Table, Warned, number, plus_minus, shortened

if TYPE_CHECKING:
    from gradcut.triggers.counts import Counted, MenuCounts
    from gradcut.triggers.menu import Menu

__all__ = ["blocks"]

#: Longest name of a line, and longest condition.
NAME, CONDITION = 16, 60


def blocks(menu: Menu) -> list[Block]:
    """What there is to say of a menu."""
    counts = menu.counts
    events = "the used events" if menu.unused is None else "unused events"
    found: list[Block] = [
        Paragraph(f"menu, {menu.status}: {menu.message}"),
        _lines(menu),
        _rates(menu, counts, events),
        _overlaps(menu, counts),
        _signals(menu, counts, events),
    ]
    return [*found, Warned(menu.warnings)] if menu.warnings else found


def _lines(menu: Menu) -> Table:
    rows = []
    for name, line in menu.lines.items():
        names = ", ".join(label for label, _ in line.selection.bind(menu.line(name).values))
        rows.append([shortened(name, NAME), number(line.prescale), shortened(names, CONDITION)])
    return Table(["line", "prescale", "condition"], rows, left=1)


def _rates(menu: Menu, counts: MenuCounts, events: str) -> Table:
    rows = [
        [shortened(row.name, NAME), *map(_hz, (row.passed, row.total, row.pure, row.cumulative))]
        for row in counts.lines
    ]
    head = ["rates in Hz", "passed", "prescaled", "pure", "cumulative"]
    budget = "" if menu.budget is None else f", budget {number(menu.budget, 6)}"
    used = "" if menu.unused is None else f"; {_hz(menu.used.total)} on the events used"
    return Table(head, rows, notes=f"all lines together: {_hz(counts.total)} Hz on {events}{used}{budget}")


def _overlaps(menu: Menu, counts: MenuCounts) -> Table:
    head = ["accepted by both", *(shortened(name, NAME) for name in menu.lines)]
    rows = [
        [shortened(name, NAME), *(number(one.value) for one in row)]
        for name, row in zip(menu.lines, counts.overlaps, strict=True)
    ]
    return Table(head, rows)


def _signals(menu: Menu, counts: MenuCounts, events: str) -> Table:
    head = ["efficiencies in %", "all lines", *(shortened(name, NAME) for name in menu.lines)]
    rows = [
        [shortened(row.process, NAME), _percent(row.efficiency), *(_percent(one) for one in row.lines)]
        for row in counts.signals
    ]
    used = "" if menu.unused is None else f", {100 * menu.used.value:.2f} % on the events used"
    notes = f"{menu.combine} of the signals: {100 * counts.value:.2f} % on {events}{used}"
    return Table(head, rows, notes=notes)


def _hz(one: Counted) -> str:
    return plus_minus(one.value, one.error)


def _percent(one: Counted) -> str:
    return plus_minus(100 * one.value, 100 * one.error)
