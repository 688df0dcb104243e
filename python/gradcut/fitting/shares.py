"""What every cut has to keep so that a whole tree of them keeps a given part of the events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.kernel_spec import NODES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.kernel_spec import KernelSpec, TreeSpec

__all__ = ["shared_out"]


def shared_out(
    spec: KernelSpec,
    efficiency: NDArray[np.float64],
    generator: np.random.Generator | None,
    concentration: float,
) -> NDArray[np.float64]:
    """Efficiencies of the cuts, of the features as if they were independent.

    What is lost is shared out among requirements, what is kept among alternatives: equally, or at random.

    Parameters
    ----------
    spec : KernelSpec
        A selection with a tree.
    efficiency : ndarray of shape (points,)
        Of the whole.
    generator : Generator or None
        For random shares.
    concentration : float
        Of the Dirichlet distribution that they are drawn from.

    Returns
    -------
    ndarray of shape (cuts, points)
        Of objects, below a count: each object's.
    """
    tree = spec.tree
    if tree is None:
        raise TypeError("a product of cuts has no tree")
    found = np.ones((spec.n_cuts, len(efficiency)))
    _visit(tree, len(tree.nodes) - 1, efficiency, generator, concentration, found)
    return found


def _visit(
    tree: TreeSpec,
    at: int,
    efficiency: NDArray[np.float64],
    generator: np.random.Generator | None,
    concentration: float,
    found: NDArray[np.float64],
) -> int:
    """Share out an efficiency below a node; return the position before its subtree."""
    kind, argument, upper = int(tree.nodes[at]), int(tree.arguments[at]), int(tree.upper[at])
    if kind == NODES["leaf"]:
        found[argument] = efficiency
        return at - 1
    if kind == NODES["given"]:
        return at - 1
    if kind == NODES["count"]:
        # Of n objects each has to pass; where fewer than m may, the last one must not.
        of_objects = efficiency ** (1 / max(argument, 1)) if upper < 0 else 1 - efficiency ** (1 / upper)
        return _visit(tree, at - 1, of_objects, generator, concentration, found)
    share = np.full(argument, 1.0)
    if generator is not None:
        share = generator.dirichlet(np.full(argument, concentration))
    before = at - 1
    for part in share / share.sum():
        own = efficiency**part if kind == NODES["all"] else 1 - (1 - efficiency) ** part
        before = _visit(tree, before, own, generator, concentration, found)
    return before
