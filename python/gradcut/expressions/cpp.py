"""Expressions as C++ for RDataFrame strings, with the meaning of the grammar.

C++ computes in the types of the columns; the grammar computes in double. Where both agree the text stays as
short as the user's own (``met > 350``); where they do not, one operand is converted:

* ``int / int`` divides integers, ``float + float`` rounds to float, ``-unsigned`` wraps around;
* ``unsigned < int`` compares unsigned numbers, ``int < float`` compares floats, long integers compare bits
  that a double does not have;
* ``std::max`` and ``ROOT::VecOps::Max`` lose NaN, and ``Max`` of an empty vector reads behind its end;
* compilers replace ``pow(x, 2.0)`` by ``x * x``, ``pow(x, -1.0)`` by ``1 / x`` and ``pow(2.0, x)`` by
  ``exp2(x)``, which differ from the library's ``pow`` in the last bit: a constant is read through
  ``volatile`` so that they cannot.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Mapping
from dataclasses import replace

from gradcut.errors import DeclarationError
from gradcut.expressions import cpp_functions
from gradcut.expressions.cpp_functions import Code, as_double
from gradcut.expressions.kinds import ColumnType, check_vectors, column_type
from gradcut.expressions.nodes import (
    Binary,
    Call,
    Column,
    Comparison,
    Cpp,
    Expression,
    Logical,
    Number,
    Reduce,
    Unary,
)
from gradcut.expressions.structure import columns, has_holes
from gradcut.expressions.text import to_text

__all__ = ["MAX_CODE_LENGTH", "render_cpp"]

#: Longest C++ expression that is produced; windows, minima and maxima repeat what they hold.
MAX_CODE_LENGTH = 100_000

# Integers up to here are exact in float: comparing any column with them as int is comparing in double.
_EXACT = 1 << 24

_OR, _AND, _COMPARISON, _SUM, _PRODUCT, _UNARY, _PRIMARY = range(1, 8)


def render_cpp(
    expression: Expression,
    *,
    vectors: Collection[str] = (),
    types: Mapping[str, str] | None = None,
    objects: bool = False,
) -> str:
    """Write an expression for RDataFrame's ``Filter`` and ``Define``.

    Parameters
    ----------
    expression : Expression
        A tree without holes.
    vectors : collection of str, optional
        Names of the columns that are vectors.
    types : mapping of str to str, optional
        Types of columns as RDataFrame names them. Not needed; with them the text has fewer conversions, and
        vectors need not be listed.
    objects : bool, default False
        Whether the value may be one per object, an RVec.

    Returns
    -------
    str
        A C++ expression without ``return``; gives the same value as :func:`evaluate`, bit for bit.

    Raises
    ------
    DeclarationError
        If holes are left, a vector is not reduced, or the text would be longer than 100000 characters.

    Examples
    --------
    >>> from gradcut.expressions import parse, render_cpp
    >>> render_cpp(parse("81 < mll < 101"))
    '81 < mll && mll < 101'
    >>> render_cpp(parse("count(jet_pt > 30) >= 2"), vectors=["jet_pt"])
    'Sum(jet_pt > 30) >= 2'
    """
    if has_holes(expression):
        raise DeclarationError(
            "an expression with a '?' cannot be evaluated",
            given=to_text(expression),
            hint="bind values to the parameters first",
        )
    known = {name: column_type((types or {}).get(name, "scalar")) for name in columns(expression)}
    for name in known:
        if name in vectors:
            known[name] = replace(known[name], vector=True)
    check_vectors(expression, known, objects=objects)
    return _Renderer(known).render(expression).text


class _Renderer:
    def __init__(self, types: Mapping[str, ColumnType]) -> None:
        self._types = types

    def render(self, node: Expression) -> Code:
        code = self._node(node)
        if len(code.text) > MAX_CODE_LENGTH:
            raise DeclarationError(
                f"an expression of more than {MAX_CODE_LENGTH} characters of C++",
                given=code.text[:60] + "...",
                hint="nested windows, min and max repeat what they hold; Define a column for part of it",
            )
        return code

    def _node(self, node: Expression) -> Code:
        if isinstance(node, Number):
            return _literal(node.value)
        if isinstance(node, Column):
            kind = self._types[node.name]
            element = "truth" if kind.element == "bool" else kind.element
            return Code(node.name, _PRIMARY, element, kind.vector)
        if isinstance(node, Unary):
            return self._unary(node)
        if isinstance(node, Binary):
            return self._binary(node)
        if isinstance(node, Comparison):
            return self._comparison(node)
        if isinstance(node, Logical):
            return self._logical(node)
        if isinstance(node, Call):
            arguments = [self.render(argument) for argument in node.arguments]
            if node.function in ("min", "max"):
                return self._extreme(node, arguments)
            constant = [not columns(argument) for argument in node.arguments]
            return cpp_functions.call(node.function, arguments, constant)
        if isinstance(node, Reduce):
            return cpp_functions.reduce(node.reducer, self.render(node.argument))
        if isinstance(node, Cpp):
            return Code(f"({node.code})", _PRIMARY, "number", False)
        raise DeclarationError("an expression that cannot be rendered", given=repr(node)[:80])

    def _extreme(self, node: Call, arguments: list[Code]) -> Code:
        result = arguments[0]
        for argument, part in zip(arguments[1:], node.arguments[1:], strict=True):
            # Only a literal is known not to be NaN: log(-1) is a constant too.
            literal = isinstance(part, Number)
            result = cpp_functions.extreme(node.function, result, argument, second_is_literal=literal)
        return result

    def _condition(self, node: Expression) -> Code:
        if isinstance(node, Number):  # compilers warn about a double that is used as a condition
            return Code("true" if node.value != 0.0 else "false", _PRIMARY, "truth", False)
        return self.render(node)

    def _unary(self, node: Unary) -> Code:
        if node.op == "-":
            operand = as_double(self.render(node.operand))
            return Code(f"-{operand.at_least(_PRIMARY)}", _UNARY, "double", operand.vector)
        operand = self._condition(node.operand)
        if operand.vector and operand.element != "truth":
            # The operator ! of RVec keeps the element's type; a comparison gives RVec<int>.
            return Code(f"{operand.at_least(_SUM)} == 0", _COMPARISON, "truth", True)
        return Code(f"!{operand.at_least(_PRIMARY)}", _UNARY, "truth", operand.vector)

    def _binary(self, node: Binary) -> Code:
        left, right = self.render(node.left), self.render(node.right)
        if "double" not in (left.element, right.element):
            left = as_double(left)
        vector = left.vector or right.vector
        if node.op == "%":
            function = "fmod" if vector else "std::fmod"
            return Code(f"{function}({left.text}, {right.text})", _PRIMARY, "double", vector)
        precedence = _SUM if node.op in "+-" else _PRODUCT
        text = f"{left.at_least(precedence)} {node.op} {right.at_least(precedence + 1)}"
        return Code(text, precedence, "double", vector)

    def _comparison(self, node: Comparison) -> Code:
        operands = [self.render(operand) for operand in node.operands]
        pairs = [
            self._pair(operator, node.operands[i], operands[i], node.operands[i + 1], operands[i + 1])
            for i, operator in enumerate(node.operators)
        ]
        if len(pairs) == 1:
            return pairs[0]
        vector = any(pair.vector for pair in pairs)
        return Code(" && ".join([pair.at_least(_COMPARISON) for pair in pairs]), _AND, "truth", vector)

    def _pair(
        self, operator: str, left_node: Expression, left: Code, right_node: Expression, right: Code
    ) -> Code:
        vector = left.vector or right.vector
        if left_node == right_node and operator in ("==", "!=") and not vector:
            # x == x, the guard against NaN; compilers warn about it where x is an integer.
            if not left.may_be_nan:
                return Code("true" if operator == "==" else "false", _PRIMARY, "truth", False)
            text = f"std::isnan({left.text})"
            return Code(f"!{text}" if operator == "==" else text, _UNARY, "truth", False)
        if not vector and operator in ("==", "!="):
            for number, code in ((right_node, left), (left_node, right)):
                if isinstance(number, Number) and not _can_equal(code.element, number.value):
                    return Code("true" if operator == "!=" else "false", _PRIMARY, "truth", False)
        if isinstance(right_node, Number) and not isinstance(left_node, Number):
            right = _literal(right_node.value, left.element)
        elif isinstance(left_node, Number) and not isinstance(right_node, Number):
            left = _literal(left_node.value, right.element)
        elif not _compares_in_double(left.element, right.element):
            left = as_double(left)
        return Code(f"{left.at_least(_SUM)} {operator} {right.at_least(_SUM)}", _COMPARISON, "truth", vector)

    def _logical(self, node: Logical) -> Code:
        neutral = "true" if node.op == "&&" else "false"
        parts = [self._condition(operand) for operand in node.operands]
        parts = [part for part in parts if part.text != neutral] or parts[:1]
        if len(parts) == 1:
            return _as_truth(parts[0])
        precedence = _AND if node.op == "&&" else _OR
        # Compilers warn about && inside || without parentheses.
        texts = [part.at_least(_AND if node.op == "&&" else _COMPARISON) for part in parts]
        return Code(f" {node.op} ".join(texts), precedence, "truth", any(part.vector for part in parts))


def _as_truth(code: Code) -> Code:
    if code.element == "truth":
        return code
    return Code(f"{code.at_least(_SUM)} != 0", _COMPARISON, "truth", code.vector)


def _compares_in_double(left: str, right: str) -> bool:
    """Whether C++ compares these elements as their doubles would compare; small integers are safe."""
    return bool({left, right} & {"double", "truth", "count"}) or left == right == "float"


def _can_equal(element: str, value: float) -> bool:
    """Whether a number of this type can have a value (else compilers warn about the comparison)."""
    if element in ("int", "unsigned", "truth", "count"):
        return value == int(value)
    return element != "float" or _float_text(value) is not None


def _literal(value: float, beside: str = "") -> Code:
    """Write a number so that it is a double, or in a comparison with ``beside`` cannot be told from one."""
    text = repr(value)
    if beside and value == int(value) and abs(value) <= _EXACT:
        signed = beside in ("float", "double", "int", "truth", "count")
        if value >= 0 or signed:
            text = str(int(value))
    elif beside == "float":
        text = min(text, _float_text(value) or text, key=len)
    return Code(text, _UNARY if text.startswith("-") else _PRIMARY, "double", False)


def _float_text(value: float) -> str | None:
    """Write a number that is a float as such, ``0.1f`` for 0.10000000149011612, or None where it is none."""
    for digits in range(1, 10):
        text = f"{value:.{digits}g}"
        try:
            single = struct.unpack("f", struct.pack("f", float(text)))[0]
        except OverflowError:
            continue
        if single == value:
            return f"{text if '.' in text or 'e' in text else text + '.0'}f"
    return None
