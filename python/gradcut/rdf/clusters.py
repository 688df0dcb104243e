"""Clusters of TTrees and RNTuples: what several threads divide between them."""

from __future__ import annotations

from gradcut.rdf.library import load
from gradcut.rdf.nodes import translated

__all__ = ["cluster_starts", "recluster", "threads_in_use"]


def threads_in_use() -> int:
    """Return how many threads event loops have: 1 unless ``ROOT.EnableImplicitMT()`` was called."""
    root = load()
    return int(root.GetThreadPoolSize()) if root.IsImplicitMTEnabled() else 1


def cluster_starts(file: str, tree: str) -> list[int]:
    """Return the first entry of every cluster.

    Parameters
    ----------
    file, tree : str
        A ROOT file and the TTree or RNTuple in it.

    Raises
    ------
    DataError
        If the file does not have it.
    """
    with translated(file):
        return [int(start) for start in load().GradCut.ClusterStarts(file, tree)]


def recluster(file: str, tree: str, target: str, rows: int) -> int:
    """Write a TTree or RNTuple into a new file in which clusters have so many entries.

    Parameters
    ----------
    file, tree : str
        What is copied, with all its columns.
    target : str
        The new file.
    rows : int
        Entries per cluster.

    Returns
    -------
    int
        Number of clusters.

    Raises
    ------
    DataError
        If the file does not have the tree.
    RootError
        If the new file cannot be written.
    """
    root = load()
    root.GradCut.Recluster.__release_gil__ = True
    with translated(f"{file}:{tree}", "ROOT cannot copy a file"):
        root.GradCut.Recluster(file, tree, target, rows)
    return len(cluster_starts(target, tree))
