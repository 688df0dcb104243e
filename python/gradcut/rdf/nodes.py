"""What every function of this package does with the node it is given."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

from gradcut.errors import DataError, DeclarationError, RootError, close_matches
from gradcut.rdf.distributed import DistributedNode, is_distributed
from gradcut.rdf.library import load

__all__ = ["as_node", "check_columns", "translated"]


def as_node(node: Any, *, distributed: bool = False) -> Any:
    """Turn any RDataFrame node into an ``RNode``.

    Parameters
    ----------
    node : RDataFrame node
        Any.
    distributed : bool, default False
        Whether one of ROOT's distributed RDataFrame will do; it becomes a ``DistributedNode``.
    """
    if isinstance(node, DistributedNode):
        node = node if distributed else node.node
    elif distributed and is_distributed(node):
        node = DistributedNode(node)
    if isinstance(node, DistributedNode):
        return node
    if is_distributed(node):
        raise DeclarationError(
            "a distributed RDataFrame has no compiled actions",
            hint="its Filters, Defines and histograms take learned results; sums with derivatives "
            "come from gradcut.engines.DaskEngine",
        )
    root = load()
    try:
        return root.RDF.AsRNode(node)
    except TypeError as error:
        raise DeclarationError(
            "this is no RDataFrame",
            given=f"an object of type {type(node).__name__}",
            allowed="ROOT.RDataFrame, or what its Define, Filter, Vary, ... return",
        ) from error


def check_columns(node: Any, columns: Sequence[str]) -> None:
    """Check that the node has the columns.

    Raises
    ------
    DataError
        Naming the first unknown column and those with similar names.
    """
    for column in columns:
        if not isinstance(column, str):
            raise DeclarationError(
                "a column must be given by its name", given=repr(column), allowed="a str, e.g. 'met'"
            )
        if not node.HasColumn(column):
            known = [str(name) for name in node.GetColumnNames()]
            raise DataError(f"unknown column '{column}'", hint=close_matches(column, known))


@contextlib.contextmanager
def translated(where: str, problem: str = "ROOT refuses this") -> Iterator[None]:
    """Turn exceptions of the C++ side into gradcut's errors."""
    root = load()
    try:
        yield
    except root.std.invalid_argument as error:
        raise DataError(_text(error), where=where) from error
    except root.std.exception as error:
        raise RootError(problem, given=_text(error), where=where) from error


def _text(error: Any) -> str:
    what = str(error.what()) if hasattr(error, "what") else str(error)
    # cppyy prepends the signature of the function and the class of the exception
    return what.rsplit("=>", 1)[-1].strip()
