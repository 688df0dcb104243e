"""A selection as the compiled kernels see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.errors import DeclarationError
from gradcut.expressions.nodes import Expression
from gradcut.expressions.text import describe
from gradcut.kernel_spec import (
    HIGH_INCLUSIVE,
    KINDS,
    LOW_INCLUSIVE,
    MAX_CUTS,
    MAX_NODES,
    MISSING_PASSES,
    ChainSpec,
    KernelSpec,
)
from gradcut.selection.grow import grow
from gradcut.selection.tree import Leaf
from gradcut.selection.tree_spec import TreeBuilder

if TYPE_CHECKING:
    from gradcut.selection.cuts import LearnedCut
    from gradcut.selection.selection import Selection

__all__ = ["extra_columns", "kernel_spec"]


def kernel_spec(selection: Selection) -> KernelSpec:
    """Return kinds, flags and parameter indices of a selection's cuts, and how they are combined."""
    for tree in selection.structured:
        grow(tree, describe)  # says why it cannot be learned
        raise DeclarationError("a '?' that cannot be learned by gradient", given=describe(tree))
    cuts = selection.cuts
    if len(cuts) > MAX_CUTS:
        raise DeclarationError(
            "more cuts than can be learned at once", given=f"{len(cuts)} cuts", allowed=f"{MAX_CUTS} cuts"
        )
    index = {name: i for i, name in enumerate(selection.parameters)}
    builder = None if _is_product(selection) else TreeBuilder(selection, index)
    if builder is not None and len(builder.nodes) > MAX_NODES:
        raise DeclarationError(
            "a selection with more parts than the kernels take at once",
            given=f"{len(builder.nodes)} cuts, conditions and operators",
            allowed=str(MAX_NODES),
        )
    alone = {cut.label for r in selection.requirements if isinstance(r.node, Leaf) for cut in r.cuts}
    return KernelSpec(
        step=selection.step,
        kinds=np.array([KINDS[cut.kind] for cut in cuts], dtype=np.uint8),
        flags=np.array(
            [_flags(cut, selection.missing == "pass" and cut.label in alone) for cut in cuts], dtype=np.uint8
        ),
        low=np.array([index[cut.low] if cut.low is not None else -1 for cut in cuts], dtype=np.int64),
        high=np.array([index[cut.high] if cut.high is not None else -1 for cut in cuts], dtype=np.int64),
        parameters=selection.parameters,
        cuts=tuple(cut.label for cut in cuts),
        tree=None if builder is None else builder.spec(),
        chains=tuple(
            ChainSpec(
                [index[name] for name in chain.parameters],
                {"rising": 1.0, "falling": -1.0, None: 0.0}[chain.monotone],
                chain.contraction,
            )
            for chain in selection.chains
        ),
        either=tuple((index[low], index[high]) for low, high in selection.either),
    )


def extra_columns(selection: Selection) -> dict[str, Expression]:
    """Return what the kernels read beside the features that are cut on, in the order of their columns."""
    if _is_product(selection):
        return {}
    return TreeBuilder(selection, {name: i for i, name in enumerate(selection.parameters)}).columns


def _is_product(selection: Selection) -> bool:
    """Whether every requirement is fixed, or one cut that is the same for all events."""
    return all(
        r.node is None or (isinstance(r.node, Leaf) and not r.node.cut.terms) for r in selection.requirements
    )


def _flags(cut: LearnedCut, missing_passes: bool) -> int:
    return (
        (LOW_INCLUSIVE if cut.inclusive[0] else 0)
        | (HIGH_INCLUSIVE if cut.inclusive[1] else 0)
        | (MISSING_PASSES if missing_passes else 0)
    )
