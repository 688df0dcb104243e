"""From the expression of a requirement to its tree of cuts."""

from __future__ import annotations

import math
from collections.abc import Callable

from gradcut.errors import DeclarationError
from gradcut.expressions.linear import linear_parts
from gradcut.expressions.nodes import (
    Binary,
    Comparison,
    Expression,
    Hole,
    Logical,
    Number,
    Reduce,
    Unary,
)
from gradcut.expressions.structure import has_holes
from gradcut.expressions.text import describe
from gradcut.selection.cuts import CutKind, LearnedCut, Term
from gradcut.selection.tree import AllOf, AnyOf, Count, Given, Leaf, Node

__all__ = ["grow"]

_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def grow(requirement: Expression, label: Callable[[Expression], str]) -> Node:
    """Make the tree of a requirement in which something is learned, holes named.

    Parameters
    ----------
    requirement : Expression
        A condition.
    label : callable
        From a feature to a name for the cut on it.

    Raises
    ------
    DeclarationError
        If a ``?`` stands where no gradient reaches it.
    """
    return _Grower(label).grow(requirement, negated=False, objects=False)


class _Grower:
    def __init__(self, label: Callable[[Expression], str]) -> None:
        self._label = label

    def grow(self, node: Expression, *, negated: bool, objects: bool) -> Node:
        """Negations move down to where a comparison has an opposite."""
        if not has_holes(node):
            return Given(Unary("!", node) if negated else node)
        if isinstance(node, Unary) and node.op == "!":
            return self.grow(node.operand, negated=not negated, objects=objects)
        if isinstance(node, Logical):
            parts = tuple(self.grow(part, negated=negated, objects=objects) for part in node.operands)
            return AllOf(parts) if (node.op == "&&") != negated else AnyOf(parts)
        if isinstance(node, Reduce) and node.reducer in ("any", "all") and not objects:
            every = node.reducer == "all"
            part = self.grow(node.argument, negated=every, objects=True)
            return Count(part, 0, 1, every) if every != negated else Count(part, 1, None, every)
        if isinstance(node, Comparison):
            if any(_is_learned_count(part) for part in node.operands) and not objects:
                return self._count(node, negated)
            found = self._cut(node, negated, objects)
            if found is not None:
                return found
        raise DeclarationError(
            "a '?' that cannot be learned by gradient",
            given=describe(node),
            allowed="a feature compared with '?', windows '? < x < ?', '&&', '||', '!', thresholds such as "
            "'?a + ?b * npv', and any(...), all(...), count(...) >= n of these",
            hint="such a requirement can be evaluated and turned into filters at given values; to learn it, "
            "Define a column for the inner part",
        )

    def _count(self, node: Comparison, negated: bool) -> Node:
        """``count(...) >= 2``, ``1 <= count(...) < 3`` or ``count(...) == 2``."""
        place = next(i for i, part in enumerate(node.operands) if _is_learned_count(part))
        counted = node.operands[place]
        low, upper = 0, math.inf
        for index, operator in enumerate(node.operators):
            before = index + 1 == place
            limit = node.operands[index if before else index + 1]
            if not isinstance(limit, Number):
                raise DeclarationError(
                    "a count with a '?' inside is compared with a number",
                    given=describe(node),
                    allowed="count(...) >= 2, count(...) == 0, 1 <= count(...) < 3",
                    hint="learn either what is counted or how many there have to be",
                )
            operator = _MIRRORED.get(operator, operator) if before else operator
            if operator == "!=":
                raise DeclarationError(
                    "a count with a '?' inside is not compared by '!='",
                    given=describe(node),
                    hint="write it as two alternatives: count(...) < 2 || count(...) > 2",
                )
            value = limit.value
            if operator in (">", ">=", "=="):
                low = max(low, math.floor(value) + 1 if operator == ">" else math.ceil(value))
            if operator in ("<", "<=", "=="):
                upper = min(upper, math.ceil(value) if operator == "<" else math.floor(value) + 1)
        if upper <= low:
            raise DeclarationError("no number of objects is allowed", given=describe(node))
        if not isinstance(counted, Reduce):
            raise AssertionError(counted)
        part = self.grow(counted.argument, negated=False, objects=True)
        if not negated:
            return Count(part, low, None if upper == math.inf else int(upper))
        outside = []
        if upper < math.inf:
            outside.append(Count(part, int(upper), None))
        if low > 0:
            outside.append(Count(part, 0, low))
        if len(outside) != 1:
            raise DeclarationError(
                "the opposite of a range of counts, or of any count, cannot be learned",
                given=f"!({describe(node)})",
                hint="write the counts that are wanted",
            )
        return outside[0]

    def _cut(self, node: Comparison, negated: bool, objects: bool) -> Node | None:
        if len(node.operands) == 3:
            return self._window(node, negated, objects)
        first, last = node.operands
        operator = node.operators[0]
        if has_holes(first) and has_holes(last):
            return None
        if has_holes(first):  # the feature to the left
            first, last, operator = last, first, _MIRRORED[operator]
        if negated:
            operator = _OPPOSITE[operator]
        parts = linear_parts(last)
        if parts is None:
            return None
        terms, rest = parts
        feature = first
        for addend in rest:
            feature = Binary("-", feature, addend)
        constant = [term.hole.name for term in terms if term.is_constant]
        varying = tuple(Term(term.hole.name or "", term.factor) for term in terms if not term.is_constant)
        if any(isinstance(term.factor, Number) for term in varying):
            raise DeclarationError(
                "a number before a '?' says nothing",
                given=describe(node),
                hint="leave it out: '?' may be any",
            )
        if len(constant) > 1 or len({term.hole.name for term in terms}) < len(terms):
            raise DeclarationError(
                "two numbers to be learned have the same part in a threshold",
                given=describe(node),
                hint="write each of them once",
            )
        above = operator in (">", ">=")
        closed = "=" in operator
        name = constant[0] if constant else None
        kind: CutKind = "above" if above else "below"
        return Leaf(
            LearnedCut(
                feature=feature,
                kind=kind,
                inclusive=(closed and above, closed and not above),
                low=name if above else None,
                high=None if above else name,
                requirement=node if not negated else Unary("!", node),
                label=self._label(first),
                terms=varying,
                per_object=objects,
            )
        )

    def _window(self, node: Comparison, negated: bool, objects: bool) -> Node | None:
        ends = (node.operands[0], node.operands[2])
        feature = node.operands[1]
        if has_holes(feature) or not all(isinstance(end, Hole) or not has_holes(end) for end in ends):
            return None
        if not all(isinstance(end, Hole) for end in ends):
            # One end is fixed: two conditions.
            pair = tuple(
                Comparison(node.operands[i : i + 2], (operator,)) for i, operator in enumerate(node.operators)
            )
            return self.grow(Logical("&&", pair), negated=negated, objects=objects)
        names = [end.name for end in ends if isinstance(end, Hole)]
        closed = ["=" in operator for operator in node.operators]
        if node.operators[0].startswith(">"):
            names.reverse()
            closed.reverse()
        return Leaf(
            LearnedCut(
                feature=feature,
                kind="veto" if negated else "window",
                inclusive=(closed[0], closed[1]),
                low=names[0],
                high=names[1],
                requirement=Unary("!", node) if negated else node,
                label=self._label(feature),
                per_object=objects,
            )
        )


def _is_learned_count(node: Expression) -> bool:
    return isinstance(node, Reduce) and node.reducer == "count" and has_holes(node)
