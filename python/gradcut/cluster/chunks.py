"""Files divided into ranges of entries, at the boundaries of clusters where there are enough of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

__all__ = ["Chunk", "FileEntries", "chunks_of", "entries_of"]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Entries ``begin <= entry < end`` of a tree in a file."""

    file: str
    tree: str
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class FileEntries:
    """What is known of a file before it is divided.

    Parameters
    ----------
    file, tree : str
        Names; that of the tree is never empty.
    entries : int
        How many there are.
    clusters : tuple of int
        First entries of its clusters, the parts in which files are compressed and read.
    """

    file: str
    tree: str
    entries: int
    clusters: tuple[int, ...]


def entries_of(file: str, tree: str) -> FileEntries:
    """Open a file with ROOT and look up its clusters.

    Parameters
    ----------
    file, tree : str
        The tree may be empty: the only one of the file.

    Raises
    ------
    DataError
        If it cannot be opened or has no such tree.
    """
    from gradcut.rdf import library
    from gradcut.samples.readers.root_nodes import with_trees

    root = library.load()
    ((_, name),) = with_trees(((file, tree),))
    opened = root.TFile.Open(file)
    try:
        found = opened.Get(name)
        if isinstance(found, root.TTree):
            return _of_tree(found, file, name)
    finally:
        opened.Close()
    reader = root.RNTupleReader.Open(name, file)
    starts = [int(one.GetFirstEntryIndex()) for one in reader.GetDescriptor().GetClusterIterable()]
    return FileEntries(file, name, int(reader.GetNEntries()), tuple(sorted(starts)))


def _of_tree(tree: Any, file: str, name: str) -> FileEntries:
    entries, clusters = int(tree.GetEntries()), []
    iterator = tree.GetClusterIterator(0)
    while (start := int(iterator.Next())) < entries:
        clusters.append(start)
    return FileEntries(file, name, entries, tuple(clusters))


def chunks_of(files: Sequence[FileEntries], size: int) -> Iterator[Chunk]:
    """Divide files into chunks, in their order.

    Parameters
    ----------
    files : sequence of FileEntries
        The files of a sample.
    size : int
        Chunks have about so many entries: whole clusters up to this many, equal parts of a cluster that has
        more. They depend on the files and on this number alone, not on who will read them.
    """
    for file in files:
        for begin, end in pairwise(_boundaries(file, size)):
            yield Chunk(file.file, file.tree, begin, end)


def _boundaries(file: FileEntries, size: int) -> list[int]:
    found = [0]
    inner = [cluster for cluster in file.clusters if 0 < cluster < file.entries]
    for begin, end in pairwise([0, *inner, file.entries]):
        if end - found[-1] > size and begin > found[-1]:
            found.append(begin)
        parts = -(-(end - begin) // size)
        found += [begin + (end - begin) * part // parts for part in range(1, parts)]
    return [*found, file.entries] if file.entries else []
