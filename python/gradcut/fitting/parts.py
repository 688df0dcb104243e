"""Which events learn, which choose, and which judge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.samples import Folds, Split
from gradcut.samples.identity import event_uniform

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.expressions import Expression
    from gradcut.samples import EventTables
    from gradcut.samples.event_table import EventTable

__all__ = ["FEW", "Parts", "Plan", "Round"]

#: A process with fewer events than this is not divided: its parts could not judge anything.
FEW = 50
#: Rounds of learning and choosing within the events that a fit may use.
ROUNDS = 2

#: From the part or fold of each event and a uniform number to whether it is meant.
_Rule = Callable[["NDArray[np.int64]", "NDArray[np.float64]"], "NDArray[np.bool_]"]


@dataclass(frozen=True)
class Round:
    """Events to learn from, and others to choose by."""

    name: str
    learn: _Rule
    select: _Rule


@dataclass(frozen=True)
class Plan:
    """One set of cuts: the events that it may use, how it divides them, and those that judge it."""

    name: str
    base: _Rule
    rounds: tuple[Round, ...]
    test: _Rule | None


class Parts:
    """Divides collected events.

    Parameters
    ----------
    tables : EventTables
        All events, collected with the partition.
    partition : Split or Folds
        What divides them.

    Notes
    -----
    A fold judges the cuts of the events outside of it. Among these, and for a split without a part to select
    with, halves by another random number take turns. That number, too, follows from the identity of the
    event; for a division by an expression, which needs none, from the entry number. A process with fewer
    than 50 events is whole in every part.
    """

    def __init__(self, tables: EventTables, partition: Split | Folds) -> None:
        self.tables, self.partition = tables, partition
        self.few = tuple(sorted({t.process for t in tables.values() if t.full.entries < FEW}))

    def plans(self) -> tuple[Plan, ...]:
        """One plan per fold, or a single one."""
        if isinstance(self.partition, Folds):
            return tuple(
                Plan(
                    f"fold {fold}",
                    _outside(fold),
                    tuple(_half(_outside(fold), half) for half in range(ROUNDS)),
                    _inside(fold),
                )
                for fold in range(self.partition.k)
            )
        parts = self.partition.parts
        test = _inside(2) if "test" in parts else None
        if "select" not in parts:
            rounds = tuple(_half(_inside(0), half) for half in range(ROUNDS))
            return (Plan("split", _inside(0), rounds, test),)
        rounds = (Round("train", _inside(0), _inside(1)),)
        return (Plan("split", lambda part, _: (part == 0) | (part == 1), rounds, test),)

    def everything(self) -> Plan:
        """The plan of the cuts that all events give together, divided by the folds."""
        folds = self.partition.k if isinstance(self.partition, Folds) else 0
        rounds = tuple(Round(f"fold {fold}", _outside(fold), _inside(fold)) for fold in range(folds))
        return Plan("all events", lambda part, _: np.ones(len(part), dtype=np.bool_), rounds, None)

    def scaled(self, rule: _Rule, name: str) -> EventTables:
        """Events of a rule, with weights scaled to the full yield."""

        def one(table: EventTable) -> EventTable:
            chosen = table.full.entries < FEW or rule(*self._numbers(table))
            if chosen is True or bool(np.all(chosen)):
                return table
            owned = {tag: self._marked(own, rule) for tag, own in table.own_tables.items()}
            marked = replace(self._marked(table, rule), own_tables=owned)
            return marked.part(_Marked(), name)

        return replace(self.tables, tables={k: one(t) for k, t in self.tables.items()}, part_name=name)

    def unscaled(self, rule: _Rule, name: str) -> EventTables:
        """Events of a rule with the weights that they have, so that parts add up to the whole."""

        def one(table: EventTable) -> EventTable:
            inside = rule(*self._numbers(table))
            return replace(
                table,
                arrays=tuple(array[inside] for array in table.arrays),
                weight_arrays=tuple(array[inside] for array in table.weight_arrays),
                masks=tuple(array[inside] for array in table.masks),
                entries=table.entries[inside],
                identity=tuple(array[inside] for array in table.identity),
                split_values=None,
                own_tables={tag: one(own) for tag, own in table.own_tables.items()},
            )

        return replace(self.tables, tables={k: one(t) for k, t in self.tables.items()}, part_name=name)

    def _marked(self, table: EventTable, rule: _Rule) -> EventTable:
        return replace(table, split_values=rule(*self._numbers(table)).astype(np.float64))

    def _numbers(self, table: EventTable) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Part or fold of every event, -1 where it is in none, and a uniform number."""
        values = table.split_values
        if values is None:
            raise RuntimeError("events were collected without the partition")
        if isinstance(self.partition, Folds):
            part = self.partition.fold(values)
            if self.partition.expression is None:
                return part, values * self.partition.k - part
        else:
            part = np.full(len(values), -1, dtype=np.int64)
            for number, name in enumerate(("train", "select", "test")):
                if name in self.partition.parts:
                    part[self.partition.member(name, values)] = number
        identity = table.identity or (table.entries.astype(np.uint64),)
        return part, event_uniform(identity, self.partition.seed + 1)


def _inside(number: int) -> _Rule:
    def rule(part: NDArray[np.int64], uniform: NDArray[np.float64]) -> NDArray[np.bool_]:
        inside: NDArray[np.bool_] = part == number
        return inside

    return rule


def _outside(number: int) -> _Rule:
    def rule(part: NDArray[np.int64], uniform: NDArray[np.float64]) -> NDArray[np.bool_]:
        outside: NDArray[np.bool_] = part != number
        return outside

    return rule


def _half(base: _Rule, half: int) -> Round:
    def is_half(uniform: NDArray[np.float64]) -> NDArray[np.bool_]:
        return np.asarray((uniform * ROUNDS).astype(np.int64) == half)

    return Round(
        f"half {half}",
        learn=lambda part, uniform: np.logical_and(base(part, uniform), ~is_half(uniform)),
        select=lambda part, uniform: np.logical_and(base(part, uniform), is_half(uniform)),
    )


class _Marked:
    """The partition of tables whose split values say what is meant."""

    parts: tuple[str, ...] = ()
    expression: Expression | None = None
    seed = 0

    def member(self, part: str, values: NDArray[Any]) -> NDArray[np.bool_]:
        return np.asarray(values != 0)

    def condition(self, part: str, column: str) -> str:
        return f"{column} != 0"
