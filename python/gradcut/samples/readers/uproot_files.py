"""Files read by uproot, where ROOT is not installed or not wanted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gradcut.errors import DataError
from gradcut.jagged import Jagged
from gradcut.samples.columns import ColumnType, Schema, type_from_cpp
from gradcut.samples.readers.awkward_arrays import from_awkward
from gradcut.samples.readers.chunks import Chunk, columns_of
from gradcut.samples.readers.plan import Array, ReadPlan
from gradcut.samples.sources.patterns import FileTree
from gradcut.samples.sources.trees import resolve_tree

__all__ = ["CHUNK_BYTES", "chunks_with_uproot", "schema_with_uproot"]

#: Memory of one chunk of the columns that are read.
CHUNK_BYTES = 64 * 2**20
#: Events of the smallest chunk.
LEAST_CHUNK = 1000


def schema_with_uproot(files: tuple[FileTree, ...]) -> Schema:
    """Return the columns of the first file."""
    with _opened(files[0]) as tree:
        names = {str(name): str(text) for name, text in tree.typenames().items()}

    def type_of(name: str) -> ColumnType:
        return type_from_cpp(names[name])

    return Schema(names, type_of)


def chunks_with_uproot(files: tuple[FileTree, ...], plan: ReadPlan) -> Iterator[tuple[int, Chunk]]:
    """Read the columns of a plan, chunk by chunk.

    Raises
    ------
    DataError
        If a file cannot be read, or a later one lacks a column or has another type of it.
    """
    names = columns_of(plan)
    dtypes: dict[str, Any] = {}
    for file_tree in files:
        with _opened(file_tree) as tree:
            lacking = [name for name in names if name not in tree.typenames()]
            if lacking:
                raise DataError(
                    f"column '{lacking[0]}' is not in every file of the sample",
                    given=file_tree[0],
                    where=plan.where,
                )
            total = int(tree.num_entries)
            step = max(LEAST_CHUNK, CHUNK_BYTES // max(8 * len(names), 1))
            for start in range(0, total, step):
                stop = min(start + step, total)
                chunk = _read(tree, names, start, stop, file_tree[0])
                _check_dtypes(chunk, dtypes, file_tree[0], plan.where)
                yield stop - start, chunk


def _read(tree: Any, names: tuple[str, ...], start: int, stop: int, file: str) -> dict[str, Array | Jagged]:
    if not names:
        return {}
    try:
        events = tree.arrays(list(names), entry_start=start, entry_stop=stop, library="ak")
        return {name: from_awkward(events[name], name) for name in names}
    except (OSError, ValueError, TypeError, KeyError, NotImplementedError) as error:
        raise DataError(
            "uproot cannot read a file", given=file, where=str(error).strip().splitlines()[0][:200]
        ) from error


def _check_dtypes(chunk: Chunk, dtypes: dict[str, Any], file: str, where: str) -> None:
    for name, values in chunk.items():
        dtype = (values.values if isinstance(values, Jagged) else values).dtype
        if dtypes.setdefault(name, dtype) != dtype:
            raise DataError(
                f"column '{name}' has another type in one of the files",
                given=f"{dtype} in {file}, {dtypes[name]} before",
                where=where,
            )


class _opened:  # noqa: N801 (used like a function)
    """The tree of a file, closed at the end of a ``with``."""

    def __init__(self, file_tree: FileTree) -> None:
        self._file, self._wanted = file_tree

    def __enter__(self) -> Any:
        import uproot

        try:
            self._open = uproot.open(self._file)
        except (OSError, ValueError, KeyError) as error:
            raise DataError(
                "uproot cannot open a file", given=self._file, where=str(error).strip().splitlines()[0][:200]
            ) from error
        kinds = self._open.classnames(cycle=False)
        trees = [
            name
            for name, kind in kinds.items()
            if kind in ("TTree", "TNtuple", "TNtupleD") or "RNTuple" in kind
        ]
        try:
            return self._open[resolve_tree(self._wanted, trees, self._file)]
        except DataError:
            self._open.close()
            raise

    def __exit__(self, *_: object) -> None:
        self._open.close()
