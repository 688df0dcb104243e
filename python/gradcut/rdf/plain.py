"""Plain columns of a file as numpy arrays, read by ranges of entries without an event loop."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradcut.rdf.collect import DTYPES
from gradcut.rdf.library import load
from gradcut.rdf.nodes import translated

__all__ = ["PlainFile"]


class PlainFile:
    """Columns of a TTree or RNTuple with one number per entry, each stored in a branch or field of its own.

    The numbers are those of :func:`~gradcut.rdf.book_collect`. With ``ROOT.EnableImplicitMT()`` the columns
    are shared out between the threads.

    Parameters
    ----------
    file, tree : str
        Where they are.
    columns : sequence of str
        Their names.
    """

    def __init__(self, file: str, tree: str, columns: Sequence[str]) -> None:
        root = load()
        names = list(columns)
        threads = int(root.GetThreadPoolSize()) if root.IsImplicitMTEnabled() else 1
        n_parts = max(min(threads, len(names)), 1)
        self._parts = []
        with translated(f"{file}:{tree}", "ROOT cannot open a file"):
            for names_of_part in (names[part::n_parts] for part in range(n_parts)):
                part = root.GradCut.PlainColumns.Open(file, tree, names_of_part)
                self._parts.append((part, names_of_part))
        self._names, self._where = names, f"{file}:{tree}"

    @property
    def is_plain(self) -> bool:
        """Whether all columns can be read like this; the event loop reads the others."""
        return all(bool(part) for part, _ in self._parts)

    @property
    def n_entries(self) -> int:
        """Number of entries."""
        return int(self._parts[0][0].NEntries())

    def read(self, start: int, stop: int) -> dict[str, NDArray[Any]]:
        """Return a range of entries of every column, in the types of the file.

        Raises
        ------
        RootError
            If the file cannot be read.
        """
        code = load().GradCut.PythonSupport.ElementCode
        arrays = {
            name: np.empty(stop - start, DTYPES[int(code(part, place))])
            for part, names in self._parts
            for place, name in enumerate(names)
        }

        def read_part(part: Any, names: Sequence[str]) -> None:
            addresses = [arrays[name].ctypes.data for name in names]
            load().GradCut.PythonSupport.ReadPlain(part, start, stop, addresses)

        # Other Python threads run meanwhile, and the other parts.
        load().GradCut.PythonSupport.ReadPlain.__release_gil__ = True
        with translated(self._where, "ROOT cannot read a file"):
            if len(self._parts) == 1:
                read_part(*self._parts[0])
            else:
                with ThreadPoolExecutor(len(self._parts)) as pool:
                    list(pool.map(lambda part: read_part(*part), self._parts))
        return {name: arrays[name] for name in self._names}
