"""From awkward arrays to numpy and :class:`~gradcut.jagged.Jagged`."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcut.errors import DataError
from gradcut.jagged import Jagged
from gradcut.samples.readers.plan import Array

__all__ = ["from_awkward"]


def from_awkward(values: Any, name: str) -> Array | Jagged:
    """Convert a column.

    Parameters
    ----------
    values : awkward.Array
        Of one number or one list of numbers per event.
    name : str
        Name of the column, for messages.

    Raises
    ------
    DataError
        If it is nested deeper, has ``None``, or does not hold numbers.
    """
    import awkward as ak

    try:
        if values.ndim == 1:
            return np.ascontiguousarray(ak.to_numpy(values, allow_missing=False))
        if values.ndim == 2:
            counts = ak.to_numpy(ak.num(values, axis=1), allow_missing=False)
            offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
            content = ak.to_numpy(ak.flatten(values, axis=1), allow_missing=False)
            return Jagged(np.ascontiguousarray(content), offsets)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"column '{name}' is no table of numbers",
            given=str(values.type)[:80],
            hint="awkward.fill_none, or drop the events without a value",
        ) from error
    raise DataError(f"column '{name}' is nested too deeply", given=str(values.type)[:80])
