"""Where events come from: files, dataset specifications, RDataFrame nodes, arrays."""

from __future__ import annotations

import os

from gradcut.errors import DeclarationError, GradcutError, located
from gradcut.samples.sources.arrays import ArraySource, is_arrays
from gradcut.samples.sources.backends import READERS
from gradcut.samples.sources.files import FileSource, Prepare
from gradcut.samples.sources.nodes import NodeSource, is_node
from gradcut.samples.sources.source import Reader, Source, SourceSpec
from gradcut.samples.sources.spec import FromSpec

__all__ = [
    "READERS",
    "ArraySource",
    "FileSource",
    "FromSpec",
    "NodeSource",
    "Prepare",
    "Reader",
    "Source",
    "SourceSpec",
    "make_source",
]


def make_source(given: object, prepare: Prepare | None, *, where: str) -> Source:
    """Return the source that something given by the user stands for.

    Parameters
    ----------
    given : object
        File pattern(s), a ``.json`` dataset specification, a source, an RDataFrame node, or arrays.
    prepare : callable or None
        Only for files and dataset specifications.
    where : str
        The sample, for messages.

    Raises
    ------
    DeclarationError
        If it is none of these, or ``prepare`` is given with something that is not a file.
    DataError
        If files do not exist or are damaged, or arrays do not fit together.
    """
    try:
        return _make_source(given, prepare)
    except GradcutError as error:
        raise located(error, where) from error


def _make_source(given: object, prepare: Prepare | None) -> Source:
    if isinstance(given, str) and given.endswith(".json"):
        return FromSpec(given, prepare=prepare)
    if isinstance(given, os.PathLike) and os.fspath(given).endswith(".json"):
        return FromSpec(given, prepare=prepare)
    if isinstance(given, (str, os.PathLike)) or (
        isinstance(given, (list, tuple))
        and given
        and all(isinstance(item, (str, os.PathLike)) for item in given)
    ):
        return FileSource(given, prepare)
    if prepare is not None:
        raise DeclarationError(
            "'prepare' goes with files; apply it to the RDataFrame or to the arrays yourself",
            given=type(given).__name__,
        )
    if isinstance(given, (FileSource, FromSpec, NodeSource, ArraySource)):
        return given
    if is_node(given):
        return NodeSource(given)
    if is_arrays(given):
        return ArraySource(given)
    raise DeclarationError(
        "this is no source of events",
        given=type(given).__name__,
        allowed="file names ('tt_*.root:events'), a dataset specification (.json), an RDataFrame node, "
        "or a mapping of arrays",
    )
