"""What columns hold, and the check of an expression against it before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gradcut.errors import DataError, DeclarationError, close_matches
from gradcut.expressions.nodes import Column, Comparison, Expression, Hole, Reduce
from gradcut.expressions.structure import children, columns, walk
from gradcut.expressions.text import describe
from gradcut.expressions.type_names import read_type_name

__all__ = ["ColumnType", "check", "column_type", "is_vector"]

_ELEMENTS = {"float32": "float", "float64": "double", "bool": "bool"}


@dataclass(frozen=True, slots=True)
class ColumnType:
    """What a column holds.

    Parameters
    ----------
    element : str
        ``"float"``, ``"double"``, ``"int"`` (signed), ``"unsigned"``, ``"bool"``, or ``"number"`` where it is
        not known.
    vector : bool
        Whether there are any number of them per event.
    """

    element: str
    vector: bool


def column_type(name: str) -> ColumnType:
    """Read the name of a type as RDataFrame or numpy gives it.

    Parameters
    ----------
    name : str
        For instance ``"Float_t"``, ``"ROOT::VecOps::RVec<float>"``, ``"int64"``; or just ``"scalar"`` or
        ``"vector"``.

    Raises
    ------
    DataError
        If it is not a number or a vector of numbers.
    """
    if name in ("scalar", "vector"):
        return ColumnType("number", name == "vector")
    dtype, vector = read_type_name(name)
    if not dtype:
        raise DataError(
            "not a number and not a vector of numbers",
            given=name,
            allowed="float, double, integers, bool, and RVec or vector of these",
            hint="Define a column that is",
        )
    return ColumnType(_ELEMENTS.get(dtype, "unsigned" if dtype.startswith("u") else "int"), vector)


def is_vector(expression: Expression, types: Mapping[str, ColumnType]) -> bool:
    """Whether the value is one per object; unknown columns count as one per event."""
    if isinstance(expression, Column):
        return expression.name in types and types[expression.name].vector
    if isinstance(expression, Reduce):
        return False
    return any(is_vector(part, types) for part in children(expression))


def check(
    expression: Expression, kinds: Mapping[str, str], *, where: str | None = None, objects: bool = False
) -> None:
    """Check an expression against the columns there are.

    Parameters
    ----------
    expression : Expression
        A requirement or a feature.
    kinds : mapping of str to str
        Name of every column to its type, or just to ``"scalar"`` or ``"vector"``.
    where : str, optional
        What the message says about the place, such as the name of the sample.
    objects : bool, default False
        Whether the value may be one per object.

    Raises
    ------
    DeclarationError
        If a column is unknown, the value is one per object (except for ``objects``), a ``?`` stands beside a
        vector without a reducer, or a reducer has nothing to reduce.
    DataError
        If a column is not a number or a vector of numbers.
    """
    types: dict[str, ColumnType] = {}
    for name in columns(expression):
        if name not in kinds:
            raise DeclarationError(
                f"unknown column '{name}'",
                given=describe(expression),
                where=where,
                hint=close_matches(name, kinds),
            )
        try:
            types[name] = column_type(kinds[name])
        except DataError as error:
            raise DataError(
                f"column '{name}' is {error.problem}",
                given=error.given,
                allowed=error.allowed,
                where=where,
                hint=error.hint,
            ) from error
    check_vectors(expression, types, where=where, objects=objects)


def check_vectors(
    expression: Expression,
    types: Mapping[str, ColumnType],
    *,
    where: str | None = None,
    objects: bool = False,
) -> None:
    """Check that vectors are reduced, except for ``objects``, and that reducers have something to reduce."""
    for node in walk(expression):
        if isinstance(node, Reduce) and not is_vector(node.argument, types):
            hint = f"compare directly, without {node.reducer}()"
            if node.reducer in ("min", "max"):
                hint = f"{node.reducer}() of numbers takes at least two"
            raise DeclarationError(
                f"{node.reducer}() needs a vector column", given=describe(node), where=where, hint=hint
            )
    if objects or not is_vector(expression, types):
        return
    names = [name for name in columns(expression) if name in types and types[name].vector]
    listed = ", ".join(f"'{name}'" for name in names)
    with_hole = [
        node
        for node in walk(expression)
        if isinstance(node, Comparison) and any(isinstance(part, Hole) for part in node.operands)
    ]
    problem = "a vector column beside a '?'" if with_hole else "a vector column"
    raise DeclarationError(
        f"{problem} without a reducer: {listed}",
        given=describe(expression),
        where=where,
        hint="say which objects decide: any(...), all(...), count(...) >= 2, max(...)",
    )
