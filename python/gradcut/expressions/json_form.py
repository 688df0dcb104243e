"""A tree as plain JSON values, and back, strictly.

Files store the tree and never a text to be executed. Every name, operator and number of arguments of a
loaded tree is checked, so whatever is rendered from it is an expression of the grammar.
"""

from __future__ import annotations

from typing import Any

from gradcut.errors import DeclarationError, SchemaError
from gradcut.expressions.nodes import (
    Binary,
    Call,
    Column,
    Comparison,
    Expression,
    Hole,
    Logical,
    Number,
    Reduce,
    Unary,
)
from gradcut.expressions.structure import MAX_DEPTH, check_structure, has_cpp
from gradcut.expressions.text import describe

__all__ = ["from_json", "to_json"]

# First key -> all keys of that node.
_KEYS = {
    "number": {"number"},
    "column": {"column"},
    "hole": {"hole"},
    "unary": {"unary", "operand"},
    "binary": {"binary", "left", "right"},
    "comparison": {"comparison", "operands"},
    "logical": {"logical", "operands"},
    "call": {"call", "arguments"},
    "reduce": {"reduce", "argument"},
}


def to_json(expression: Expression) -> dict[str, Any]:
    """Return an expression as plain dicts, lists, strings and numbers.

    Raises
    ------
    DeclarationError
        If part of it is C++ from live code: what a file contains must never be executed.
    """
    if has_cpp(expression):
        raise DeclarationError(
            "gc.Cpp cannot be saved",
            given=describe(expression),
            hint="a loaded file must never execute what stands in it; write it in the grammar, or Define a "
            "column for it in the sample",
        )
    return _plain(expression)


def _plain(node: Expression) -> dict[str, Any]:
    if isinstance(node, Number):
        return {"number": node.value}
    if isinstance(node, Column):
        return {"column": node.name}
    if isinstance(node, Hole):
        return {"hole": node.name}
    if isinstance(node, Unary):
        return {"unary": node.op, "operand": _plain(node.operand)}
    if isinstance(node, Binary):
        return {"binary": node.op, "left": _plain(node.left), "right": _plain(node.right)}
    if isinstance(node, Comparison):
        return {"comparison": list(node.operators), "operands": [_plain(part) for part in node.operands]}
    if isinstance(node, Logical):
        return {"logical": node.op, "operands": [_plain(part) for part in node.operands]}
    if isinstance(node, Call):
        return {"call": node.function, "arguments": [_plain(part) for part in node.arguments]}
    if isinstance(node, Reduce):
        return {"reduce": node.reducer, "argument": _plain(node.argument)}
    raise DeclarationError("not an expression", given=repr(node)[:80])


def from_json(obj: object) -> Expression:
    """Build the tree that :func:`to_json` wrote.

    Parameters
    ----------
    obj : object
        What ``json.loads`` returned.

    Raises
    ------
    SchemaError
        If anything is odd: an unknown key, a wrong type, a name that is no column, a number that is not
        finite, a tree that is too deep. The message says where in the tree.
    """
    try:
        expression = _node(obj, "expression", 0)
        check_structure(expression)
    except DeclarationError as error:
        raise SchemaError(
            error.problem, given=error.given, allowed=error.allowed, where=error.where, hint=error.hint
        ) from error
    return expression


def _node(obj: object, where: str, level: int) -> Expression:
    if level > MAX_DEPTH:
        raise SchemaError(f"an expression is nested at most {MAX_DEPTH} levels deep", where="expression")
    if not isinstance(obj, dict) or not all(isinstance(key, str) for key in obj):
        raise SchemaError("a node of an expression is an object", given=repr(obj)[:80], where=where)
    if "cpp" in obj:
        raise SchemaError(
            "a file cannot contain C++",
            where=where,
            hint="a loaded file must never execute what stands in it; declare gc.Cpp in live code",
        )
    kinds = [kind for kind in _KEYS if kind in obj]
    if len(kinds) != 1 or set(obj) != _KEYS[kinds[0]]:
        raise SchemaError(
            "not a node of an expression",
            given=repr(sorted(obj))[:80],
            allowed="; ".join(", ".join(sorted(keys)) for keys in _KEYS.values()),
            where=where,
        )
    kind = kinds[0]
    try:
        return _build(kind, obj, where, level)
    except DeclarationError as error:
        raise SchemaError(
            error.problem, given=error.given, allowed=error.allowed, where=where, hint=error.hint
        ) from error


def _build(kind: str, obj: dict[str, Any], where: str, level: int) -> Expression:
    def part(key: str) -> Expression:
        return _node(obj[key], f"{where}.{key}", level + 1)

    def parts(key: str) -> tuple[Expression, ...]:
        items = _list(obj[key], f"{where}.{key}")
        return tuple([_node(item, f"{where}.{key}[{i}]", level + 1) for i, item in enumerate(items)])

    value = obj[kind]
    if kind == "number":
        return Number(value)
    if kind == "column":
        return Column(value)
    if kind == "hole":
        return Hole(value)
    if kind == "unary":
        return Unary(value, part("operand"))
    if kind == "binary":
        return Binary(value, part("left"), part("right"))
    if kind == "comparison":
        return Comparison(parts("operands"), tuple(_list(value, f"{where}.comparison")))
    if kind == "logical":
        return Logical(value, parts("operands"))
    if kind == "call":
        return Call(value, parts("arguments"))
    return Reduce(value, part("argument"))


def _list(value: object, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise SchemaError("a list is expected", given=repr(value)[:80], where=where)
    return value
