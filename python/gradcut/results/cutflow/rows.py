"""The rows of a cutflow: plain, frozen data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple

from gradcut.errors import DeclarationError, close_matches
from gradcut.results.shown import Shown
from gradcut.stats.efficiency import efficiency_error
from gradcut.tables import Block

__all__ = [
    "Cutflow",
    "CutflowRow",
    "Efficiency",
    "ProcessCutflow",
    "Stage",
    "Sums",
    "VariedYield",
    "rows_of",
]

#: Label of the first row of several processes together.
AFTER = "after the requirements"

#: What a row comes after: nothing, a requirement of the samples, a cut of the selection.
Stage = Literal["events", "requirement", "cut"]


class Sums(NamedTuple):
    """Sums over the events that are left."""

    entries: int
    sum_w: float
    sum_w2: float


@dataclass(frozen=True)
class Efficiency:
    """Yield kept over yield before, and its MC uncertainty.

    Parameters
    ----------
    value, error : float
        With weights of both signs the value may leave the range from 0 to 1.
    """

    value: float
    error: float

    @classmethod
    def of(cls, kept: Sums, before: Sums) -> Efficiency | None:
        """Divide two yields of which one is part of the other; None where there is no positive yield before.

        The uncertainty is that of :func:`gradcut.stats.efficiency.efficiency_error`.
        """
        if not before.sum_w > 0:
            return None
        error = efficiency_error(kept.sum_w, kept.sum_w2, before.sum_w, before.sum_w2)
        return cls(kept.sum_w / before.sum_w, float(error))


@dataclass(frozen=True)
class CutflowRow:
    """What is left after a cut and all before it.

    Parameters
    ----------
    label : str
        The condition.
    stage : {"events", "requirement", "cut"}
        All events of the source, after a requirement of the samples, or after a cut of the selection.
    entries : int
        Events, weights not counted.
    sum_w, error : float
        Yield, normalised, and its MC uncertainty, the root of the sum of squared weights.
    step : Efficiency or None
        Of this cut alone, relative to the row before.
    total : Efficiency or None
        Of all cuts so far, relative to the events after the requirements; None before them.
    report : tuple of (int, int), or None
        What ROOT's own ``Report()`` says of the same filter: events that passed and that came.
    """

    label: str
    stage: Stage
    entries: int
    sum_w: float
    error: float
    step: Efficiency | None
    total: Efficiency | None
    report: tuple[int, int] | None = None


@dataclass(frozen=True)
class VariedYield:
    """Yield after all cuts in one variation.

    Parameters
    ----------
    tag : str
        Such as ``"JES:up"``, ``"nominal"`` first.
    entries : int
        Events, weights not counted.
    sum_w, error : float
        Yield and its MC uncertainty.
    shift : float or None
        Yield relative to nominal, less one; None where nominal is zero.
    """

    tag: str
    entries: int
    sum_w: float
    error: float
    shift: float | None


@dataclass(frozen=True)
class ProcessCutflow:
    """The cutflow of one process in one channel.

    Parameters
    ----------
    channel, process, role : str
        What it is; without a role for events that belong to no samples.
    rows : tuple of CutflowRow
        All events, each requirement, each cut, cumulatively.
    negative : float
        Share of the sum of absolute weights that events with negative weights have, before the cuts.
    variations : tuple of VariedYield
        Where they were asked for, nominal first.
    """

    channel: str
    process: str
    role: str
    rows: tuple[CutflowRow, ...]
    negative: float
    variations: tuple[VariedYield, ...] = ()

    @property
    def start(self) -> CutflowRow:
        """The last row before the cuts: what total efficiencies are relative to."""
        return [row for row in self.rows if row.stage != "cut"][-1]

    @property
    def final(self) -> CutflowRow:
        """The row after all cuts."""
        return self.rows[-1]


@dataclass(frozen=True)
class Cutflow(Shown):
    """Cutflows of all processes; see :meth:`gradcut.results.Cuts.cutflow`.

    Parameters
    ----------
    flows : tuple of ProcessCutflow
        In the order of the samples.
    """

    flows: tuple[ProcessCutflow, ...]

    def of(self, process: str, channel: str | None = None) -> ProcessCutflow:
        """Return the cutflow of one process; its channel may be left out where there is only one."""
        found = [f for f in self.flows if f.process == process and channel in (None, f.channel)]
        if len(found) == 1:
            return found[0]
        if found:
            channels = ", ".join(flow.channel for flow in found)
            raise DeclarationError(f"'{process}' has several channels", allowed=channels)
        known = [
            f"{flow.process}" if channel is None else f"{flow.process}, {flow.channel}" for flow in self.flows
        ]
        name = process if channel is None else f"{process}, {channel}"
        raise DeclarationError(f"no cutflow of '{name}'", hint=close_matches(name, known))

    def total(self, role: str) -> tuple[CutflowRow, ...]:
        """Return the rows of all processes of a role together, from the events after the requirements on."""
        chosen = [flow for flow in self.flows if flow.role == role]
        if not chosen:
            known = ", ".join(dict.fromkeys(flow.role for flow in self.flows))
            raise DeclarationError(f"no process has the role '{role}'", given=known)
        per_flow = [[flow.start, *(row for row in flow.rows if row.stage == "cut")] for flow in chosen]
        sums = [
            Sums(
                sum(row.entries for row in rows),
                sum(row.sum_w for row in rows),
                sum(row.error**2 for row in rows),
            )
            for rows in zip(*per_flow, strict=True)
        ]
        required = any(flow.start.stage == "requirement" for flow in chosen)
        labels: list[tuple[str, Stage]] = [(AFTER if required else chosen[0].start.label, "events")]
        labels += [(row.label, "cut") for row in per_flow[0][1:]]
        return rows_of(labels, sums, [None] * len(sums))

    def to_json(self) -> dict[str, Any]:
        """Return it as plain dicts, lists, strings and numbers."""
        plain: dict[str, Any] = _listed(asdict(self))
        return plain

    def blocks(self) -> list[Block]:
        """What there is to say, as tables and paragraphs."""
        from gradcut.results.cutflow.text import blocks

        return blocks(self)


def rows_of(
    labels: Sequence[tuple[str, Stage]],
    sums: Sequence[Sums],
    reports: Sequence[tuple[int, int] | None],
) -> tuple[CutflowRow, ...]:
    """Make rows of sums over the events that are left after each label."""
    start = max(i for i, (_, stage) in enumerate(labels) if stage != "cut")
    return tuple(
        CutflowRow(
            label=label,
            stage=stage,
            entries=kept.entries,
            sum_w=kept.sum_w,
            error=math.sqrt(kept.sum_w2),
            step=Efficiency.of(kept, sums[i - 1]) if i else None,
            total=Efficiency.of(kept, sums[start]) if i >= start else None,
            report=reports[i],
        )
        for i, ((label, stage), kept) in enumerate(zip(labels, sums, strict=True))
    )


def _listed(value: Any) -> Any:
    """Tuples as lists, which is what JSON gives back."""
    if isinstance(value, dict):
        return {key: _listed(item) for key, item in value.items()}
    return [_listed(item) for item in value] if isinstance(value, (list, tuple)) else value
