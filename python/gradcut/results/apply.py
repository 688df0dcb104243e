"""Cuts on RDataFrame nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gradcut.rdf.nodes import as_node, check_columns
from gradcut.results.folds import define_fold_of

if TYPE_CHECKING:
    from gradcut.results.cuts import Cuts

__all__ = ["apply", "define", "filters_on"]


def apply(result: Cuts, node: Any, *, folds: bool) -> Any:
    """Filter a node; see :meth:`gradcut.results.Cuts.apply`."""
    rnode, filters = filters_on(result, node, folds=folds)
    for code, name in filters:
        rnode = rnode.Filter(code, name)
    return rnode


def define(result: Cuts, node: Any, name: str, *, folds: bool) -> Any:
    """Define the decision; see :meth:`gradcut.results.Cuts.define`."""
    rnode, filters = filters_on(result, node, folds=folds)
    return rnode.Define(name, " && ".join(f"bool({code})" for code, _ in filters))


def filters_on(result: Cuts, node: Any, *, folds: bool) -> tuple[Any, list[tuple[str, str]]]:
    """Return the node, with the fold of each event where it is needed, and C++ and name of the filters."""
    rnode = as_node(node, distributed=True)
    selection = result.selection
    check_columns(rnode, selection.columns)
    types = {name: str(rnode.GetColumnType(name)) for name in selection.columns}
    # The thresholds are snapped already: a column of another type here must not move them.
    if not folds:
        return rnode, _filters(result, result.values, types)
    rnode, name = define_fold_of(result, rnode)
    per_fold = [_filters(result, row.values, types) for row in result.folds]
    joined = []
    for position, requirement in enumerate(selection.requirements):
        codes = [filters[position][0] for filters in per_fold]
        if len(set(codes)) == 1:
            joined.append((codes[0], requirement.label))
            continue
        terms = [f"({name} == {fold} && ({code}))" for fold, code in enumerate(codes)]
        joined.append((" || ".join(terms), f"{requirement.label} per fold"))
    return rnode, joined


def _filters(result: Cuts, values: Any, types: dict[str, str]) -> list[tuple[str, str]]:
    return result.selection.filters(values, types)
