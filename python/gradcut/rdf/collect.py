"""Columns of an RDataFrame as numpy arrays, without a copy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradcut.errors import DeclarationError
from gradcut.jagged import Jagged
from gradcut.rdf.booked import Booked
from gradcut.rdf.library import load
from gradcut.rdf.nodes import as_node, check_columns, translated
from gradcut.rdf.views import view

__all__ = ["DTYPES", "BookedColumns", "book_collect"]

#: numpy's name of each ``GradCut::EElement``, in its order.
DTYPES = (
    np.bool_,
    np.byte,
    np.int8,
    np.uint8,
    np.short,
    np.ushort,
    np.intc,
    np.uintc,
    np.long if hasattr(np, "long") else np.int_,
    np.ulong if hasattr(np, "ulong") else np.uint,
    np.longlong,
    np.ulonglong,
    np.float32,
    np.float64,
)

Columns = dict[str, "NDArray[Any] | Jagged"]


class BookedColumns(Booked[Columns]):
    """Columns that an event loop will read; see :func:`book_collect`."""

    def __init__(self, handle: Any, names: Sequence[str]) -> None:
        super().__init__(handle)
        self._names = tuple(names)

    def _convert(self, variation: str) -> Columns:
        collected = self._handle.Get(variation)
        # Not an element of fColumns, which would be a reference: a shared pointer that keeps the memory.
        column = load().GradCut.PythonSupport.Column
        return {name: _array(column(collected, i)) for i, name in enumerate(self._names)}

    def spread(self) -> tuple[int, int]:
        """Return the numbers of tasks and of processing slots that had events in the nominal loop."""
        self.value()
        collected = self._handle.Get("nominal")
        return int(collected.fNTasks), int(collected.fNSlots)


def book_collect(node: Any, columns: Sequence[str]) -> BookedColumns:
    """Book columns to be read into memory, in their own types.

    Parameters
    ----------
    node : RDataFrame node
        The events; Defines, Filters, friends and ``Vary`` are honoured.
    columns : sequence of str
        Columns of numbers, or of RVecs of numbers.

    Returns
    -------
    BookedColumns
        ``value()`` is a dict of arrays and, for vector columns, of `Jagged`. The events are in the order of
        the entries, also with several threads. The arrays are views of memory that lives as long as they do;
        they are writable and belong to the caller.

    Raises
    ------
    DataError
        If a column does not exist, or holds neither numbers nor RVecs of numbers.
    """
    names = list(columns)
    if not names:
        raise DeclarationError("no columns to collect", allowed="at least one column name")
    if len(set(names)) != len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise DeclarationError("a column is asked for twice", given=", ".join(twice))
    root, rnode = load(), as_node(node)
    check_columns(rnode, names)
    with translated("collect"):
        booked = root.GradCut.BookCollect(rnode, names)
    return BookedColumns(booked, names)


def _array(column: Any) -> NDArray[Any] | Jagged:
    dtype = DTYPES[int(column.ElementCode())]
    content = view(int(column.ContentAddress()), (int(column.fNContent),), dtype, owner=column)
    if not column.fType.fIsVector:
        return content
    offsets = view(int(column.OffsetsAddress()), (int(column.fNEvents) + 1,), np.int64, owner=column)
    return Jagged(content, offsets)
