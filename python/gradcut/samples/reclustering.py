"""Files that several threads can share: enough clusters for all of them, or a warning."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path

from gradcut.checks import is_integer
from gradcut.errors import DeclarationError
from gradcut.samples.sources.patterns import FileTree, expand

__all__ = ["recluster", "warn_about_few_clusters"]

_LOGGER = logging.getLogger(__name__)
_warned: set[tuple[FileTree, ...]] = set()


def recluster(source: str | os.PathLike[str], target: str | os.PathLike[str], *, rows: int = 50_000) -> int:
    """Copy a file with smaller clusters, so that event loops with several threads have work for all of them.

    A thread takes whole clusters, and files have few: ROOT makes them 30 MB large (TTree) or 128 MB (RNTuple,
    compressed), which may be millions of events. All columns are copied, in their types and order, with the
    compression of the source.

    Parameters
    ----------
    source : str or path
        One file, ``"file.root:tree"``; the tree can be left out where it is the only one.
    target : str or path
        The new file; the tree has the name that it had. There must be no such file yet.
    rows : int, default 50000
        Events per cluster. Some ten clusters per thread share the work well; clusters of far less than 10000
        events cost time and space.

    Returns
    -------
    int
        Number of clusters.

    Raises
    ------
    DeclarationError
        If the target exists, or several files are given.
    DataError
        If there is no such file or tree.
    RootError
        If the target cannot be written, or ROOT is not there.

    Examples
    --------
    >>> from gradcut.samples import recluster
    >>> recluster("ttbar.root:events", "ttbar_small_clusters.root", rows=20_000)  # doctest: +SKIP
    """
    from gradcut.rdf import clusters
    from gradcut.samples.readers.root_nodes import with_trees

    if not is_integer(rows) or rows < 1:
        raise DeclarationError("a cluster has one event or more", given=f"rows={rows!r}")
    files = expand(source)
    if len(files) != 1:
        raise DeclarationError("one file is copied at a time", given=f"{len(files)} files")
    if Path(target).exists():
        raise DeclarationError("the new file exists already", given=os.fspath(target))
    ((file, tree),) = with_trees(files)
    return clusters.recluster(file, tree, os.fspath(target), rows)


def warn_about_few_clusters(files: Sequence[FileTree], where: str) -> None:
    """Log, once for the same files, that there are fewer clusters than threads.

    Parameters
    ----------
    files : sequence of (str, str)
        What an event loop will read.
    where : str
        The sample, for the message.
    """
    from gradcut.rdf.clusters import cluster_starts, threads_in_use
    from gradcut.samples.readers.root_nodes import with_trees

    threads, key = threads_in_use(), tuple(files)
    if len(files) >= threads or not files or key in _warned:
        return
    found = 0
    for file, tree in with_trees(files):
        found += len(cluster_starts(file, tree))
        if found >= threads:
            return
    _warned.add(key)
    _LOGGER.warning(
        "%s: %d threads, but the %s only %d cluster%s of events, and a thread takes whole clusters; "
        "gradcut.samples.recluster(file, new_file) writes smaller ones",
        where,
        threads,
        "file has" if len(files) == 1 else "files have",
        found,
        "" if found == 1 else "s",
    )
