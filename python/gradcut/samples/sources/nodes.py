"""RDataFrame nodes as a source: local only."""

from __future__ import annotations

from typing import Any, NoReturn

from gradcut.errors import DeclarationError
from gradcut.samples.columns import Schema
from gradcut.samples.sources.source import Reader, SourceSpec

__all__ = ["NodeSource", "is_node"]


def is_node(given: object) -> bool:
    """Whether something is an RDataFrame node (told by its methods: ROOT need not be imported)."""
    return all(hasattr(given, method) for method in ("GetColumnNames", "Filter", "Define"))


class NodeSource:
    """Events of an RDataFrame node, with its Defines, Filters and Vary.

    Parameters
    ----------
    node : ROOT.RDF.RNode
        Any node. Reading it runs whatever else is booked on the same frame.
    """

    def __init__(self, node: Any) -> None:
        self._node = node

    def __reduce__(self) -> NoReturn:
        raise DeclarationError(
            "an RDataFrame node cannot leave its process",
            hint="give the files and a 'prepare' function: "
            "samples.add(name, 'files_*.root:tree', prepare=function_of_a_module)",
        )

    def describe(self) -> SourceSpec:
        """Return the description for provenance."""
        return SourceSpec("rdataframe")

    def reader(self, wanted: str) -> Reader:
        """ROOT reads it, whatever is wanted for files."""
        if wanted == "uproot":
            raise DeclarationError(
                "uproot cannot read an RDataFrame node", hint="use reader='auto' or 'root'"
            )
        return "root"

    def schema(self, reader: Reader) -> Schema:
        """Return the columns of the node."""
        from gradcut.samples.readers.root_nodes import schema_of_node

        return schema_of_node(self._node)

    def node(self) -> Any:
        """Return the node."""
        return self._node
