"""A learned observable as a JSON file, and back, strictly."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from gradcut.errors import DeclarationError, SchemaError
from gradcut.observables.learned import LearnedObservable
from gradcut.observables.observable import Observable
from gradcut.results.binning_json import content_of as content_of_bins
from gradcut.results.binning_json import fields_of
from gradcut.results.document import read, with_infinities, write
from gradcut.results.observable_result import ObservableResult
from gradcut.results.restart_row import RestartRow

__all__ = ["content_of", "from_document", "load", "save"]

_FORMAT = "gradcut-observable-result"


def save(result: ObservableResult, path: str | os.PathLike[str]) -> None:
    """Write a result; see :meth:`gradcut.results.ObservableResult.save`."""
    write(path, _FORMAT, content_of(result), result.metadata)


def content_of(result: ObservableResult) -> dict[str, Any]:
    """What a file has of a result."""
    return {**content_of_bins(result), "restarts": [asdict(row) for row in result.restarts]}


def load(path: str | os.PathLike[str]) -> ObservableResult:
    """Read a result; see :meth:`gradcut.results.ObservableResult.load`."""
    where = str(path)
    return from_document(read(path, _FORMAT, "fit_observable", "observable_result"), where)


def from_document(document: Mapping[str, Any], where: str) -> ObservableResult:
    """Make the result of a document that has been checked; see :func:`binning_json.from_document`."""
    content = document["content"]
    try:
        observable = Observable.from_json(content["binning"])
    except (DeclarationError, ValueError) as error:
        raise SchemaError(
            "the declaration of the file makes no sense", given=str(error), where=where
        ) from error

    def bins(plain: dict[str, Any]) -> LearnedObservable:
        try:
            return LearnedObservable.from_json(observable, plain)
        except (DeclarationError, ValueError) as error:
            raise SchemaError(
                "the network of the file makes no sense", given=str(error), where=where
            ) from error

    return ObservableResult(
        **fields_of(document, observable, bins, where),
        restarts=tuple(RestartRow(**with_infinities(row)) for row in content["restarts"]),
    )
