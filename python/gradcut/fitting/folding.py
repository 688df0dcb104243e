"""Trees of cuts in numpy: what every requirement makes of its cuts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.jagged import Jagged
from gradcut.kernel_spec import NODES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.engines.segments import Segment
    from gradcut.kernel_spec import KernelSpec, TreeSpec

__all__ = ["flat", "fold"]


def fold(
    spec: KernelSpec,
    segment: Segment,
    skip: Collection[int],
    *,
    leaf: Callable[[int], NDArray[Any]],
    given: Callable[[NDArray[np.float64]], NDArray[Any]],
    every: Callable[..., NDArray[Any]],
    some: Callable[..., NDArray[Any]],
    count: Callable[..., NDArray[Any]],
    flipped: Callable[..., NDArray[Any]] | None = None,
) -> Iterator[tuple[int, NDArray[Any]]]:
    """Evaluate the tree of every requirement."""
    tree = spec.tree
    if tree is None:
        for cut in range(spec.n_cuts):
            if cut not in skip:
                yield cut, leaf(cut)
        return
    # Positions of nodes that are wanted to fail.
    failing = frozenset() if flipped is None else _wanted_to_fail(tree)
    for number, nodes in enumerate(tree.requirement_nodes()):
        if number in skip:
            continue
        stack: list[NDArray[Any]] = []
        collection = -1
        for at in nodes:
            kind, argument, upper = int(tree.nodes[at]), int(tree.arguments[at]), int(tree.upper[at])
            fails = at in failing
            if kind == NODES["leaf"]:
                collection = int(tree.collections[argument])
                stack.append(leaf(argument))
            elif kind == NODES["given"]:
                collection = int(tree.collections[argument])
                found = given(flat(segment.columns[argument]).astype(np.float64))
                stack.append(flipped(found) if fails and flipped is not None else found)
            elif kind == NODES["count"]:
                offsets = _offsets(spec, segment, collection)
                stack.append(count(stack.pop(), offsets, argument, upper))
                collection = -1
            else:
                parts = [stack.pop() for _ in range(argument)]
                # All have to pass, or one has to fail; and the other way round.
                combine = every if (kind == NODES["all"]) != fails else some
                combined = parts[0]
                for part in parts[1:]:
                    combined = combine(combined, part)
                stack.append(combined)
        yield number, stack[0]


def _wanted_to_fail(tree: TreeSpec) -> frozenset[int]:
    """Positions of the nodes below a count that has an upper end only."""
    counts = (tree.nodes == NODES["count"]) & (tree.upper >= 0) & (tree.arguments == 0)
    starts = tree.starts()
    return frozenset(at for count in np.flatnonzero(counts) for at in range(starts[count], count))


def flat(column: object) -> NDArray[Any]:
    """Values of a column, of objects one after the other."""
    return column.values if isinstance(column, Jagged) else np.asarray(column)


def _offsets(spec: KernelSpec, segment: Segment, collection: int) -> NDArray[np.int64]:
    tree = spec.tree
    if tree is None:
        raise TypeError("a product of cuts has no objects")
    column = segment.columns[int(np.flatnonzero(tree.collections == collection)[0])]
    return np.asarray(column.offsets)
