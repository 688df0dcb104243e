"""Files as a source: these can be pickled and travel to a cluster."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from typing import Any

from gradcut.errors import DeclarationError
from gradcut.samples.columns import Schema
from gradcut.samples.sources.backends import choose_file_reader
from gradcut.samples.sources.patterns import FileTree, check_root_file, expand
from gradcut.samples.sources.source import Reader, SourceSpec

__all__ = ["FileSource", "Prepare"]

#: From an RDataFrame node to an RDataFrame node: Defines, Filters, Vary.
Prepare = Callable[[Any], Any]


class FileSource:
    """TTrees or RNTuples of the same name in one or more files.

    Parameters
    ----------
    given : str, path, or sequence of them
        ``"ttbar_*.root:events"``; without ``:tree`` the only tree of the file is meant. Globs are expanded
        here, sorted by name. URLs are left as they are.
    prepare : callable, optional
        Applied to the RDataFrame of the files; needs ROOT. A function of a module can be pickled, a lambda
        cannot.

    Raises
    ------
    DataError
        If no file matches, one is there twice, is not ROOT's, or is truncated.
    """

    def __init__(self, given: object, prepare: Prepare | None = None) -> None:
        if prepare is not None and not callable(prepare):
            raise DeclarationError("'prepare' takes an RDataFrame and returns one", given=repr(prepare)[:80])
        patterns = [given] if isinstance(given, (str, os.PathLike)) else list(given)  # type: ignore[call-overload]
        self.given = tuple(
            os.fspath(pattern) if isinstance(pattern, os.PathLike) else pattern for pattern in patterns
        )
        self.files: tuple[FileTree, ...] = expand(given)
        self.prepare = prepare
        for name, _ in self.files:
            check_root_file(name)

    def __getstate__(self) -> dict[str, Any]:
        try:
            pickle.dumps(self.prepare)
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            raise DeclarationError(
                "the 'prepare' function of a sample cannot be pickled",
                given=_name_of(self.prepare),
                where=", ".join(self.given),
                hint="define it at the top level of a module (no lambda, no function in a function)",
            ) from error
        return self.__dict__

    def describe(self) -> SourceSpec:
        """Return the description for provenance."""
        names = tuple(name for name, _ in self.files)
        trees = tuple(tree for _, tree in self.files)
        return SourceSpec("files", self.given, names, trees, _name_of(self.prepare) if self.prepare else "")

    def reader(self, wanted: str) -> Reader:
        """Say who will read it."""
        needs_root = "a 'prepare' function, which takes an RDataFrame" if self.prepare else ""
        return choose_file_reader(wanted, needs_root=needs_root, where=", ".join(self.given))

    def schema(self, reader: Reader) -> Schema:
        """Return the columns of the first file (after ``prepare``)."""
        if reader == "root":
            from gradcut.samples.readers.root_nodes import schema_of_node

            return schema_of_node(self.node())
        from gradcut.samples.readers.uproot_files import schema_with_uproot

        return schema_with_uproot(self.files)

    def node(self) -> Any:
        """Return the RDataFrame of the files, prepared."""
        from gradcut.samples.readers.root_nodes import node_of_files, prepared

        return prepared(node_of_files(self.files), self.prepare, ", ".join(self.given))


def _name_of(function: object) -> str:
    module, name = getattr(function, "__module__", ""), getattr(function, "__qualname__", repr(function))
    return f"{module}.{name}"
