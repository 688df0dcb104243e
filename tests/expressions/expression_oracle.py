"""A slow, obvious interpreter: one event at a time, Python floats, the C library for the functions.

Written from the description of the grammar only; it shares the node classes with the package, nothing else.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import math

from gradcut.expressions import Binary, Call, Column, Comparison, Logical, Number, Reduce, Unary

_C = ctypes.CDLL(ctypes.util.find_library("m"))


def _c(name, n_arguments):
    function = getattr(_C, name)
    function.restype = ctypes.c_double
    function.argtypes = [ctypes.c_double] * n_arguments
    return function


_FUNCTIONS = {
    "abs": _c("fabs", 1),
    "sqrt": _c("sqrt", 1),
    "exp": _c("exp", 1),
    "log": _c("log", 1),
    "sin": _c("sin", 1),
    "cos": _c("cos", 1),
    "tan": _c("tan", 1),
    "pow": _c("pow", 2),
    "atan2": _c("atan2", 2),
    "hypot": _c("hypot", 2),
}
_FMOD = _c("fmod", 2)


def value(node, row):
    """Value of an expression for one row: a float, a bool, or a list of them for a vector."""
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Column):
        cell = row[node.name]
        return [float(x) for x in cell] if isinstance(cell, list) else float(cell)
    if isinstance(node, Unary):
        return _map(_not if node.op == "!" else _minus, value(node.operand, row))
    if isinstance(node, Binary):
        return _map(lambda a, b: _arithmetic(node.op, a, b), value(node.left, row), value(node.right, row))
    if isinstance(node, Comparison):
        operands = [value(operand, row) for operand in node.operands]
        return _map(lambda *numbers: _chain(node.operators, numbers), *operands)
    if isinstance(node, Logical):
        operands = [value(operand, row) for operand in node.operands]
        together = all if node.op == "&&" else any
        return _map(lambda *truths: together([_true(t) for t in truths]), *operands)
    if isinstance(node, Call):
        arguments = [value(argument, row) for argument in node.arguments]
        return _map(lambda *numbers: _call(node.function, [float(n) for n in numbers]), *arguments)
    assert isinstance(node, Reduce)
    return _reduce(node.reducer, value(node.argument, row))


def _map(function, *operands):
    vectors = [operand for operand in operands if isinstance(operand, list)]
    if not vectors:
        return function(*operands)
    n = len(vectors[0])
    assert all(len(vector) == n for vector in vectors)
    return [function(*[o[i] if isinstance(o, list) else o for o in operands]) for i in range(n)]


def _true(x):
    return x != 0


def _not(x):
    return x == 0


def _minus(x):
    return -float(x)


def _arithmetic(op, a, b):
    a, b = float(a), float(b)
    if op == "+":
        return a + b
    if op == "-":
        return a - b
    if op == "*":
        return a * b
    if op == "%":
        return _FMOD(a, b)
    if b != 0:
        return a / b
    if a == 0 or a != a or b != b:
        return math.nan
    return math.inf if math.copysign(1, a) == math.copysign(1, b) else -math.inf


def _chain(operators, numbers):
    for i, op in enumerate(operators):
        a, b = float(numbers[i]), float(numbers[i + 1])
        holds = {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b, "==": a == b, "!=": a != b}[op]
        if not holds:
            return False
    return True


def _call(name, numbers):
    if name not in ("min", "max"):
        return _FUNCTIONS[name](*numbers)
    return _best(name, numbers)


def _best(name, numbers):
    if not numbers or any(math.isnan(x) for x in numbers):
        return math.nan
    best = numbers[0]
    for x in numbers:
        if (x > best) if name == "max" else (x < best):
            best = x
    return best


def _reduce(reducer, objects):
    assert isinstance(objects, list)
    if reducer == "any":
        return any(_true(x) for x in objects)
    if reducer == "all":
        return all(_true(x) for x in objects)
    if reducer == "count":
        return float(sum(1 for x in objects if _true(x)))
    numbers = [float(x) for x in objects]
    if reducer == "sum":
        total = 0.0
        for x in numbers:
            total = total + x
        return total
    return _best(reducer, numbers)
