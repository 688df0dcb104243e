"""The union of events over the variations of RDataFrame's ``Vary``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gradcut.jagged import Jagged, concatenated
from gradcut.samples.readers.plan import Array, RawEvents
from gradcut.samples.resolve import Universe

__all__ = ["union_of_variations"]


def union_of_variations(
    raw: RawEvents, universes: Sequence[Universe]
) -> tuple[RawEvents, tuple[Universe, ...]]:
    """Bring the events of all variations to common rows.

    Parameters
    ----------
    raw : RawEvents
        Events of nominal, and in ``varied`` those of each tag; each in increasing order of entry number.
    universes : sequence of Universe
        Tags that nominal's event loop has already, nominal first.

    Returns
    -------
    RawEvents
        Rows for every entry that is there in any variation, with nothing in ``varied``. An array is added
        only where a variation changes it.
    tuple of Universe
        The given ones, and one per tag of ``Vary``.
    """
    if not raw.varied:
        return raw, tuple(universes)
    entries = np.unique(np.concatenate([raw.entries, *(varied.entries for varied in raw.varied.values())]))
    # The nominal loop's own variations and each Vary are different universes; nominal fills its rows first.
    sources = [raw, *raw.varied.values()]
    rows = [np.searchsorted(entries, source.entries) for source in sources]
    first, starts = _first_rows(rows, len(entries))
    quantities, changed = [], []
    for index in range(len(raw.quantities)):
        base, extra = _merge([source.quantities[index] for source in sources], rows, first, starts)
        quantities.append(base)
        changed.append(extra)
    masks = [_scatter(mask, rows[0], len(entries)) for mask in raw.masks]
    result = list(universes)
    nominal = universes[0]
    for position, tag in enumerate(raw.varied, start=1):
        varied = raw.varied[tag]
        replaced: dict[int, int] = {}
        for index in {*nominal.features, *nominal.weights}:
            array = changed[index].get(position)
            if array is not None:
                replaced[index] = len(quantities)
                quantities.append(array)
        requirement = nominal.requirement
        mask = _scatter(varied.masks[requirement], rows[position], len(entries))
        if not np.array_equal(mask, masks[requirement]):
            requirement = len(masks)
            masks.append(mask)
        result.append(
            Universe(
                tag,
                tuple(replaced.get(index, index) for index in nominal.features),
                tuple(replaced.get(index, index) for index in nominal.weights),
                requirement,
            )
        )
    merged = replace(raw, quantities=quantities, masks=masks, entries=entries, varied={})
    return merged, tuple(result)


def _scatter(mask: NDArray[np.bool_], rows: NDArray[np.intp], n_rows: int) -> NDArray[np.bool_]:
    result = np.zeros(n_rows, dtype=bool)
    result[rows] = mask
    return result


def _first_rows(rows: Sequence[NDArray[np.intp]], n_rows: int) -> tuple[NDArray[np.intp], list[int]]:
    """Return for every row its place among the events of all variations, one variation after the other.

    A row that nominal does not have is that of the first variation that has it. Also where each variation
    begins.
    """
    found = np.full(n_rows, -1, dtype=np.intp)
    starts = [0, *np.cumsum([len(where) for where in rows]).tolist()]
    for start, where in zip(starts, rows, strict=False):
        lacking = found[where] < 0
        found[where[lacking]] = start + np.flatnonzero(lacking)
    return found, starts


def _merge(
    arrays: Sequence[Array | Jagged],
    rows: Sequence[NDArray[np.intp]],
    first: NDArray[np.intp],
    starts: Sequence[int],
) -> tuple[Array | Jagged, dict[int, Array | Jagged]]:
    """Return the common array and, by position, those that differ from it somewhere."""
    everything = concatenated(arrays)
    base = everything[first]
    changed: dict[int, Array | Jagged] = {}
    for position, (array, where) in enumerate(zip(arrays, rows, strict=True)):
        if not _identical(base[where], array):
            own = first.copy()
            own[where] = starts[position] + np.arange(len(where))
            changed[position] = everything[own]
    return base, changed


def _identical(one: Array | Jagged, other: Array | Jagged) -> bool:
    if isinstance(one, Jagged) and isinstance(other, Jagged):
        return one.identical(other)
    return bool(np.array_equal(one, other, equal_nan=one.dtype.kind == "f"))
