"""Yields after all cuts in every variation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.expressions.nodes import Logical
from gradcut.results.cutflow.rows import VariedYield
from gradcut.results.folds import partition_of

if TYPE_CHECKING:
    from gradcut.expressions import Expression
    from gradcut.results.cuts import Cuts
    from gradcut.samples.event_table import EventTable

__all__ = ["decisions", "varied_yields"]


def decisions(result: Cuts, *, folds: bool) -> dict[str, Expression]:
    """Return the whole selection as one condition per set of cuts, to be collected as features.

    As features they follow every kind of variation.
    """
    sets = [row.values for row in result.folds] if folds else [result.values]
    found: dict[str, Expression] = {}
    for number, values in enumerate(sets):
        conditions = tuple(condition for _, condition in result.selection.bind(values))
        found[f"cuts {number}"] = conditions[0] if len(conditions) == 1 else Logical("&&", conditions)
    return found


def varied_yields(result: Cuts, table: EventTable, *, folds: bool) -> tuple[VariedYield, ...]:
    """Sum over the events that pass, in every variation of a process."""
    found: list[VariedYield] = []
    for tag in table.variations:
        events = table.table(tag)
        passed = np.zeros(events.n_events, dtype=np.bool_)
        fold = np.zeros(events.n_events, dtype=np.int64)
        if folds and events.split_values is not None:
            fold = partition_of(result).fold(events.split_values)
        for number, decision in enumerate(table.features(tag)):
            passed |= (decision != 0) & (fold == number)
        passed &= table.mask(tag)
        weights = table.weights(tag)[passed]
        sum_w = float(weights.sum())
        nominal = found[0].sum_w if found else sum_w
        found.append(
            VariedYield(
                tag=tag,
                entries=len(weights),
                sum_w=sum_w,
                error=float(np.sqrt(np.square(weights).sum())),
                shift=sum_w / nominal - 1 if nominal else None,
            )
        )
    return tuple(found)
