"""Memberships in trees of cuts, in plain torch (formulas: ``gradcut/kernels/Tree.h``)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import torch

from gradcut.kernel_spec import NODES

if TYPE_CHECKING:
    from gradcut.kernel_spec import TreeSpec

__all__ = ["tree_membership", "with_terms"]

#: From the position of a cut to its membership, shape (points, events or objects).
_Leaf = Callable[[int], torch.Tensor]


def tree_membership(
    tree: TreeSpec, leaf: _Leaf, columns: Sequence[torch.Tensor], offsets: Sequence[torch.Tensor]
) -> torch.Tensor:
    """Membership of every event, shape (points, events).

    Parameters
    ----------
    tree : TreeSpec
        How cuts are combined.
    leaf : callable
        Memberships in the cuts.
    columns : sequence of Tensor
        All columns; of objects one after the other.
    offsets : sequence of Tensor
        Per collection, where the objects of each event begin, and the end.
    """
    stack: list[torch.Tensor] = []
    # What a part has one value for each of: the same for all columns below a count.
    collections: list[int] = []
    for kind, argument, upper in zip(
        tree.nodes.tolist(), tree.arguments.tolist(), tree.upper.tolist(), strict=True
    ):
        if kind == NODES["leaf"]:
            stack.append(leaf(argument))
            collections.append(int(tree.collections[argument]))
        elif kind == NODES["given"]:
            column = columns[argument]
            given = (column != 0) & ~torch.isnan(column)
            stack.append(given[None].to(column.dtype))
            collections.append(int(tree.collections[argument]))
        elif kind == NODES["not"]:
            stack.append(1 - stack.pop())
        elif kind == NODES["count"]:
            stack.append(_count(stack.pop(), offsets[collections[-1]], argument, upper))
            collections[-1] = -1
        else:
            parts = [stack.pop() for _ in range(argument)][::-1]
            del collections[len(stack) + 1 :]
            combined = parts[0]
            for part in parts[1:]:
                combined = combined * part if kind == NODES["all"] else combined + part * (1 - combined)
            stack.append(combined)
    return stack[0]


def with_terms(
    tree: TreeSpec,
    cut: int,
    threshold: torch.Tensor,
    terms: torch.Tensor,
    columns: Sequence[torch.Tensor],
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Threshold of a cut for every event or object, and where a factor of it is missing.

    Parameters
    ----------
    tree : TreeSpec
        Which terms there are.
    cut : int
        The cut.
    threshold : Tensor, shape (points, 1)
        The part that is the same for all.
    terms : Tensor, shape (points, terms)
        What the columns are multiplied with.
    columns : sequence of Tensor
        All columns.
    """
    missing = None
    for t in (i for i, owner in enumerate(tree.term_cuts.tolist()) if owner == cut):
        factor = columns[int(tree.term_columns[t])]
        absent = torch.isnan(factor)
        missing = absent if missing is None else missing | absent
        threshold = threshold + terms[:, t, None] * torch.where(absent, torch.zeros_like(factor), factor)
    return threshold, missing


def _count(objects: torch.Tensor, offsets: torch.Tensor, low: int, upper: int) -> torch.Tensor:
    """Probability that the number of passing objects is in a range; objects have shape (points, objects)."""
    lengths = offsets[1:] - offsets[:-1]
    most = int(lengths.max()) if len(lengths) else 0
    last = low if upper < 0 else upper
    states = [torch.ones((len(objects), len(lengths)), device=objects.device, dtype=objects.dtype)]
    states += [torch.zeros_like(states[0]) for _ in range(last)]
    # Beyond its last object an event has one that never passes.
    padded = torch.nn.functional.pad(objects, (0, 1))
    nothing = objects.shape[1]
    for place in range(most):
        index = torch.where(place < lengths, offsets[:-1] + place, torch.full_like(lengths, nothing))
        p = padded[:, index]
        after = [states[0] * (1 - p)] if last > 0 else []
        after += [states[m] * (1 - p) + states[m - 1] * p for m in range(1, last)]
        after.append(states[last] + states[last - 1] * p if last > 0 else states[0])
        states = after
    if upper < 0:
        return states[last]
    return torch.stack(states[low:upper]).sum(0)
