"""RDataFrame nodes: made from files, asked for their columns and their ``Vary``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from gradcut.errors import DataError, DeclarationError
from gradcut.samples.columns import ColumnType, Schema, type_from_cpp
from gradcut.samples.sources.files import Prepare
from gradcut.samples.sources.nodes import is_node
from gradcut.samples.sources.patterns import FileTree
from gradcut.samples.sources.trees import resolve_tree

__all__ = [
    "node_of_files",
    "node_of_spec",
    "prepared",
    "schema_of_node",
    "variations_of_node",
    "with_trees",
]

_TREES = ("TTree", "TNtuple", "TNtupleD", "TChain", "ROOT::RNTuple", "ROOT::Experimental::RNTuple")
_VARIATIONS = re.compile(r"Variations \{([^}]*)\}")


def node_of_files(files: tuple[FileTree, ...]) -> Any:
    """Return the RDataFrame of files.

    Raises
    ------
    DataError
        If a file cannot be opened or does not have the tree, or TTrees and RNTuples are mixed.
    """
    from gradcut.rdf import library

    root = library.load()
    trees = _resolved(root, files)
    names = [name for name, _ in files]
    if len(set(trees)) == 1:
        return root.RDataFrame(trees[0], names)
    specification = root.RDF.Experimental.RDatasetSpec()
    for number, (name, tree) in enumerate(zip(names, trees, strict=True)):
        specification.AddSample((f"file{number}", tree, name))
    return root.RDataFrame(specification)


def with_trees(files: Sequence[FileTree]) -> tuple[FileTree, ...]:
    """Return files with the names of their trees, which are looked up where none was given."""
    from gradcut.rdf import library

    if all(tree for _, tree in files):
        return tuple(files)
    trees = _resolved(library.load(), tuple(files))
    return tuple((name, tree) for (name, _), tree in zip(files, trees, strict=True))


def node_of_spec(path: str, files: tuple[FileTree, ...]) -> Any:
    """Return the RDataFrame of a dataset specification, whose files are these."""
    from gradcut.rdf import library

    root = library.load()
    _resolved(root, files)
    try:
        return root.RDF.Experimental.FromSpec(path)
    except Exception as error:  # cppyy turns every C++ exception into one of its own
        raise DataError(
            "ROOT cannot read a dataset specification", given=path, where=first_line(error)
        ) from error


def prepared(node: Any, prepare: Prepare | None, where: str) -> Any:
    """Apply a user's function to a node, and check what it returned."""
    if prepare is None:
        return node
    result = prepare(node)
    if not is_node(result):
        raise DeclarationError(
            "'prepare' must return an RDataFrame node",
            where=where,
            given=type(result).__name__,
            hint="a function ends with 'return rdf.Define(...)'",
        )
    return result


def schema_of_node(node: Any) -> Schema:
    """Return the columns of a node."""

    def type_of(name: str) -> ColumnType:
        try:
            return type_from_cpp(str(node.GetColumnType(name)))
        except Exception as error:  # a class without dictionary, for instance; cppyy's own exception types
            return ColumnType("", False, first_line(error))

    return Schema((str(name) for name in node.GetColumnNames()), type_of)


def variations_of_node(node: Any) -> dict[str, tuple[str, ...]]:
    """Return the names and tags of a node's ``Vary``: ``{"jes": ("jes:down", "jes:up")}``."""
    found: dict[str, list[str]] = {}
    for match in _VARIATIONS.finditer(str(node.GetVariations().AsString())):
        for tag in match.group(1).split(","):
            found.setdefault(tag.strip().rpartition(":")[0], []).append(tag.strip())
    return {name: tuple(dict.fromkeys(tags)) for name, tags in found.items()}


def first_line(error: Exception) -> str:
    """Return what is worth showing of an error that came through cppyy."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = [line for line in lines if "error" in line.lower() or "=>" not in line]
    return (told or lines or [type(error).__name__])[-1][:200]


def _resolved(root: Any, files: tuple[FileTree, ...]) -> list[str]:
    """Return the tree of every file; ROOT would crash where one is a TTree and another an RNTuple."""
    trees, first = [], ("", "")
    for name, tree in files:
        kinds = _trees_of(root, name)
        trees.append(resolve_tree(tree, kinds, name))
        kind = "an RNTuple" if "RNTuple" in kinds[trees[-1]] else "a TTree"
        if first[0] not in ("", kind):
            raise DataError(
                "the files of a sample hold TTrees and RNTuples",
                given=f"{first[0]} in {first[1]}, {kind} in {name}",
                hint="add them as two channels or processes, or write the files anew in one format",
            )
        first = first if first[0] else (kind, name)
    return trees


def _trees_of(root: Any, name: str) -> dict[str, str]:
    file = root.TFile.Open(name)
    if not file or file.IsZombie():
        raise DataError("ROOT cannot open a file", given=name)
    try:
        return _trees_in(file, "")
    finally:
        file.Close()


def _trees_in(folder: Any, prefix: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for key in folder.GetListOfKeys():
        kind, name = str(key.GetClassName()), str(key.GetName())
        if kind in _TREES:
            found[prefix + name] = kind
        elif kind.startswith("TDirectory"):
            found |= _trees_in(folder.Get(name), f"{prefix}{name}/")
    return found
