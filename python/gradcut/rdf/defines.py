"""Columns computed by compiled code: soft weights, and numbers from the identity of the event.

Some need helper columns on the way, with names ``_gradcut_...``: a ``Snapshot`` of the returned node should
be given its columns, or it writes these too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gradcut.errors import DeclarationError
from gradcut.kernel_spec import KernelSpec
from gradcut.rdf.distributed import DistributedNode
from gradcut.rdf.library import load
from gradcut.rdf.moments import soft_selection
from gradcut.rdf.nodes import as_node, check_columns, translated

__all__ = ["define_fold", "define_soft_weight", "define_uniform"]


def define_soft_weight(
    node: Any,
    name: str,
    spec: KernelSpec,
    columns: Sequence[str],
    low: ArrayLike,
    high: ArrayLike,
    width: ArrayLike,
) -> Any:
    """Define the membership of each event in a soft selection, a double between 0 and 1.

    Parameters
    ----------
    node : RDataFrame node
        The events.
    name : str
        Name of the new column.
    spec : KernelSpec
        The cuts, of which the membership is the product.
    columns : sequence of str
        One scalar column per cut.
    low, high, width : array_like of shape (n_cuts,)
        Thresholds and widths.

    Returns
    -------
    RNode
        The node with the column.

    Raises
    ------
    DeclarationError
        If the cuts are combined otherwise.
    """
    names = list(columns)
    if spec.tree is not None:
        raise DeclarationError(
            "the soft weight is a product of cuts, this selection is more",
            where=f"column '{name}'",
            hint="book_soft_moments takes alternatives, counts and thresholds that depend on the event",
        )
    selection = soft_selection(spec, low, high, width)
    root, rnode = load(), as_node(node)
    check_columns(rnode, names)
    with translated(f"column '{name}'"):
        return root.GradCut.DefineSoftWeight(rnode, name, selection, names)


def define_uniform(node: Any, name: str, id_columns: Sequence[str], *, seed: int) -> Any:
    """Define a number uniform in [0, 1) from the identity of the event.

    The same as :func:`gradcut._kernels.event_hash` of the columns as 64-bit integers.

    Parameters
    ----------
    node : RDataFrame node
        The events.
    name : str
        Name of the new column, a double.
    id_columns : sequence of str
        One to four integer columns, such as run and event number.
    seed : int
        Names an independent split.

    Returns
    -------
    RNode
        The node with the column.
    """
    root, rnode = load(), as_node(node, distributed=True)
    check_columns(rnode, id_columns)
    if isinstance(rnode, DistributedNode):
        return rnode.define_uniform(name, id_columns, _seed(seed))
    with translated(f"column '{name}'"):
        return root.GradCut.DefineUniform(rnode, name, list(id_columns), _seed(seed))


def define_fold(
    node: Any,
    name: str,
    id_columns: Sequence[str],
    *,
    seed: int,
    n_folds: int | None = None,
    edges: ArrayLike | None = None,
) -> Any:
    """Define the fold, or the part of a split, that each event belongs to.

    Parameters
    ----------
    node, name, id_columns, seed
        As for :func:`define_uniform`; the column is an int.
    n_folds : int, optional
        Folds 0 to ``n_folds - 1`` of equal size.
    edges : array_like, optional
        Instead of `n_folds`: ``[0.5, 0.75]`` makes the parts 0, 1, 2 with 50%, 25% and 25% of the events.

    Returns
    -------
    RNode
        The node with the column.
    """
    if (n_folds is None) == (edges is None):
        raise DeclarationError("a split needs either n_folds or edges", where=f"column '{name}'")
    root, rnode = load(), as_node(node, distributed=True)
    check_columns(rnode, id_columns)
    if isinstance(rnode, DistributedNode):
        uniform = f"_gradcut_uniform_of_{name}"
        # The comparisons of the compiled ones.
        limits = np.ravel([] if edges is None else edges)
        code = " + ".join(["0", *(f"({uniform} >= {float(edge)!r})" for edge in limits)])
        if n_folds is not None:
            code = f"std::min(static_cast<int>({uniform} * {n_folds}), {n_folds - 1})"
        return rnode.define_uniform(uniform, id_columns, _seed(seed)).Define(name, code)
    with translated(f"column '{name}'"):
        if edges is None:
            return root.GradCut.DefineFold(rnode, name, list(id_columns), _seed(seed), n_folds)
        numbers = np.asarray(edges, np.float64).ravel().tolist()
        return root.GradCut.DefinePart(rnode, name, list(id_columns), _seed(seed), numbers)


def _seed(seed: int) -> int:
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**64:
        raise DeclarationError("a seed is an integer from 0 to 2^64 - 1", given=repr(seed))
    return seed
