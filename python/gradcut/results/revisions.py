"""What was changed in learned cuts afterwards, and what it cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from gradcut.results.document import numbers
from gradcut.tables import Table, number

__all__ = ["Change", "Revision", "exact", "table_of"]


@dataclass(frozen=True)
class Change:
    """One threshold that was changed.

    Parameters
    ----------
    name : str
        Its parameter.
    before, after : float
        Its value; an infinite one leaves its side open.
    """

    name: str
    before: float
    after: float


@dataclass(frozen=True)
class Revision:
    """Cuts changed after the fit, with the price.

    Parameters
    ----------
    kind : {"prune", "rounded"}
        The method of :class:`gradcut.CutResult`.
    max_loss : float
        Fraction of the objective that it might cost.
    judged : {"used", "unused"}
        The events that decided.
    used_before, used : float
        Objective on the events that were learned from, before and after.
    unused_before, unused : float or None
        The same on events that were not.
    changes : tuple of Change
        The thresholds that were changed, in the order in which it happened.
    """

    kind: Literal["prune", "rounded"]
    max_loss: float
    judged: Literal["used", "unused"]
    used_before: float
    used: float
    unused_before: float | None
    unused: float | None
    changes: tuple[Change, ...]

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Revision:
        """Make it of what ``dataclasses.asdict`` gave, lists for tuples."""
        made = numbers(plain)
        return cls(**{**made, "changes": tuple(Change(**change) for change in made["changes"])})

    def sentence(self, objective: str) -> str:
        """Say what was changed and what it cost."""
        what = ", ".join(change.name for change in self.changes) or "nothing"
        how = {"prune": "opened", "rounded": "rounded"}[self.kind]
        price = f"{objective} {_arrow(self.used_before, self.used)} on the used events"
        if self.unused is not None:
            chose = " (which chose what to open)" if self.judged == "unused" else ""
            price += f", {_arrow(self.unused_before, self.unused)} on the unused ones{chose}"
        return f"{how} for at most {100 * self.max_loss:g}%: {what}; {price}"


def table_of(revisions: tuple[Revision, ...], objective: str) -> Table:
    """A table with the price of every revision and its thresholds."""
    head = ["changed afterwards", "thresholds", f"{objective}, used", f"{objective}, unused"]
    rows = []
    for revision in revisions:
        price = [_arrow(revision.used_before, revision.used), _arrow(revision.unused_before, revision.unused)]
        name = f"{revision.kind}, at most {100 * revision.max_loss:g}%"
        rows.append([name, "" if revision.changes else "none", *price])
        rows += [["", _change(change, revision.kind), "", ""] for change in revision.changes]
    return Table(head, rows, left=2)


def exact(value: float) -> str:
    """Write a number with as many digits as it has, not more than twelve."""
    return f"{value:.12g}"


def _change(change: Change, kind: str) -> str:
    if change.before == change.after:  # it was so already, but not in every fold
        return f"{change.name}  in folds"
    return f"{change.name}  {number(change.before)} -> {'open' if kind == 'prune' else exact(change.after)}"


def _arrow(before: float | None, after: float | None) -> str:
    return "-" if before is None or after is None else f"{number(before)} -> {number(after)}"
