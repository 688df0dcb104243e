"""The union of events over the variations of RDataFrame's ``Vary``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

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
    n_base = len(raw.quantities)
    quantities, changed = [], []
    for index in range(n_base):
        base, extra = _merge([source.quantities[index] for source in sources], rows, len(entries))
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


def _merge(
    arrays: Sequence[Array], rows: Sequence[NDArray[np.intp]], n_rows: int
) -> tuple[Array, dict[int, Array]]:
    """Return the common array and, by position, those that differ from it somewhere.

    A row that nominal does not have takes its value from the first variation that has it.
    """
    base = np.zeros(n_rows, dtype=arrays[0].dtype)
    filled = np.zeros(n_rows, dtype=bool)
    changed: dict[int, Array] = {}
    for position, (array, where) in enumerate(zip(arrays, rows, strict=True)):
        known = filled[where]
        if not _identical(base[where[known]], array[known]):
            changed[position] = array
        base[where[~known]] = array[~known]
        filled[where] = True
    for position, array in changed.items():
        full = base.copy()
        full[rows[position]] = array
        changed[position] = full
    return base, changed


def _identical(first: Array, second: Array) -> bool:
    return bool(np.array_equal(first, second, equal_nan=first.dtype.kind == "f"))
