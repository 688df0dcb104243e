"""Files of one sample must agree about their columns.

ROOT reads a column as the type that it has in the first file, whatever it is in the others: numbers of
another type come out as garbage, without an error.
"""

from __future__ import annotations

from collections.abc import Sequence

from gradcut.errors import DataError
from gradcut.samples.columns import Schema
from gradcut.samples.readers.root_nodes import node_of_files, schema_of_node
from gradcut.samples.sources.patterns import FileTree

__all__ = ["check_files_agree"]


def check_files_agree(files: Sequence[FileTree], used: Sequence[str] | None, *, where: str) -> None:
    """Compare the columns of all files with those of the first; takes some milliseconds per file.

    Parameters
    ----------
    files : sequence of (str, str)
        Files and their trees.
    used : sequence of str or None
        Columns that are read; None: not known, all that a file has in common with the first.
    where : str
        The sample, for messages.

    Raises
    ------
    DataError
        If a file lacks a column that is read, or has another type of it.
    """
    if len(files) < 2:
        return
    first = _schema(files[0])
    names = [name for name in (used if used is not None else first.names) if name in first]
    for file_tree in files[1:]:
        schema = _schema(file_tree)
        for name in names:
            if name not in schema:
                if used is None:
                    continue
                raise DataError(
                    f"column '{name}' is not in every file of the sample", given=file_tree[0], where=where
                )
            one, other = first.type_of(name), schema.type_of(name)
            if (one.dtype, one.is_vector) != (other.dtype, other.is_vector):
                raise DataError(
                    f"column '{name}' has another type in one of the files",
                    given=f"{other.text} in {file_tree[0]}, {one.text} in {files[0][0]}",
                    where=where,
                    hint="make two samples of them, or write the files anew with one type",
                )


def _schema(file_tree: FileTree) -> Schema:
    return schema_of_node(node_of_files((file_tree,)))
