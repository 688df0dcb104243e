"""Arrays in memory as a source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gradcut.errors import DataError, DeclarationError
from gradcut.jagged import Jagged
from gradcut.samples.columns import ColumnType, Schema
from gradcut.samples.readers.plan import Array
from gradcut.samples.sources.source import Reader, SourceSpec

__all__ = ["ArraySource", "is_arrays"]


def is_arrays(given: object) -> bool:
    """Whether something is a table in memory: mapping, structured array, awkward records, data frame."""
    if isinstance(given, Mapping) or hasattr(given, "fields"):
        return True
    if isinstance(given, np.ndarray):
        return given.dtype.names is not None
    return (
        hasattr(given, "columns") and hasattr(given, "__getitem__") and not hasattr(given, "GetColumnNames")
    )


class ArraySource:
    """Columns in memory.

    Parameters
    ----------
    given : mapping, structured array, awkward array of records, or pandas-like data frame
        Columns of shape (n_events,); vector columns as :class:`~gradcut.jagged.Jagged`, as awkward arrays or
        as arrays of shape (n_events, n). They are not copied.

    Raises
    ------
    DataError
        If the columns have different lengths or more than two dimensions.
    """

    def __init__(self, given: Any) -> None:
        self.columns: dict[str, Array | Jagged] = {name: _column(given[name], name) for name in _names(given)}
        if not self.columns:
            raise DeclarationError("a table without columns", given=type(given).__name__)
        lengths = {name: len(column) for name, column in self.columns.items()}
        self.n_events = next(iter(lengths.values()))
        for name, length in lengths.items():
            if length != self.n_events:
                first = next(iter(lengths))
                raise DataError(
                    "the columns of a table have different lengths",
                    given=f"'{first}' has {self.n_events} events, '{name}' has {length}",
                )

    def describe(self) -> SourceSpec:
        """Return the description for provenance."""
        return SourceSpec("arrays")

    def reader(self, wanted: str) -> Reader:
        """Nobody has to read them."""
        return "memory"

    def schema(self, reader: Reader) -> Schema:
        """Return the columns."""
        return Schema(self.columns, self._type_of)

    def _type_of(self, name: str) -> ColumnType:
        column = self.columns[name]
        values = column.values if isinstance(column, Jagged) else column
        is_vector = isinstance(column, Jagged) or values.ndim == 2
        is_number = values.dtype.kind in "biuf" and values.dtype.itemsize <= 8
        text = f"array of {values.dtype}"
        return ColumnType(values.dtype.name if is_number else "", is_vector, text)


def _names(given: Any) -> list[str]:
    if isinstance(given, Mapping):
        names = list(given)
    elif isinstance(given, np.ndarray):
        names = list(given.dtype.names or ())
    elif hasattr(given, "fields"):
        names = list(given.fields)
    else:
        names = list(given.columns)
    for name in names:
        if not isinstance(name, str):
            raise DeclarationError("the name of a column is text", given=repr(name))
    return names


def _column(values: Any, name: str) -> Array | Jagged:
    if isinstance(values, Jagged):
        return values
    if hasattr(values, "layout") and hasattr(values, "ndim"):  # awkward, which need not be installed
        from gradcut.samples.readers.awkward_arrays import from_awkward

        return from_awkward(values, name)
    column = np.asarray(values)
    if column.ndim not in (1, 2):
        raise DataError(
            f"column '{name}' has {column.ndim} dimensions",
            allowed="one number, or one row of numbers, per event",
        )
    if column.ndim == 2:
        offsets = np.arange(len(column) + 1, dtype=np.int64) * column.shape[1]
        return Jagged(np.ascontiguousarray(column).reshape(-1), offsets)
    # Big-endian columns (uproot, FITS) would be refused by the kernels.
    return column if column.dtype.isnative else column.astype(column.dtype.newbyteorder("="))
