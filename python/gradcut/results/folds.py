"""Which fold an event belongs to: the same for arrays and RDataFrame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from gradcut.errors import DataError, DeclarationError, close_matches
from gradcut.expressions.structure import columns as columns_of
from gradcut.samples import Folds
from gradcut.samples.identity import event_uniform

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["WithFolds", "define_fold_of", "fold_columns", "fold_of", "identity_of", "partition_of"]


class WithFolds(Protocol):
    """A result that may have been learned fold by fold."""

    @property
    def folds(self) -> Sequence[Any]:
        """What did not see each fold."""

    @property
    def provenance(self) -> Mapping[str, Any]:
        """How events were divided, among others."""


def partition_of(result: WithFolds) -> Folds:
    """Return the folds of a result.

    Raises
    ------
    DeclarationError
        If it has none, or was interrupted before all of them were learned.
    """
    declared = result.provenance["settings"]["partition"]
    if declared["kind"] != "folds" or len(result.folds) != declared["k"]:
        raise DeclarationError(
            "this result has no cuts for every fold",
            given=f"{len(result.folds)} folds",
            hint="gc.fit_cuts(..., folds=2)",
        )
    return Folds(declared["k"], seed=declared["seed"], by=declared["by"])


def identity_of(result: WithFolds) -> tuple[str, ...]:
    """Return the columns that identify an event."""
    return tuple(result.provenance["event"])


def fold_columns(result: WithFolds) -> tuple[str, ...]:
    """Return the columns that :func:`fold_of` reads."""
    partition = partition_of(result)
    return identity_of(result) if partition.expression is None else columns_of(partition.expression)


def fold_of(result: WithFolds, columns: Mapping[str, Any]) -> NDArray[np.int64]:
    """Return the fold of every event.

    Parameters
    ----------
    result : WithFolds
        A result with folds.
    columns : mapping of str to ndarray
        With the columns of the event identity, or those of the expression that makes the folds.
    """
    partition = partition_of(result)
    if partition.expression is not None:
        from gradcut.expressions.evaluator import evaluate

        return partition.fold(evaluate(partition.expression, columns))
    identity = []
    for name in identity_of(result):
        if name not in columns:
            raise DataError(
                f"folds need the column '{name}' of the event identity", hint=close_matches(name, columns)
            )
        column = np.asarray(columns[name])
        if column.dtype.kind not in "iu":
            raise DataError(
                "the identity of an event is an integer", where=f"column '{name}'", given=str(column.dtype)
            )
        signed = column.dtype.kind == "i"
        identity.append(column.astype(np.int64).view(np.uint64) if signed else column.astype(np.uint64))
    return partition.fold(event_uniform(tuple(identity), partition.seed))


def define_fold_of(result: WithFolds, node: Any) -> tuple[Any, str]:
    """Return a node with the fold of every event, and the name of that column."""
    from gradcut.expressions.cpp import render_cpp
    from gradcut.rdf import define_fold
    from gradcut.rdf.nodes import check_columns

    partition = partition_of(result)
    name = f"gradcut_fold_{partition.k}_{partition.seed}"
    if node.HasColumn(name):
        return node, name
    if partition.expression is not None:
        return node.Define(name, f"int({render_cpp(partition.expression)})"), name
    identity = list(identity_of(result))
    check_columns(node, identity)
    return define_fold(node, name, identity, seed=partition.seed, n_folds=partition.k), name
