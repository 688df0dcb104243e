"""A cutflow as tables that fit a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradcut.tables import Block, Paragraph, Table, number, plus_minus, shortened

if TYPE_CHECKING:
    from gradcut.results.cutflow.rows import Cutflow, CutflowRow, Efficiency, ProcessCutflow

__all__ = ["blocks"]

#: Longest label of a cut.
LABEL = 40


def blocks(cutflow: Cutflow) -> list[Block]:
    """What there is to say of a cutflow."""
    found: list[Block] = [_process(flow) for flow in cutflow.flows]
    if any(flow.variations for flow in cutflow.flows):
        found += [_variations(flow) for flow in cutflow.flows]
    if {"signal", "background"} <= {flow.role for flow in cutflow.flows}:
        found.append(_together(cutflow))
    if any(flow.negative > 0 for flow in cutflow.flows):
        found.append(
            Paragraph(
                "An efficiency is a ratio of yields: where events have negative weights it may be below 0 or "
                "above 100%."
            )
        )
    return found


def _together(cutflow: Cutflow) -> Table:
    """Signal and background side by side."""
    rows = []
    for s, b in zip(cutflow.total("signal"), cutflow.total("background"), strict=True):
        ratio = number(s.sum_w / b.sum_w, 3) if b.sum_w > 0 else ""
        pairs = [(plus_minus(row.sum_w, row.error), _efficiency(row.total)) for row in (s, b)]
        rows.append([shortened(s.label, LABEL), *pairs[0], *pairs[1], ratio])
    head = ("all processes", "signal", "of all cuts", "background", "of all cuts", "s / b")
    return Table(head, rows)


def _title(flow: ProcessCutflow) -> str:
    channel = f", channel '{flow.channel}'" if flow.channel not in ("", "all") else ""
    role = f" ({flow.role})" if flow.role else ""
    negative = (
        f"; events with negative weights have {_percent(flow.negative)} of the sum of absolute weights"
        if flow.negative > 0
        else ""
    )
    return f"{flow.process}{role}{channel}{negative}"


def _process(flow: ProcessCutflow) -> Table:
    reported = any(row.report is not None for row in flow.rows)
    head = ["cut", "entries", "yield", "of the step", "of all cuts", *(["ROOT's Report"] if reported else [])]
    rows = [_row(row, reported) for row in flow.rows]
    return Table(head, rows, title=_title(flow))


def _row(row: CutflowRow, reported: bool) -> list[str]:
    cells = [
        shortened(row.label, LABEL),
        str(row.entries),
        plus_minus(row.sum_w, row.error),
        _efficiency(row.step),
        _efficiency(row.total) if row.stage == "cut" else "",
    ]
    if reported:
        cells.append("" if row.report is None else f"{row.report[0]} of {row.report[1]}")
    return cells


def _efficiency(efficiency: Efficiency | None) -> str:
    if efficiency is None:
        return ""
    if efficiency.error == 0:  # all or nothing is kept
        return f"{number(100 * efficiency.value)} %"
    return plus_minus(100 * efficiency.value, 100 * efficiency.error) + " %"


def _percent(share: float) -> str:
    return f"{number(100 * share, 2)}%"


def _variations(flow: ProcessCutflow) -> Table:
    rows = [
        [
            varied.tag,
            str(varied.entries),
            plus_minus(varied.sum_w, varied.error),
            "" if varied.shift is None or varied.tag == "nominal" else f"{100 * varied.shift:+.2f} %",
        ]
        for varied in flow.variations
    ]
    head = ("variation", "entries", "yield", "shift")
    return Table(head, rows, title=f"{flow.process} after all cuts")
