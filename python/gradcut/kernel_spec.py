"""What the compiled selection kernels need to know about a selection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "KINDS",
    "MAX_CUTS",
    "MAX_NODES",
    "MAX_TERMS",
    "NODES",
    "STEPS",
    "ChainSpec",
    "KernelSpec",
    "TreeSpec",
]

#: Codes of ``GradCutStep`` in ``gradcut/kernels/Selection.h``.
STEPS = {"hard": 0, "logistic": 1, "gaussian": 2}
#: Codes of ``GradCutKind``.
KINDS = {"above": 0, "below": 1, "window": 2, "veto": 3}
#: Bits of ``GradCutSelection::fFlags``.
LOW_INCLUSIVE, HIGH_INCLUSIVE, MISSING_PASSES = 1, 2, 4
#: ``GRADCUT_MAX_CUTS``.
MAX_CUTS = 128
#: Codes of ``GradCutNode`` in ``gradcut/kernels/Tree.h``.
NODES = {"leaf": 0, "given": 1, "all": 2, "any": 3, "not": 4, "count": 5}
#: ``GRADCUT_MAX_NODES`` and ``GRADCUT_MAX_TERMS``.
MAX_NODES, MAX_TERMS = 512, 512


@dataclass(frozen=True, eq=False)
class TreeSpec:
    """How cuts are combined where a selection is more than their product.

    Parameters
    ----------
    nodes : ndarray of uint8, shape (nodes,)
        Codes in postfix order: children before their parents, the root last.
    arguments, upper : ndarray of int32, shape (nodes,)
        As ``GradCutTree`` has them.
    collections : ndarray of int32, shape (columns,)
        Per column which objects it has one value for each of, -1 for one per event.
    columns : tuple of str
        Names of the columns beyond those of the cuts: factors of terms, then given conditions.
    term_cuts, term_columns, term_parameters : ndarray of int32, shape (terms,)
        To the threshold of a cut is added the column times the parameter.
    signs : ndarray of float64, shape (cuts,)
        1 where an event passes the more easily the looser the cut is, -1 where the opposite holds (fewer than
        ``n`` objects may pass it), 0 where neither does.
    requirements : ndarray of int64, shape (cuts,)
        Which child of the root each cut belongs to: events have to meet all of these.
    alternatives : ndarray of bool, shape (cuts,)
        Whether a cut is by itself an alternative of others.
    """

    nodes: NDArray[np.uint8]
    arguments: NDArray[np.int32]
    upper: NDArray[np.int32]
    collections: NDArray[np.int32]
    columns: tuple[str, ...]
    term_cuts: NDArray[np.int32]
    term_columns: NDArray[np.int32]
    term_parameters: NDArray[np.int32]
    signs: NDArray[np.float64]
    requirements: NDArray[np.int64]
    alternatives: NDArray[np.bool_]

    def starts(self) -> list[int]:
        """Per node the position at which what belongs to it begins."""
        waiting: list[int] = []
        found = []
        for at, (kind, argument) in enumerate(zip(self.nodes.tolist(), self.arguments.tolist(), strict=True)):
            start = at
            if kind not in (NODES["leaf"], NODES["given"]):
                children = argument if kind in (NODES["all"], NODES["any"]) else 1
                start = waiting[-children]
                del waiting[-children:]
            waiting.append(start)
            found.append(start)
        return found

    def requirement_nodes(self) -> list[range]:
        """Positions of the nodes of every requirement, the children of the root."""
        starts, at, found = self.starts(), len(self.nodes) - 2, []
        for _ in range(int(self.arguments[-1])):
            found.append(range(starts[at], at + 1))
            at = starts[at] - 1
        return found[::-1]


@dataclass(frozen=True)
class ChainSpec:
    """Parameters that are neighbours.

    Parameters
    ----------
    parameters : list of int
        Their positions, in order.
    sign : float
        1 where none may be lower than the one before, -1 where none may be higher, else 0.
    contraction : float
        Weight of their mean squared difference.
    """

    parameters: list[int]
    sign: float
    contraction: float


@dataclass(frozen=True, eq=False)  # arrays have no truth value that == could return
class KernelSpec:
    """A selection with K cuts and its map from parameters to thresholds.

    Parameters
    ----------
    step : str
        ``"logistic"``, ``"gaussian"`` or ``"hard"``.
    kinds, flags : ndarray of uint8, shape (K,)
        Codes of the kernel library.
    low, high : ndarray of int64, shape (K,)
        Index into ``parameters`` of each cut's thresholds, -1 where a cut has none. Cuts that share a
        parameter hold the same index.
    parameters : tuple of str
        Names of the thresholds.
    cuts : tuple of str
        Labels of the cuts; the widths are the parameters ``"<cut>:width"``.
    tree : TreeSpec, optional
        How cuts are combined; without it, events have to pass all of them.
    chains : tuple of ChainSpec
        Thresholds that are ordered or drawn together.
    either : tuple of (int, int)
        Ends of windows of which one is to be open: cuts whose direction is learned.
    """

    step: str
    kinds: NDArray[np.uint8]
    flags: NDArray[np.uint8]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    parameters: tuple[str, ...]
    cuts: tuple[str, ...]
    tree: TreeSpec | None = None
    chains: tuple[ChainSpec, ...] = ()
    either: tuple[tuple[int, int], ...] = ()

    @property
    def n_cuts(self) -> int:
        """Number of cuts."""
        return len(self.kinds)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns that the kernels read, those of the cuts first."""
        return self.cuts if self.tree is None else (*self.cuts, *self.tree.columns)

    @property
    def n_terms(self) -> int:
        """Number of parts of thresholds that depend on the event."""
        return 0 if self.tree is None else len(self.tree.term_cuts)

    def has_low(self, cut: int) -> bool:
        """Whether a cut has a lower threshold, be it one that depends on the event only."""
        return bool(self.kinds[cut] != KINDS["below"])

    def has_high(self, cut: int) -> bool:
        """The same for the upper one."""
        return bool(self.kinds[cut] != KINDS["above"])

    def parameters_of(self, cut: int) -> list[int]:
        """Parameters of a cut: its thresholds, then those of its terms."""
        ends = [int(p) for p in (self.low[cut], self.high[cut]) if p >= 0]
        if self.tree is None:
            return ends
        return ends + [int(p) for p in self.tree.term_parameters[self.tree.term_cuts == cut]]

    def users(self, parameter: int) -> list[int]:
        """Cuts that use a parameter."""
        return [cut for cut in range(self.n_cuts) if parameter in self.parameters_of(cut)]

    def varies(self, cut: int) -> bool:
        """Whether the threshold of a cut differs from event to event."""
        return self.tree is not None and bool((self.tree.term_cuts == cut).any())

    def is_plain(self, cut: int) -> bool:
        """Whether a cut is a requirement by itself, the same for all events."""
        if self.tree is None:
            return True
        alone = int((self.tree.requirements == self.tree.requirements[cut]).sum()) == 1
        return bool(
            alone
            and self.tree.collections[cut] < 0
            and self.tree.signs[cut] == 1
            and cut not in self.tree.term_cuts
            and any(
                len(nodes) == 1 and self.tree.arguments[nodes.start] == cut
                for nodes in self.tree.requirement_nodes()
            )
        )
