"""Sums over events in memory by the compiled kernels, whichever the selection needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut import _kernels
from gradcut.jagged import Jagged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.engines.parameters import Thresholds
    from gradcut.kernel_spec import KernelSpec

__all__ = ["as_doubles", "kernel_moments", "objects_of"]


def kernel_moments(
    spec: KernelSpec,
    columns: Sequence[NDArray[Any] | Jagged],
    weights: NDArray[Any],
    thresholds: Thresholds,
    *,
    step: int,
    derivatives: int,
) -> NDArray[np.float64]:
    """Moments of the weights with their Jacobian.

    Parameters
    ----------
    spec : KernelSpec
        The selection.
    columns : sequence of ndarray of shape (n_events,), or Jagged
        One per column of the spec, contiguous, in the precision of the kernel.
    weights : ndarray of shape (n_events,)
        In the same precision.
    thresholds : Thresholds
        At some points.
    step, derivatives : int
        Codes of the kernels.

    Returns
    -------
    ndarray of float64, shape (points, 3, 1 + 3 cuts + terms)
        Value, derivatives in low, high and width per cut, then in the terms.
    """
    settings: dict[str, Any] = {
        "step": step,
        "kinds": spec.kinds,
        "flags": spec.flags,
        "low": thresholds.low,
        "high": thresholds.high,
        "width": thresholds.width,
        "derivatives": derivatives,
    }
    tree = spec.tree
    plain = [column.values if isinstance(column, Jagged) else column for column in columns]
    if tree is None:
        return np.asarray(_kernels.selection_moments(plain, weights, **settings))
    offsets: list[NDArray[np.int64]] = []
    for collection in range(int(tree.collections.max(initial=-1)) + 1):
        first = columns[int(np.flatnonzero(tree.collections == collection)[0])]
        if not isinstance(first, Jagged):
            raise TypeError("a column of objects is not Jagged")
        offsets.append(first.offsets)
    return np.asarray(
        _kernels.tree_moments(
            plain,
            offsets,
            weights,
            nodes=tree.nodes,
            arguments=tree.arguments,
            upper=tree.upper,
            collections=tree.collections,
            term_cuts=tree.term_cuts,
            term_columns=tree.term_columns,
            term_values=thresholds.terms,
            **settings,
        )
    )


def objects_of(spec: KernelSpec) -> list[tuple[str, ...]]:
    """Names of the columns that have one value per object, by what they are objects of."""
    if spec.tree is None:
        return []
    names = spec.columns
    return [
        tuple(names[c] for c in np.flatnonzero(spec.tree.collections == collection))
        for collection in range(int(spec.tree.collections.max(initial=-1)) + 1)
    ]


def as_doubles(column: NDArray[Any] | Jagged) -> NDArray[np.float64] | Jagged:
    """Return a column as the hard kernels compare it: contiguous, in double."""
    if isinstance(column, Jagged):
        return column.with_values(np.ascontiguousarray(column.values, dtype=np.float64))
    return np.ascontiguousarray(column, dtype=np.float64)
