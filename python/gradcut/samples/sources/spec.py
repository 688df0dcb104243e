"""A JSON file of ``ROOT.RDF.Experimental.FromSpec`` as a source."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from gradcut.errors import DataError, SchemaError, close_matches
from gradcut.samples.columns import Schema
from gradcut.samples.sources.backends import choose_file_reader
from gradcut.samples.sources.files import FileSource, Prepare
from gradcut.samples.sources.source import Reader, SourceSpec

__all__ = ["FromSpec"]


class FromSpec:
    """Samples of a dataset specification, whole or one of them.

    Parameters
    ----------
    path : str or path
        JSON file: ``{"samples": {name: {"trees": [...], "files": [...]}}}``, file names relative to the
        working folder, as in ROOT.
    sample : str, optional
        Read only this sample of the file.
    prepare : callable, optional
        As in :class:`~gradcut.samples.sources.files.FileSource`.

    Notes
    -----
    A whole specification is read by ROOT's ``FromSpec``, with its friends, range and metadata. Without ROOT,
    and for a single sample, its list of files is read; friends and a range are refused then.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, sample: str | None = None, prepare: Prepare | None = None
    ) -> None:
        self.path, self.sample = os.fspath(path), sample
        content = _load(self.path)
        self.only_root = [key for key in ("friends", "range") if content.get(key)]
        if sample is not None and self.only_root:
            raise DataError(
                f"a single sample of a specification with {' and '.join(self.only_root)} cannot be taken",
                given=f"{self.path}, sample '{sample}'",
                hint="take the whole specification, or write one per sample",
            )
        self._files = FileSource(_file_trees(content["samples"], self.path, sample), prepare)

    def describe(self) -> SourceSpec:
        """Return the description for provenance."""
        found = self._files.describe()
        given = self.path if self.sample is None else f"{self.path}#{self.sample}"
        return SourceSpec("spec", (given,), found.files, found.trees, found.prepare)

    def reader(self, wanted: str) -> Reader:
        """Say who will read it."""
        needs = ["a 'prepare' function, which takes an RDataFrame"] if self._files.prepare else []
        needs += [f"'{key}' in the specification" for key in self.only_root]
        return choose_file_reader(wanted, needs_root=", ".join(needs), where=self.path)

    def schema(self, reader: Reader) -> Schema:
        """Return the columns of the first file (after ``prepare``)."""
        if reader == "root":
            from gradcut.samples.readers.root_nodes import schema_of_node

            return schema_of_node(self.node())
        return self._files.schema(reader)

    def node(self) -> Any:
        """Return the RDataFrame, prepared."""
        from gradcut.samples.readers.root_nodes import node_of_spec, prepared

        if self.sample is not None:
            return self._files.node()
        return prepared(node_of_spec(self.path, self.files), self._files.prepare, self.path)

    @property
    def prepare(self) -> Prepare | None:
        """What is applied to the RDataFrame."""
        return self._files.prepare

    @property
    def files(self) -> tuple[tuple[str, str], ...]:
        """The files and their trees."""
        return self._files.files


def _load(path: str) -> dict[str, Any]:
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError("a dataset specification cannot be read", given=path, where=str(error)) from error
    except ValueError as error:
        raise SchemaError("a dataset specification is not JSON", given=path, where=str(error)) from error
    samples = content.get("samples") if isinstance(content, dict) else None
    if not isinstance(samples, dict) or not samples:
        raise SchemaError(
            "a dataset specification needs 'samples'",
            given=path,
            allowed='{"samples": {"ww": {"trees": ["events"], "files": ["ww.root"]}}}',
        )
    return dict(content)


def _file_trees(samples: dict[str, Any], path: str, wanted: str | None) -> list[str]:
    if wanted is not None and wanted not in samples:
        raise DataError(
            f"no sample '{wanted}' in the dataset specification",
            given=path,
            hint=close_matches(wanted, samples),
        )
    found: list[str] = []
    for name, sample in samples.items():
        if wanted is not None and name != wanted:
            continue
        files, trees = _texts(sample, "files", path, name), _texts(sample, "trees", path, name)
        if len(trees) == 1:
            trees = trees * len(files)
        if len(trees) != len(files):
            raise SchemaError(
                "'trees' holds one name, or one per file",
                given=f"{len(trees)} trees, {len(files)} files",
                where=f"{path}, sample '{name}'",
            )
        found += [f"{file}:{tree}" for file, tree in zip(files, trees, strict=True)]
    return found


def _texts(sample: object, key: str, path: str, name: str) -> list[str]:
    values = sample.get(key) if isinstance(sample, dict) else None
    values = [values] if isinstance(values, str) else values
    if not isinstance(values, list) or not values or not all(isinstance(value, str) for value in values):
        raise SchemaError(
            f"'{key}' holds a list of names", given=repr(values)[:80], where=f"{path}, sample '{name}'"
        )
    return values
