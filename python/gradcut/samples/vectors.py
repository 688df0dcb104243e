"""Weights in vector columns, taken apart into one number per event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gradcut.errors import DataError
from gradcut.jagged import Jagged
from gradcut.samples.readers.plan import RawEvents
from gradcut.samples.resolve import Universe, VectorWeights

__all__ = ["expand_vectors"]


def expand_vectors(
    raw: RawEvents, vectors: Sequence[VectorWeights], nominal: Universe, *, where: str
) -> tuple[RawEvents, tuple[Universe, ...]]:
    """Append the elements of vector columns to the quantities.

    Parameters
    ----------
    raw : RawEvents
        Events with vector columns; also those under each ``Vary``.
    vectors : sequence of VectorWeights
        The variations that use them.
    nominal : Universe
        Whose features and requirement they share.
    where : str
        The sample, for messages.

    Returns
    -------
    RawEvents
        The same with more quantities and without vectors.
    tuple of Universe
        One per element.

    Raises
    ------
    DataError
        If events have different numbers of elements, or fewer than an index that is wanted.
    """
    universes: list[Universe] = []
    wanted: list[tuple[str, int]] = []
    for vector in vectors:
        declared = vector.variation
        length = _length(raw.vectors[declared.column], declared.column, where)
        indices = declared.indices if declared.indices is not None else tuple(range(length))
        if not indices or max(indices) >= length:
            raise DataError(
                f"the vector column '{declared.column}' has {length} weights",
                where=where,
                given=f"index {max(indices, default=0)} in variation '{declared.name}'",
            )
        for index in indices:
            position = len(raw.quantities) + len(wanted)
            wanted.append((declared.column, index))
            universes.append(
                replace(nominal, tag=f"{declared.name}:{index}", weights=(*vector.factors, position))
            )
    return _expanded(raw, wanted, where), tuple(universes)


def _expanded(raw: RawEvents, wanted: Sequence[tuple[str, int]], where: str) -> RawEvents:
    tables = {
        name: column.values.reshape(len(column), _length(column, name, where))
        for name, column in raw.vectors.items()
    }
    elements = [np.ascontiguousarray(tables[name][:, index]) for name, index in wanted]
    varied = {tag: _expanded(events, wanted, where) for tag, events in raw.varied.items()}
    return replace(raw, quantities=[*raw.quantities, *elements], vectors={}, varied=varied)


def _length(column: Jagged, name: str, where: str) -> int:
    lengths = np.unique(column.lengths)
    if len(lengths) > 1:
        raise DataError(
            f"the vector column '{name}' has different lengths",
            where=where,
            given=f"{lengths[0]} to {lengths[-1]} elements",
            hint="a variation by weights needs the same number of them in every event",
        )
    return int(lengths[0]) if len(lengths) else 0
