"""Walks over a tree, and the rules that concern it as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from gradcut.errors import DeclarationError
from gradcut.expressions.nodes import (
    Binary,
    Call,
    Column,
    Comparison,
    Cpp,
    Expression,
    Hole,
    Logical,
    Reduce,
    Unary,
)

__all__ = [
    "MAX_DEPTH",
    "check_structure",
    "children",
    "columns",
    "depth",
    "has_cpp",
    "has_holes",
    "holes",
    "is_condition",
    "rename",
    "replace_holes",
    "transform",
    "walk",
]

#: Largest height of a tree: below the recursion limit of Python and the bracket limit of C++ compilers (256).
MAX_DEPTH = 80

_ORDERINGS = ("<", "<=", ">", ">=")


def children(expression: Expression) -> tuple[Expression, ...]:
    """Return the direct parts of an expression, left to right."""
    if isinstance(expression, Binary):
        return expression.left, expression.right
    if isinstance(expression, (Comparison, Logical)):
        return expression.operands
    if isinstance(expression, Unary):
        return (expression.operand,)
    if isinstance(expression, Call):
        return expression.arguments
    if isinstance(expression, Reduce):
        return (expression.argument,)
    return ()


def walk(expression: Expression) -> Iterator[Expression]:
    """Yield an expression and all its parts in order of appearance, without recursion."""
    stack = [expression]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(children(node)))


def columns(expression: Expression) -> tuple[str, ...]:
    """Return the columns that an expression reads, in order of appearance.

    Those inside a :class:`~gradcut.expressions.Cpp` are not known.
    """
    return tuple(dict.fromkeys(node.name for node in walk(expression) if isinstance(node, Column)))


def holes(expression: Expression) -> tuple[Hole, ...]:
    """Return the holes of an expression in order of appearance, repeated ones repeated."""
    return tuple(node for node in walk(expression) if isinstance(node, Hole))


def has_holes(expression: Expression) -> bool:
    """Whether something in the expression is to be learned."""
    return any(isinstance(node, Hole) for node in walk(expression))


def has_cpp(expression: Expression) -> bool:
    """Whether part of the expression is C++ from live code."""
    return any(isinstance(node, Cpp) for node in walk(expression))


def is_condition(expression: Expression) -> bool:
    """Whether the value is true or false (a number is none, though it can be used as one)."""
    if isinstance(expression, Unary):
        return expression.op == "!"
    if isinstance(expression, Reduce):
        return expression.reducer in ("any", "all")
    return isinstance(expression, (Comparison, Logical))


def rebuild(node: Expression, parts: tuple[Expression, ...]) -> Expression:
    """Return a node of the same kind with other parts."""
    if isinstance(node, Binary):
        return Binary(node.op, parts[0], parts[1])
    if isinstance(node, Comparison):
        return Comparison(parts, node.operators)
    if isinstance(node, Logical):
        return Logical(node.op, parts)
    if isinstance(node, Unary):
        return Unary(node.op, parts[0])
    if isinstance(node, Call):
        return Call(node.function, parts)
    if isinstance(node, Reduce):
        return Reduce(node.reducer, parts[0])
    return node


def transform(expression: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """Apply ``change`` to every leaf, left to right, and build the tree anew."""
    parts = children(expression)
    if not parts:
        return change(expression)
    return rebuild(expression, tuple([transform(part, change) for part in parts]))


def rename(expression: Expression, mapping: Mapping[str, str]) -> Expression:
    """Replace columns by others, such as ``met`` by ``met_JES_up``.

    Parameters
    ----------
    expression : Expression
        An expression; a :class:`~gradcut.expressions.Cpp` is left as it is.
    mapping : mapping of str to str
        Old name to new name; other columns stay.
    """
    return transform(
        expression,
        lambda leaf: (
            Column(mapping[leaf.name]) if isinstance(leaf, Column) and leaf.name in mapping else leaf
        ),
    )


def replace_holes(expression: Expression, change: Callable[[Hole], Expression]) -> Expression:
    """Replace every hole, in order of appearance."""
    return transform(expression, lambda leaf: change(leaf) if isinstance(leaf, Hole) else leaf)


def depth(expression: Expression) -> int:
    """Return the height of the tree, counted without recursion (a hostile file may hold a deep one)."""
    deepest, level = 0, [expression]
    while level:
        deepest += 1
        level = [part for node in level for part in children(node)]
        if deepest > MAX_DEPTH:
            break
    return deepest


def misplaced_hole(expression: Expression) -> Hole | None:
    """Return the first hole that is no threshold: at an end of a ``<`` or ``>``, alone or in a sum."""
    if isinstance(expression, Hole):
        return expression
    pending: list[Expression] = [expression]
    while pending:
        node = pending.pop()
        for index, part in enumerate(children(node)):
            if not _is_threshold(part):
                pending.append(part)
            elif not _may_hold(node, index):
                return next(inner for inner in walk(part) if isinstance(inner, Hole))
    return None


def _is_threshold(node: Expression) -> bool:
    """Whether it is a hole, or arithmetic with holes that are not inside of a comparison of its own."""
    if isinstance(node, Hole):
        return True
    if not isinstance(node, (Binary, Unary, Call, Reduce)) or (isinstance(node, Unary) and node.op == "!"):
        return False
    return any(_is_threshold(part) for part in children(node))


def _may_hold(node: Expression, index: int) -> bool:
    from gradcut.expressions.linear import varies

    if not isinstance(node, Comparison) or not all(operator in _ORDERINGS for operator in node.operators):
        return False
    threshold = node.operands[index]
    if len(node.operands) == 2:
        both = all(_is_threshold(end) for end in node.operands)
        return not both and (isinstance(threshold, Hole) or varies(threshold))
    return index != 1 and isinstance(threshold, Hole)


HOLE_RULE = (
    "one side of <, <=, > or >= ('met > ?', 'met > ?a + ?b * npv'), or the ends of a window ('? < mll < ?')"
)


def check_structure(expression: Expression) -> None:
    """Check what concerns the tree as a whole: its height, the places of holes and of C++.

    Raises
    ------
    DeclarationError
        If a rule is broken; the message names it.
    """
    if depth(expression) > MAX_DEPTH:
        raise DeclarationError(
            f"an expression is nested at most {MAX_DEPTH} levels deep",
            hint="a sum of n terms has n levels; Define a column for part of it",
        )
    hole = misplaced_hole(expression)
    if hole is not None:
        raise DeclarationError("a '?' in the wrong place", given=f"?{hole.name or ''}", allowed=HOLE_RULE)
    whole = expression
    if isinstance(whole, Comparison):
        parts: tuple[Expression, ...] = tuple(part for part in whole.operands if not isinstance(part, Cpp))
    else:
        parts = () if isinstance(whole, Cpp) else (whole,)
    if any(has_cpp(part) for part in parts):
        raise DeclarationError(
            "gc.Cpp stands for a whole requirement or a whole feature",
            hint="write the rest in C++ too, or Define a column for it",
        )
