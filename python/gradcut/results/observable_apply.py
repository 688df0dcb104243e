"""A learned observable on arrays and on RDataFrame nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.results.binning_apply import read_columns, values_of
from gradcut.results.folds import define_fold_of, fold_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.observables.learned import LearnedObservable
    from gradcut.results.observable_result import ObservableResult

__all__ = ["define_output", "values"]


def values(
    result: ObservableResult, columns: Mapping[str, NDArray[Any]], *, folds: bool
) -> NDArray[np.float64]:
    """See :meth:`gradcut.results.ObservableResult.values`."""
    given = values_of(result, columns)
    if not folds:
        return _flat(result.bins.values(given))
    number = fold_of(result, columns)
    made = np.full((len(number), result.bins.outputs.n_outputs), np.nan)
    for fold, bins in enumerate(_folds(result)):
        own = number == fold
        made[own] = bins.values([x[own] for x in given])
    return _flat(made)


def define_output(result: ObservableResult, node: Any, name: str | None, *, folds: bool) -> Any:
    """See :meth:`gradcut.results.ObservableResult.define_output`."""
    from gradcut.rdf.nodes import as_node

    own = result.binning.name if name is None else name
    rnode, read = read_columns(result, as_node(node, distributed=True), own)
    if not folds:
        return result.bins.defined_outputs(rnode, own, read)
    rnode, fold = define_fold_of(result, rnode)
    code = ""
    for number, bins in enumerate(_folds(result)):
        one = f"_gradcut_{own}_{number}"
        rnode = bins.defined_outputs(rnode, one, read)
        code = one if not code else f"{fold} == {number} ? {one} : ({code})"
    return rnode.Define(own, code)


def _folds(result: ObservableResult) -> list[LearnedObservable]:
    return [row.bins for row in result.folds]  # type: ignore[misc]


def _flat(outputs: NDArray[np.float64]) -> NDArray[np.float64]:
    return outputs[:, 0] if outputs.shape[1] == 1 else outputs
