"""Plain columns of files, read by ROOT without an event loop: several times faster, and nothing is compiled.

An event loop asks every column for every event. Where a plan needs only columns that are numbers in
branches (or fields) of their own, these are copied as they lie in the file, and expressions are evaluated
in numpy, which gives the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gradcut.expressions import has_cpp
from gradcut.samples.readers.chunks import Chunk, columns_of
from gradcut.samples.readers.plan import ReadPlan
from gradcut.samples.readers.root_nodes import with_trees
from gradcut.samples.sources.patterns import FileTree

__all__ = ["chunks_of_plain_files", "plain_files"]

#: Memory of one chunk of the columns that are read, where some of the events are dropped.
CHUNK_BYTES = 64 * 2**20


def plain_files(files: Sequence[FileTree], plan: ReadPlan) -> tuple[FileTree, ...]:
    """Return the files with the names of their trees, none where ROOT's event loop has to read them.

    Parameters
    ----------
    files : sequence of (str, str)
        Files and their trees.
    plan : ReadPlan
        What is wanted: all of it must be made of plain columns.
    """
    from gradcut.rdf.plain import PlainFile

    expressions = [quantity.expression for quantity in plan.quantities]
    expressions += [part for requirement in plan.requirements for part in requirement]
    if plan.vary or plan.vectors or any(map(has_cpp, expressions)):
        return ()
    names, named = columns_of(plan), with_trees(files)
    return named if all(PlainFile(file, tree, names).is_plain for file, tree in named) else ()


def chunks_of_plain_files(files: Sequence[FileTree], plan: ReadPlan) -> Iterator[tuple[int, Chunk]]:
    """Read the columns of a plan: file by file where all events are kept, else in chunks."""
    from gradcut.rdf.plain import PlainFile

    names = columns_of(plan)
    keeps_all = any(not requirement for requirement in plan.requirements)
    for file, tree in files:
        plain = PlainFile(file, tree, names)
        total = plain.n_entries
        step = total if keeps_all else CHUNK_BYTES // max(8 * len(names), 1)
        # A file without events has a chunk, too: without any, there would be no types.
        for start in range(0, max(total, 1), max(step, 1)):
            stop = min(start + step, total)
            yield stop - start, plain.read(start, stop)
