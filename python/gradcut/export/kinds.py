"""What kinds of things a result is, for formats that take some of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradcut.errors import ExportError
from gradcut.export.chosen import ChosenCuts
from gradcut.export.notes import Note
from gradcut.expressions.nodes import Column, Expression, Reduce
from gradcut.expressions.structure import children, has_cpp
from gradcut.expressions.text import describe
from gradcut.regions import Regions
from gradcut.results.cuts import Cuts
from gradcut.selection.declare import vector_types

__all__ = ["conditions", "cuts_of", "kinds_of", "notes_of", "types_of"]


def kinds_of(result: Any) -> tuple[str, ...]:
    """Return the kinds, the most particular first."""
    from gradcut.flat.point import FlatPoint
    from gradcut.networks import Network
    from gradcut.results import BinningResult, JointResult, ObservableResult, ScanResult
    from gradcut.stats import Model

    if isinstance(result, FlatPoint):
        return "flat", "cuts"
    if isinstance(result, Cuts):
        return ("cuts",)
    if isinstance(result, ScanResult):
        return ("scan",)
    if isinstance(result, JointResult):
        return "bins", "cuts"
    if isinstance(result, ObservableResult):
        return "network", "bins"
    if isinstance(result, BinningResult):
        return ("bins",)
    if isinstance(result, Network):
        return ("network",)
    return ("model",) if isinstance(result, Model) else ()


def cuts_of(result: Any) -> Cuts:
    """Return the cuts of a result that has some."""
    from gradcut.results import JointResult

    if isinstance(result, JointResult):
        return result.cuts
    if not isinstance(result, Cuts):
        raise ExportError("this result has no cuts", given=type(result).__name__)
    return result


def types_of(result: Any, given: Mapping[str, str] | None) -> dict[str, str]:
    """Return the types of columns that are known: those that were given, and those that the fit saw.

    A column of which nothing was given is a vector where it stands in reducers only.
    """
    known: Mapping[str, str] = getattr(result, "column_types", {})
    if isinstance(result, ChosenCuts):
        return {**dict.fromkeys(_reduced(result), "vector"), **known, **(given or {})}
    # What a fit saw of a vector is the type of its elements.
    return {**known, **dict.fromkeys(_reduced(result), "vector"), **(given or {})}


def _reduced(result: Any) -> list[str]:
    """Return the columns that stand in reducers and nowhere else."""
    selection = cuts_of(result).selection
    parts = selection.selections.values() if isinstance(selection, Regions) else [selection]
    inside: dict[str, None] = {}
    outside: set[str] = set()
    pending = [(requirement.expression, False) for part in parts for requirement in part.requirements]
    while pending:
        node, reduced = pending.pop()
        if isinstance(node, Column):
            if reduced:
                inside[node.name] = None
            else:
                outside.add(node.name)
        pending += [(part, reduced or isinstance(node, Reduce)) for part in children(node)]
    return [name for name in inside if name not in outside]


def conditions(result: Any, types: Mapping[str, str]) -> tuple[tuple[str, Expression], ...]:
    """Return label and condition of every requirement, thresholds filled in and missing values guarded.

    Raises
    ------
    ExportError
        If part of it is C++ from live code, which no file holds.
    """
    cuts = cuts_of(result)
    bound = cuts.selection.bind(cuts.values, vectors=vector_types(types))
    for label, condition in bound:
        if has_cpp(condition):
            raise ExportError(
                "gc.Cpp cannot be exported",
                where=label,
                given=describe(condition),
                hint="write it in the grammar, or Define a column for it in the sample",
            )
    return bound


def notes_of(result: Any) -> tuple[Note, ...]:
    """Return what to know about the cuts, whatever they are exported to."""
    if not cuts_of(result).folds:
        return ()
    return (Note("information", "the cuts that all events give; those of single folds are not in this file"),)
