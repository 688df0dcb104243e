"""A result as tables that fit a terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Protocol

from gradcut.results.revisions import table_of
from gradcut.tables import Block, Facts, Paragraph, Table, Warned, number, plus_minus, shortened

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gradcut.results.cut_result import CutResult
    from gradcut.results.rows import FoldRow, ProcessRow, Scores, ThresholdRow

__all__ = ["WithThresholds", "blocks", "condition", "fold_tables", "score_facts", "threshold_table"]

#: Longest names of thresholds and processes, and of an objective in the head of a column and in a line.
NAME, OBJECTIVE, LINE = 22, 6, 36
#: Folds beside each other.
FOLDS = 6


class WithThresholds(Protocol):
    """A result that has learned thresholds, among others."""

    @property
    def selection(self) -> Any:
        """What was declared."""

    @property
    def values(self) -> Mapping[str, float]:
        """One number per parameter."""

    @property
    def scores(self) -> Scores:
        """The objective."""

    @property
    def thresholds(self) -> Sequence[ThresholdRow]:
        """What is known of them."""

    @property
    def folds(self) -> Sequence[FoldRow]:
        """Cuts that did not see the folds."""

    @property
    def provenance(self) -> Mapping[str, Any]:
        """Settings, among others."""


def blocks(result: CutResult) -> list[Block]:
    """What there is to say of a result."""
    scores = result.scores
    found: list[Block] = [
        Paragraph(f"{scores.name} ({scores.direction}d), fit {result.status}: {result.message}"),
        threshold_table(result),
        score_facts(result.scores, len(result.folds), "cuts"),
        *([table_of(result.revisions, shortened(scores.name, LINE))] if result.revisions else []),
        _processes(result),
        *fold_tables(result),
    ]
    return [*found, Warned(result.warnings)] if result.warnings else found


def threshold_table(result: WithThresholds) -> Table:
    """Thresholds with what is known of them."""
    short = result.scores.name if len(result.scores.name) <= OBJECTIVE else "objective"
    judged = any(row.without_unused is not None for row in result.thresholds)
    head = ["threshold", "start", "learned", f"{short} within 1%"]
    head += [f"{short} without", *(["on unused"] if judged else []), f"{short} alone", "missing"]
    fixed = result.provenance["settings"]["fixed"]
    events = "the used and on the unused" if judged else "the used"
    dropped = "fail" if result.selection.missing == "fail" else "pass"
    notes = (
        f"{short} without: with all other cuts (N-1), on {events} events. {short} alone: with no other cut. "
        f"Missing: entries without a value; they {dropped} the cut, open or not."
    )
    rows = [_threshold(result, row, row.name in fixed, judged) for row in result.thresholds]
    return Table(head, rows, notes=notes)


def _threshold(result: WithThresholds, row: ThresholdRow, is_fixed: bool, judged: bool) -> list[str]:
    interval = f"{_end(result, row.name, row.low)} .. {_end(result, row.name, row.high)}"
    cells = [
        shortened(row.name, NAME),
        "fixed" if is_fixed else _end(result, row.name, row.start),
        condition(result, row),
        interval,
        "" if row.is_open else number(row.without),
        "" if row.is_open else number(row.alone),
        str(row.missing),
    ]
    if judged:
        cells.insert(5, "" if row.is_open or row.without_unused is None else number(row.without_unused))
    return cells


def condition(result: WithThresholds, row: ThresholdRow) -> str:
    """What a threshold demands, such as ``> 350``, or that its side is open."""
    if row.is_open:
        return "open"
    if math.isinf(row.learned):  # such as one end of a veto
        return "nothing"
    signs = set()
    for cut in result.selection.cuts:
        inside = cut.kind != "veto"
        if cut.low == row.name:
            closed = cut.inclusive[0] == inside
            signs.add((">" if inside else "<") + ("=" if closed else ""))
        if cut.high == row.name:
            closed = cut.inclusive[1] == inside
            signs.add(("<" if inside else ">") + ("=" if closed else ""))
    # Cuts that share a threshold may use it from both sides.
    sign = f"{signs.pop()} " if len(signs) == 1 else ""
    return f"{sign}{number(row.learned)}"


def _end(result: WithThresholds, name: str, value: float) -> str:
    # A veto keeps nothing below minus infinity.
    if any(cut.kind == "veto" and name in (cut.low, cut.high) for cut in result.selection.cuts):
        return number(value)
    return "open" if math.isinf(value) else number(value)


def score_facts(scores: Scores, n_folds: int, what: str) -> Facts:
    """The objective of a result of so many folds, whose ``what`` are cuts or bins."""
    pooled = f", pooled over {n_folds} folds" if n_folds and scores.unused is not None else ""
    name = shortened(scores.name, LINE)
    quoted = "" if scores.unused is None else "the one to quote"
    return Facts(
        [
            (f"{name} with hard {what} on unused events{pooled}", _score(scores.unused), quoted),
            (f"{name} with hard {what} on the events used", _score(scores.used), ""),
            (f"{name} with the smooth {what} of the fit on the events used", _score(scores.soft), ""),
        ]
    )


def _score(value: float | None) -> str:
    return "-" if value is None else number(value)


def _processes(result: CutResult) -> Table:
    several = len({row.channel for row in result.processes}) > 1
    head = ["process", "role", "before", "after, used", "after, unused", "entries", "efficiency"]
    return Table(
        [*(["channel"] if several else []), *head],
        [[*([shortened(row.channel, NAME)] if several else []), *_process(row)] for row in result.processes],
        left=3 if several else 2,
    )


def _process(row: ProcessRow) -> list[str]:
    judged = row.unused is not None and row.unused_error is not None
    after = row.used if row.unused is None else row.unused
    return [
        shortened(row.process, NAME),
        row.role,
        number(row.before),
        number(row.used),
        _yield(row) if judged else "-",
        "-" if row.unused_entries is None else str(row.unused_entries),
        f"{number(100 * after / row.before, 3)} %" if row.before > 0 else "-",
    ]


def _yield(row: ProcessRow) -> str:
    """Yield on unused events; where no event is left, what it is known to be below."""
    if row.unused_entries == 0:
        return f"< {number(row.floor, 2)}"
    return plus_minus(row.unused or 0.0, row.unused_error or 0.0)


def fold_tables(result: WithThresholds) -> list[Table]:
    """What the cuts that did not see the folds are; nothing without folds."""
    found = []
    for first in range(0, len(result.folds), FOLDS):
        shown = result.folds[first : first + FOLDS]
        head = ["cuts that did not see", *(f"fold {first + i}" for i in range(len(shown)))]
        rows = [
            [shortened(n, NAME), *(_end(result, n, fold.values[n]) for fold in shown)] for n in result.values
        ]
        used = f"{shortened(result.scores.name, NAME)}, used"
        rows.append([used, *(number(fold.used) for fold in shown)])
        found.append(Table(head, rows))
    return found
