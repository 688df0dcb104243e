"""What ``Samples.collect`` and ``Samples.stream`` are asked for, checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gradcut.checks import check_sentinels
from gradcut.errors import DeclarationError, close_matches
from gradcut.expressions import Expression
from gradcut.expressions.guards import Missing
from gradcut.samples.declared import feature_expressions
from gradcut.samples.process import Process
from gradcut.samples.resolve import Settings
from gradcut.samples.sources import READERS
from gradcut.samples.splits import Partition, check_part

__all__ = ["check_reader", "check_request", "visible"]


def visible(processes: Iterable[Process], *, unblind: bool) -> list[Process]:
    """Return the processes that may be read.

    Raises
    ------
    DeclarationError
        If there is none.
    """
    declared = list(processes)
    found = [process for process in declared if unblind or process.role != "data"]
    if not found:
        raise DeclarationError(
            "no samples to read",
            given="only blinded data" if declared else None,
            hint="unblind=True reads data" if declared else "samples.add(<name>, <source>, role=...)",
        )
    return found


def check_reader(wanted: object) -> None:
    """Check who is wanted to read files, also where no source is a file."""
    if wanted not in READERS:
        raise DeclarationError("unknown reader", given=repr(wanted), allowed=", ".join(map(repr, READERS)))


def check_request(
    features: Mapping[str, str | Expression] | Sequence[str | Expression],
    split: Partition | None,
    part: str | None,
    *,
    identity: tuple[str, ...],
    sentinels: tuple[float, ...],
    more_sentinels: Sequence[float] | float,
    missing: Missing,
    objects: Sequence[Sequence[str]] = (),
) -> tuple[tuple[str, ...], Settings]:
    """Return the names of the features and the settings of a collection.

    Raises
    ------
    DeclarationError
        If a feature is no expression, a split is wanted without event identity, or ``objects`` has something
        that is no feature.
    """
    names, trees = feature_expressions(features)
    if split is not None and not (hasattr(split, "parts") and hasattr(split, "member")):
        raise DeclarationError(
            "this is no split",
            given=repr(split)[:80],
            allowed="gc.Split(train=0.5, select=0.25, test=0.25), gc.Folds(5)",
        )
    if part is not None and split is None:
        raise DeclarationError(
            "a part needs a split", given=str(part), hint="collect(..., split=gc.Split(...))"
        )
    if part is not None and split is not None:
        check_part(part, split.parts)
    by_hash = split is not None and split.expression is None
    if by_hash and not identity:
        raise DeclarationError(
            "a split needs the identity of the events",
            hint="gc.Samples(event=('run', 'event')), or an expression: gc.Split(by='event % 5', ...)",
        )
    return names, Settings(
        features=trees,
        identity=identity if by_hash else (),
        partition=split,
        sentinels=sentinels,
        feature_sentinels=tuple(dict.fromkeys((*sentinels, *check_sentinels(more_sentinels)))),
        missing=missing,
        names=names,
        objects=_collections(objects, names),
    )


def _collections(given: Sequence[Sequence[str]], names: tuple[str, ...]) -> tuple[tuple[int, ...], ...]:
    listed = [given] if isinstance(given, str) else list(given)
    seen: set[str] = set()
    for collection in listed:
        if isinstance(collection, str) or not collection:
            raise DeclarationError(
                "'objects' lists the features of each collection",
                given=repr(given)[:80],
                allowed="objects=[('jet_pt', 'jet_eta'), ('muon_pt',)]",
            )
        for name in collection:
            if name not in names:
                raise DeclarationError(
                    f"unknown feature '{name}' in 'objects'", hint=close_matches(str(name), names)
                )
            if name in seen:
                raise DeclarationError("a feature is in 'objects' twice", given=name)
            seen.add(name)
    return tuple(tuple(names.index(name) for name in collection) for collection in listed)
