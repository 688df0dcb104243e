"""Expressions as columns of a node."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from gradcut.expressions.cpp import render_cpp
from gradcut.expressions.guards import guard_feature
from gradcut.expressions.nodes import Column, Expression
from gradcut.expressions.structure import columns as columns_of
from gradcut.rdf.nodes import check_columns

__all__ = ["define_features"]


def define_features(
    node: Any, name: str, expressions: Iterable[Expression], sentinels: Sequence[float]
) -> tuple[Any, list[str]]:
    """Define numbers where they are no columns by themselves.

    Parameters
    ----------
    node : RNode
        The events.
    name : str
        Of what they are needed for; helper columns are called ``_gradcut_<name>_value<i>``.
    expressions : iterable of Expression
        The numbers.
    sentinels : sequence of float
        Numbers that stand for a missing value.

    Returns
    -------
    node : RNode
        With the columns, NaN where a value is missing.
    columns : list of str
        One per expression.
    """
    read = []
    for number, expression in enumerate(expressions):
        check_columns(node, columns_of(expression))
        types = {column: str(node.GetColumnType(column)) for column in columns_of(expression)}
        value, absent = guard_feature(expression, sentinels=sentinels)
        if isinstance(value, Column) and absent is None:
            read.append(value.name)
            continue
        code = render_cpp(value, types=types)
        if absent is not None:
            missing = "std::numeric_limits<double>::quiet_NaN()"
            code = f"({render_cpp(absent, types=types)}) ? {missing} : double({code})"
        own = f"_gradcut_{name}_value{number}"
        node = node.Define(own, f"double({code})")
        read.append(own)
    return node, read
