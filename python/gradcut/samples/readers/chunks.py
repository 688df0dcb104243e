"""From blocks of columns in memory to the events that are kept: readers without ROOT share this."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from gradcut.errors import GradcutError, located
from gradcut.expressions import Column, Expression, Number, columns, evaluate, is_condition
from gradcut.expressions.guards import guard_feature
from gradcut.jagged import Jagged, concatenated
from gradcut.samples.readers.checks import empty_sample
from gradcut.samples.readers.exact import exact_sum
from gradcut.samples.readers.missing import missing_to_nan
from gradcut.samples.readers.plan import Array, Mask, Quantity, RawEvents, RawTotals, ReadPlan, Requirement

__all__ = ["Chunk", "collect_chunks", "columns_of"]

#: Columns of a range of entries.
Chunk = Mapping[str, "Array | Jagged"]


def columns_of(plan: ReadPlan) -> tuple[str, ...]:
    """Return the columns that a plan reads."""
    trees: list[Expression] = [quantity.expression for quantity in plan.quantities]
    trees += [part for requirement in plan.requirements for part in requirement]
    names = [name for tree in trees for name in columns(tree)]
    return tuple(dict.fromkeys([*names, *plan.vectors]))


def collect_chunks(plan: ReadPlan, chunks: Iterable[tuple[int, Chunk]]) -> RawEvents:
    """Read chunk by chunk and keep only what passes a requirement.

    Parameters
    ----------
    plan : ReadPlan
        What is wanted.
    chunks : iterable of (int, mapping)
        Number of events and their columns, in order.

    Returns
    -------
    RawEvents
        Memory: the kept events and one chunk.
    """
    parts: list[RawEvents] = []
    offset = 0
    for n_events, chunk in chunks:
        try:
            parts.append(_read_chunk(plan, chunk, n_events, offset))
        except GradcutError as error:
            raise located(error, plan.where) from error
        offset += n_events
    if not parts:
        raise empty_sample(plan.where)
    return _join(parts)


def _read_chunk(plan: ReadPlan, chunk: Chunk, n_events: int, offset: int) -> RawEvents:
    weight = np.asarray(_quantity(plan.quantities[plan.weight], chunk, n_events), dtype=np.float64)
    before = RawTotals(n_events, exact_sum(weight), exact_sum(weight * weight))
    masks = [_passes(requirement, chunk, n_events) for requirement in plan.requirements]
    keep = np.logical_or.reduce(masks)
    everything = bool(keep.all())
    kept = chunk if everything else {name: chunk[name][keep] for name in columns_of(plan)}
    n_kept = int(np.count_nonzero(keep))
    return RawEvents(
        quantities=[_quantity(quantity, kept, n_kept) for quantity in plan.quantities],
        vectors={name: _as_jagged(kept[name]) for name in plan.vectors},
        masks=masks if everything else [mask[keep] for mask in masks],
        entries=np.arange(offset, offset + n_events) if everything else offset + np.flatnonzero(keep),
        before=before,
    )


def _quantity(quantity: Quantity, chunk: Chunk, n_events: int) -> Array | Jagged:
    expression = quantity.expression
    if isinstance(expression, Number):
        return np.full(n_events, expression.value)
    sentinels = quantity.sentinels or ()
    if isinstance(expression, Column):
        values = chunk[expression.name]
        found = missing_to_nan(values, sentinels) if sentinels else values
        return found if isinstance(found, Jagged) else np.ascontiguousarray(found)
    if quantity.sentinels is None:
        return _doubles(evaluate(expression, chunk, objects=True))
    if is_condition(expression):
        mended = {name: missing_to_nan(chunk[name], sentinels) for name in columns(expression)}
        return _doubles(evaluate(expression, mended, objects=True))
    vectors = [name for name in columns(expression) if isinstance(chunk[name], Jagged)]
    value, absent = guard_feature(expression, sentinels=sentinels, vectors=vectors)
    result = _doubles(evaluate(value, chunk, objects=True))
    if absent is not None:
        _blank(result, evaluate(absent, chunk, objects=True))
    return result


def _doubles(found: Array | Jagged) -> Array | Jagged:
    if isinstance(found, Jagged):
        return found.with_values(found.values.astype(np.float64, copy=False))
    return found.astype(np.float64, copy=False)


def _blank(result: Array | Jagged, absent: Array | Jagged) -> None:
    """Put NaN where values are absent, for all objects of an event or for some."""
    if isinstance(result, Jagged):
        result.values[absent.values if isinstance(absent, Jagged) else result.repeat(absent)] = np.nan
    else:
        result[absent] = np.nan


def _passes(requirement: Requirement, chunk: Chunk, n_events: int) -> Mask:
    passing = np.ones(n_events, dtype=bool)
    for part in requirement:
        # A number used as a condition is true unless it is zero; NaN is true, as in C++.
        passing &= np.asarray(evaluate(part, chunk)) != 0
    return passing


def _as_jagged(values: Array | Jagged) -> Jagged:
    if isinstance(values, Jagged):
        return values
    return Jagged(np.empty(0), np.zeros(len(values) + 1, dtype=np.int64))


def _join(parts: list[RawEvents]) -> RawEvents:
    first = parts[0]
    if len(parts) == 1:
        return first
    return RawEvents(
        quantities=[
            concatenated([part.quantities[i] for part in parts]) for i in range(len(first.quantities))
        ],
        vectors={name: Jagged.concatenate([part.vectors[name] for part in parts]) for name in first.vectors},
        masks=[np.concatenate([part.masks[i] for part in parts]) for i in range(len(first.masks))],
        entries=np.concatenate([part.entries for part in parts]),
        before=RawTotals(
            sum(part.before.entries for part in parts),
            exact_sum(np.array([part.before.sum_w for part in parts])),
            exact_sum(np.array([part.before.sum_w2 for part in parts])),
        ),
    )
