"""How a requirement is made of cuts: alternatives, counts of objects, given conditions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gradcut.expressions.nodes import Expression
from gradcut.selection.cuts import LearnedCut

__all__ = ["AllOf", "AnyOf", "Count", "Given", "Leaf", "Node", "Requirement", "givens", "leaves"]


@dataclass(frozen=True)
class Leaf:
    """One cut."""

    cut: LearnedCut


@dataclass(frozen=True)
class Given:
    """A condition in which nothing is learned; of an event, or of each object."""

    condition: Expression
    #: Whether it says by itself what happens where a value is missing.
    is_complete: bool = False


@dataclass(frozen=True)
class AllOf:
    """What all of its parts keep."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class AnyOf:
    """What any of its parts keeps."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Count:
    """Events of which at least ``low``, and fewer than ``upper``, objects are kept."""

    part: Node
    low: int
    upper: int | None
    #: Whether what is counted is the opposite of what was written: then a missing value counts.
    is_opposite: bool = False


Node = Leaf | Given | AllOf | AnyOf | Count


def _parts(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Count):
        return (node.part,)
    return node.parts if isinstance(node, (AllOf, AnyOf)) else ()


def leaves(node: Node) -> Iterator[LearnedCut]:
    """Yield the cuts of a tree, left to right."""
    if isinstance(node, Leaf):
        yield node.cut
    for part in _parts(node):
        yield from leaves(part)


def givens(node: Node) -> Iterator[Given]:
    """Yield the given conditions of a tree, left to right."""
    if isinstance(node, Given):
        yield node
    for part in _parts(node):
        yield from givens(part)


@dataclass(frozen=True)
class Requirement:
    """One condition of a selection.

    Parameters
    ----------
    expression : Expression
        The condition, holes named.
    node : Leaf, Given, AllOf, AnyOf, Count or None
        How it is made of cuts; None where nothing is learned, or what is learned has no smooth form.
    label : str
        Unique among the requirements of a selection.
    """

    expression: Expression
    node: Node | None
    label: str

    @property
    def cuts(self) -> tuple[LearnedCut, ...]:
        """The cuts that it is made of."""
        return () if self.node is None else tuple(leaves(self.node))
