"""From declared conditions to requirements: splitting, recognising cuts, naming parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from gradcut.errors import DeclarationError
from gradcut.expressions.linear import is_linear, linear_parts
from gradcut.expressions.nodes import Comparison, Expression, Hole, Logical, Number
from gradcut.expressions.parser import parse
from gradcut.expressions.structure import (
    check_structure,
    children,
    columns,
    has_cpp,
    has_holes,
    holes,
    rebuild,
    replace_holes,
    walk,
)
from gradcut.expressions.text import describe
from gradcut.selection.cuts import Cut
from gradcut.selection.grow import grow
from gradcut.selection.tree import Leaf, Node, Requirement
from gradcut.selection.varying import VaryingCut

__all__ = ["requirements", "tree", "unique", "vector_names", "vector_types"]


def tree(requirement: str | Cut | VaryingCut | Expression) -> Expression:
    """Return the tree of what a user wrote."""
    if isinstance(requirement, str):
        return parse(requirement)
    expression = requirement.expression if isinstance(requirement, (Cut, VaryingCut)) else requirement
    check_structure(expression)
    return expression


def vector_names(columns: Mapping[str, object]) -> frozenset[str]:
    """Return the names of the vector columns among arrays."""
    from gradcut.jagged import Jagged

    return frozenset(name for name, column in columns.items() if isinstance(column, Jagged))


def vector_types(types: Mapping[str, str] | None) -> frozenset[str] | None:
    """Return the names of the vector columns among types; other columns may be of any type."""
    if types is None:
        return None
    return frozenset(
        name for name, text in types.items() if text == "vector" or "<" in text or "RVec" in text
    )


def requirements(declared: Sequence[Expression]) -> tuple[Requirement, ...]:
    """Split, recognise and name; the result depends on the declared trees only."""
    parts = [part for expression in declared for part in _split(expression)]
    explicit = {hole.name for part in parts for hole in holes(part) if hole.name is not None}
    taken: set[str] = set(explicit)
    cut_labels: set[str] = set()
    labels: set[str] = set()
    result: list[Requirement] = []
    for part in parts:
        _check_features(part)
        named = _name_holes(part, taken)
        _check_ends(named)
        label = unique(describe(part), labels)
        result.append(Requirement(named, _tree(named, cut_labels), label))
    return tuple(result)


def either(
    given: Sequence[object], declared: Sequence[Expression], made: Sequence[Requirement]
) -> list[tuple[str, str]]:
    """Return the ends of the cuts that were declared to go in either direction."""
    found, place = [], 0
    for requirement, expression in zip(given, declared, strict=True):
        if isinstance(requirement, Cut) and requirement.operator == "either":
            cut = made[place].cuts[0]
            found.append((cut.low or "", cut.high or ""))
        place += len(list(_split(expression)))
    return found


def check_either(
    pairs: Sequence[tuple[str, str]], made: Sequence[Requirement]
) -> tuple[tuple[str, str], ...]:
    """Check that pairs are the ends of windows that no other cut uses."""
    used = [name for requirement in made for cut in requirement.cuts for name in cut.parameters]
    windows = {(cut.low, cut.high) for r in made for cut in r.cuts if cut.kind == "window"}
    for pair in pairs:
        if tuple(pair) not in windows or any(used.count(name) > 1 for name in pair):
            raise DeclarationError(
                "a cut in either direction has two thresholds of its own",
                given=", ".join(map(str, pair)),
                hint="gc.Cut('met', 'either')",
            )
    return tuple(dict.fromkeys((low, high) for low, high in pairs))


def _tree(requirement: Expression, taken: set[str]) -> Node | None:
    if not has_holes(requirement):
        return None
    labels = set(taken)
    try:
        node = grow(requirement, lambda feature: unique(_printable(describe(feature)), labels))
    except DeclarationError:
        return None  # it can be evaluated all the same; who wants to learn it is told why not
    taken |= labels
    return Leaf(replace(node.cut, requirement=requirement)) if isinstance(node, Leaf) else node


def unique(name: str, taken: set[str]) -> str:
    """Return the name, or ``name #2`` and so on where it is taken, and take it."""
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        candidate = f"{name} #{number}"
    taken.add(candidate)
    return candidate


def _split(expression: Expression) -> Iterable[Expression]:
    """Split ``a && b``, and a window with one fixed end, which is a cut and a fixed requirement."""
    if isinstance(expression, Logical) and expression.op == "&&":
        for operand in expression.operands:
            yield from _split(operand)
        return
    if isinstance(expression, Comparison) and len(expression.operands) == 3:
        ends = (expression.operands[0], expression.operands[2])
        if sum(isinstance(end, Hole) for end in ends) == 1:
            for i, operator in enumerate(expression.operators):
                yield Comparison(expression.operands[i : i + 2], (operator,))
            return
    yield expression


def _is_threshold(operand: Expression) -> bool:
    return isinstance(operand, Hole) or is_linear(operand)


def _comparisons_with_holes(expression: Expression) -> Iterable[Comparison]:
    for node in walk(expression):
        if isinstance(node, Comparison) and any(_is_threshold(part) for part in node.operands):
            yield node


def _feature(comparison: Comparison) -> Expression:
    if len(comparison.operands) == 3:
        return comparison.operands[1]
    return next(part for part in comparison.operands if not _is_threshold(part))


def _check_features(expression: Expression) -> None:
    for comparison in _comparisons_with_holes(expression):
        feature = _feature(comparison)
        if not columns(feature) and not has_cpp(feature):
            raise DeclarationError(
                "a '?' is compared with a constant",
                given=describe(comparison),
                hint="compare it with something that differs between events, such as 'met > ?'",
            )


def _check_ends(expression: Expression) -> None:
    for comparison in _comparisons_with_holes(expression):
        first, last = comparison.operands[0], comparison.operands[-1]
        if isinstance(first, Hole) and first == last:
            raise DeclarationError(
                "both ends of a window are the same parameter, so nothing can pass",
                given=describe(comparison),
                hint="give the ends different names, or none",
            )


def _name_holes(expression: Expression, taken: set[str]) -> Expression:
    """Name the anonymous holes after what they are compared with."""
    if isinstance(expression, Comparison) and any(_is_threshold(part) for part in expression.operands):
        feature = _name_holes(_feature(expression), taken)
        if any(is_linear(part) for part in expression.operands):
            return _name_terms(expression, feature, taken)
        return _name_ends(expression, feature, taken)
    parts = children(expression)
    return rebuild(expression, tuple([_name_holes(part, taken) for part in parts])) if parts else expression


def _name_ends(comparison: Comparison, feature: Expression, taken: set[str]) -> Comparison:
    window = len(comparison.operands) == 3
    base = ""
    if any(isinstance(part, Hole) and part.name is None for part in comparison.operands):
        base = _base(feature, window, taken)
    ends = ["low", "", "high"] if comparison.operators[0].startswith("<") else ["high", "", "low"]
    operands: list[Expression] = []
    for index, operand in enumerate(comparison.operands):
        if not isinstance(operand, Hole):
            operands.append(feature)
        elif operand.name is not None:
            operands.append(operand)
        else:
            operands.append(Hole(f"{base}:{ends[index]}" if window else base))
    return Comparison(tuple(operands), comparison.operators)


def _name_terms(comparison: Comparison, feature: Expression, taken: set[str]) -> Comparison:
    """Name the parts of a threshold that depends on the event after the feature and what they go with."""
    threshold = next(part for part in comparison.operands if _is_threshold(part))
    parts = linear_parts(threshold)
    factors = iter([] if parts is None else [term.factor for term in parts[0]])

    def named(hole: Hole) -> Hole:
        factor = next(factors)
        if hole.name is not None:
            return hole
        text = describe(feature) if factor == Number(1.0) else f"{describe(feature)} per {describe(factor)}"
        return Hole(unique(_printable(text), taken))

    made = replace_holes(threshold, named)
    return Comparison(
        tuple(made if part is threshold else feature for part in comparison.operands), comparison.operators
    )


def _base(feature: Expression, window: bool, taken: set[str]) -> str:
    name = _printable(describe(feature))
    candidate, number = name, 1
    while _clashes(candidate, window, taken):
        number += 1
        candidate = f"{name} #{number}"
    taken.update((candidate, f"{candidate}:low", f"{candidate}:high"))
    return candidate


def _clashes(candidate: str, window: bool, taken: set[str]) -> bool:
    names = (candidate, f"{candidate}:low", f"{candidate}:high") if window else (candidate,)
    return any(name in taken for name in names)


def _printable(text: str) -> str:
    """Make C++ code fit for a name: other features are printable and without braces anyway."""
    return "".join(c if " " <= c <= "~" and c not in "{}" else " " for c in text).strip()[:500].strip()
