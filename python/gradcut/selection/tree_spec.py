"""Trees of cuts in the form of the kernels, with what stands for missing values in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradcut.expressions.guards import guard, possibly_missing
from gradcut.expressions.nodes import Binary, Expression, Logical, Number, Unary
from gradcut.expressions.structure import has_cpp, is_condition
from gradcut.expressions.text import describe
from gradcut.kernel_spec import NODES, TreeSpec
from gradcut.selection import thresholds
from gradcut.selection.tree import AllOf, AnyOf, Count, Given, Leaf

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gradcut.selection.selection import Selection
    from gradcut.selection.tree import Node, Requirement

__all__ = ["TreeBuilder"]


class TreeBuilder:
    """Lays the requirements of a selection out as one tree.

    Parameters
    ----------
    selection : Selection
        Its requirements.
    index : mapping of str to int
        Positions of the parameters.

    Notes
    -----
    As in the filters, an event in which something of a requirement is missing fails the whole of it, or
    passes; an object in which something of a count's condition is missing does not count. A cut on a missing
    value fails by itself; where it stands in an alternative, or is to fail, a given condition says so.
    """

    def __init__(self, selection: Selection, index: Mapping[str, int]) -> None:
        self.selection = selection
        self.nodes: list[tuple[int, int, int]] = []
        #: Factors and given conditions by the names of their columns.
        self.columns: dict[str, Expression] = {}
        self._collections: list[int] = []
        self._cuts: dict[str, int] = {cut.label: k for k, cut in enumerate(selection.cuts)}
        self._of_cuts = np.full(len(self._cuts), -1, dtype=np.int32)
        self._requirements = np.zeros(len(self._cuts), dtype=np.int64)
        self._signs = np.ones(len(self._cuts))
        self._alternatives = np.zeros(len(self._cuts), dtype=np.bool_)
        self._terms: list[tuple[int, int, int]] = []
        self._n_collections = 0
        learned = [r for r in selection.requirements if r.node is not None]
        # Factors first: they belong to cuts, like features.
        for k, cut in enumerate(selection.cuts):
            for term in cut.terms:
                # Only a number can be NaN, and so say that a value is missing.
                factor = term.factor
                factor = Binary("+", factor, Number(0.0)) if is_condition(factor) else factor
                column = self._column(f"factor {describe(term.factor)}", factor, -1)
                self._terms.append((k, column, index[term.parameter]))
        for number, requirement in enumerate(learned):
            for cut in requirement.cuts:
                self._requirements[self._cuts[cut.label]] = number
            self._add_requirement(requirement)
        self.nodes.append((NODES["all"], len(learned), -1))

    def spec(self) -> TreeSpec:
        """Return the tree."""
        kinds, arguments, upper = zip(*self.nodes, strict=True)
        cuts, columns, parameters = zip(*self._terms, strict=True) if self._terms else ((), (), ())
        collections = np.concatenate([self._of_cuts, np.array(self._collections, dtype=np.int32)])
        for cut, column in zip(cuts, columns, strict=True):
            collections[column] = collections[cut]
        return TreeSpec(
            nodes=np.array(kinds, dtype=np.uint8),
            arguments=np.array(arguments, dtype=np.int32),
            upper=np.array(upper, dtype=np.int32),
            collections=collections.astype(np.int32),
            columns=tuple(self.columns),
            term_cuts=np.array(cuts, dtype=np.int32),
            term_columns=np.array(columns, dtype=np.int32),
            term_parameters=np.array(parameters, dtype=np.int32),
            signs=self._signs,
            requirements=self._requirements,
            alternatives=self._alternatives,
        )

    def _add_requirement(self, requirement: Requirement) -> None:
        node = requirement.node
        if isinstance(node, Leaf):  # what is missing is in its flags
            return self._add(node, -1, 1.0)
        absent = self._absent(requirement.expression)
        if node is None or absent is None:
            return None if node is None else self._add(node, -1, 1.0)
        if self.selection.missing == "pass":
            return self._add(AnyOf((node, Given(absent, True))), -1, 1.0)
        if _fails_where_missing(node):
            return self._add(node, -1, 1.0)
        return self._add(AllOf((node, Given(Unary("!", absent), True))), -1, 1.0)

    def _absent(self, condition: Expression) -> Expression | None:
        opened = dict.fromkeys(self.selection.parameters, 0.0)
        return possibly_missing(thresholds.fill(condition, opened), self.selection.sentinels)

    def _add(self, node: Node, collection: int, sign: float) -> None:
        if isinstance(node, Leaf):
            cut = self._cuts[node.cut.label]
            self._of_cuts[cut], self._signs[cut] = collection, sign
            self.nodes.append((NODES["leaf"], cut, -1))
        elif isinstance(node, Given):
            guarded = node.condition if node.is_complete else self._guarded(node.condition)
            name = f"condition {len(self.columns)}"
            self.nodes.append((NODES["given"], self._column(name, guarded, collection), -1))
        elif isinstance(node, Count):
            own, self._n_collections = self._n_collections, self._n_collections + 1
            part = node.part
            absent = self._absent(_condition_of(part))
            if absent is not None and node.is_opposite:
                part = AnyOf((part, Given(absent, True)))
            elif absent is not None and not _fails_where_missing(part):
                part = AllOf((part, Given(Unary("!", absent), True)))
            direction = 1.0 if node.upper is None else -1.0 if node.low == 0 else 0.0
            self._add(part, own, sign * direction)
            self.nodes.append((NODES["count"], node.low, -1 if node.upper is None else node.upper))
        else:
            for part in node.parts:
                if isinstance(part, Leaf) and isinstance(node, AnyOf) and sign > 0:
                    self._alternatives[self._cuts[part.cut.label]] = True
                self._add(part, collection, sign)
            kind = NODES["all" if isinstance(node, AllOf) else "any"]
            self.nodes.append((kind, len(node.parts), -1))

    def _guarded(self, condition: Expression) -> Expression:
        if has_cpp(condition):
            return condition
        return guard(condition, sentinels=self.selection.sentinels)

    def _column(self, name: str, expression: Expression, collection: int) -> int:
        if name in self.columns and self.columns[name] == expression:
            return len(self._cuts) + list(self.columns).index(name)
        unique, number = name, 1
        while unique in self.columns:
            number += 1
            unique = f"{name} #{number}"
        self.columns[unique] = expression
        self._collections.append(collection)
        return len(self._cuts) + len(self.columns) - 1


def _fails_where_missing(node: Node) -> bool:
    """Whether a part fails wherever a value in it is missing, without being told."""
    if isinstance(node, (Leaf, Given)):
        return True
    if isinstance(node, Count):
        return node.upper is None
    return isinstance(node, AllOf) and all(_fails_where_missing(part) for part in node.parts)


def _condition_of(node: Node) -> Expression:
    """A condition that has the same values in it."""
    if isinstance(node, Leaf):
        return node.cut.requirement
    if isinstance(node, Given):
        return node.condition
    if isinstance(node, Count):
        return _condition_of(node.part)
    return Logical("&&", tuple(_condition_of(part) for part in node.parts))
