"""Learned bins as tables that fit a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradcut.binning.learned import LearnedEdges
from gradcut.binning.learned_channels import LearnedChannels
from gradcut.binning.learned_softmax import LearnedSoftmax
from gradcut.results.text import score_facts
from gradcut.tables import Block, Paragraph, Table, Warned, number, plus_minus, shortened

if TYPE_CHECKING:
    from gradcut.results.bin_rows import BinRow
    from gradcut.results.binning_result import BinningResult

__all__ = ["blocks"]

#: Longest name of a bin.
NAME = 60
#: Bins that are shown; of more, the first and the last ones.
SHOWN = 40


def blocks(result: BinningResult) -> list[Block]:
    """What there is to say of a result."""
    scores = result.scores
    found: list[Block] = [
        Paragraph(f"{scores.name} ({scores.direction}d), fit {result.status}: {result.message}"),
        _bins(result),
        score_facts(scores, len(result.folds), "bins"),
        *([_choices(result)] if result.choices else []),
    ]
    return [*found, Warned(result.warnings)] if result.warnings else found


def _bins(result: BinningResult) -> Table:
    several = len({row.channel for row in result.rows}) > 1
    judged = any(row.unused_background is not None for row in result.rows)
    soft = any(row.soft_background is not None for row in result.rows)
    adds = any(row.contribution is not None for row in result.rows)
    head = [*(["channel"] if several else []), "bin", "signal", "background", "eff. entries"]
    head += ["background, unused"] if judged else []
    head += ["s/b", *(["adds"] if adds else []), *(["soft/hard s", "soft/hard b"] if soft else [])]
    rows = list(result.rows)
    cells = [_row(result, row, several, judged, soft, adds) for row in rows]
    if len(cells) > SHOWN:
        half = SHOWN // 2
        dots = ["..."] + [""] * (len(head) - 1)
        cells = [*cells[:half], dots, *cells[-half:]]
    notes = "Events of the full sample, hard bins; unused: of events that chose nothing."
    if adds:
        notes += f" Adds: what a bin adds to the square of {result.scores.name}."
    if soft:
        notes += " Soft/hard: with the smooth bins at the end of the fit, less one."
    return Table(head, cells, left=2 if several else 1, notes=notes)


def _row(
    result: BinningResult, row: BinRow, several: bool, judged: bool, soft: bool, adds: bool
) -> list[str]:
    cells = [*([shortened(row.channel, NAME)] if several else []), shortened(_name(result, row), NAME)]
    cells += [
        number(row.signal),
        plus_minus(row.background, row.background_error),
        number(row.background_entries, 3),
    ]
    if judged:
        has = row.unused_background is not None and row.unused_error is not None
        cells.append(plus_minus(row.unused_background or 0.0, row.unused_error or 0.0) if has else "-")
    cells.append(number(row.signal / row.background, 3) if row.background > 0 else "-")
    if adds:
        cells.append("-" if row.contribution is None else number(row.contribution))
    if soft:
        cells += [_percent(row.signal_bias), _percent(row.background_bias)]
    return cells


def _name(result: BinningResult, row: BinRow) -> str:
    divided = result.divided
    bins = divided.of(row.channel) if isinstance(divided, LearnedChannels) else divided
    if isinstance(bins, LearnedSoftmax):
        return f"{row.bin}: {bins.bin_names[int(row.bin)]} is largest"
    if not isinstance(bins, LearnedEdges):
        return row.bin
    parts = []
    places = [int(at) for at in row.bin.split(".")]
    for axis, axis_edges, at in zip(bins.binning.axes, bins.edges, places, strict=True):
        name = axis.name
        low, high = axis_edges[at], axis_edges[at + 1]
        is_open = axis.flow == "open"
        left = "" if is_open and at == 0 else f"{number(low)} <= "
        right = "" if is_open and at == len(axis_edges) - 2 else f" < {number(high)}"
        parts.append(f"{left}{name}{right}" if left or right else f"any {name}")
    return ", ".join(parts)


def _percent(bias: float | None) -> str:
    return "-" if bias is None else f"{100 * bias:+.1f} %"


def _choices(result: BinningResult) -> Table:
    rows = [
        [
            "x".join(map(str, choice.bins)),
            "-" if choice.learned is None else number(choice.learned),
            "-" if choice.chosen_by is None else number(choice.chosen_by),
        ]
        for choice in result.choices
    ]
    return Table(["bins", "where learned", "where chosen"], rows)
