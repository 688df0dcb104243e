"""Defines and Filters of gradcut on an RDataFrame node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradcut.expressions import (
    Column,
    Cpp,
    Expression,
    Number,
    columns,
    has_cpp,
    is_condition,
    rename,
    render_cpp,
)
from gradcut.expressions.guards import guard_feature, sentinels_with_floats
from gradcut.expressions.kinds import column_type, is_vector
from gradcut.kernel_spec import KernelSpec
from gradcut.samples.readers.plan import Quantity, Requirement
from gradcut.samples.readers.root_nodes import schema_of_node

__all__ = ["NO_CUTS", "RootGraph"]

_PREFIX = "_gradcut_samples_"
_NAN = "std::numeric_limits<double>::quiet_NaN()"
_NO_CODES, _NO_INDICES = np.empty(0, np.uint8), np.empty(0, np.int64)
#: A selection that keeps everything.
NO_CUTS = KernelSpec("hard", _NO_CODES, _NO_CODES, _NO_INDICES, _NO_INDICES, (), ())


class RootGraph:
    """A node to which Defines and Filters are added."""

    def __init__(self, node: Any) -> None:
        self.node = node
        self._schema = schema_of_node(node)
        self._types: dict[str, str] = {}
        self._mended: dict[tuple[str, tuple[float, ...]], str] = {}
        self._count = 0

    def quantity(self, quantity: Quantity) -> str | None:
        """Return the column of a quantity, defined where it is not one already; None for a constant."""
        expression = quantity.expression
        if isinstance(expression, Number):
            return None
        if isinstance(expression, Column):
            return expression.name
        sentinels = quantity.sentinels
        if sentinels is not None and not has_cpp(expression):
            if not is_condition(expression):
                return self.define(self._feature(expression, sentinels))
            if sentinels:
                mapping = {name: self.without_sentinels(name, sentinels) for name in columns(expression)}
                expression = rename(expression, mapping)
        return self.define(self._doubles(expression))

    def _feature(self, expression: Expression, sentinels: tuple[float, ...]) -> str:
        vectors = [name for name in columns(expression) if self._schema.is_vector(name)]
        value, absent = guard_feature(expression, sentinels=sentinels, vectors=vectors)
        code = self._doubles(value)
        if absent is None:
            return code
        test = self._code(absent)
        if not self.gives_objects(value):
            return f"({test}) ? {_NAN} : {code}"
        if self.gives_objects(absent):
            return f"ROOT::VecOps::Where({test}, {_NAN}, {code})"
        return f"({test}) ? ROOT::RVecD({code}.size(), {_NAN}) : {code}"

    def gives_objects(self, expression: Expression) -> bool:
        """Whether an expression has one value per object."""
        types = {name: column_type(self._type(name)) for name in columns(expression)}
        return is_vector(expression, types)

    def _doubles(self, expression: Expression) -> str:
        cast = "ROOT::RVecD" if self.gives_objects(expression) else "static_cast<double>"
        return f"{cast}({self._code(expression)})"

    def totals(self, weight: str | None) -> Any:
        """Book sums over all events, before the filter: the moments of a selection without cuts."""
        from gradcut.rdf import book_soft_moments

        nothing = np.empty((1, 0))
        # Compiled ahead of time, where RDataFrame's Count and Sum cost seconds of just-in-time compilation.
        return book_soft_moments(
            self.node,
            NO_CUTS,
            [],
            weight,
            nothing,
            nothing,
            nothing,
            precision="float64",
            derivatives="none",
        )

    def condition(self, requirement: Requirement) -> str:
        """Return a requirement as C++, empty where everything passes."""
        return " && ".join(f"({self._code(part)})" for part in requirement)

    def filter(self, requirements: Sequence[Requirement]) -> list[str]:
        """Keep events that pass any requirement; return their columns where there are several."""
        conditions = [self.condition(parts) for parts in requirements]
        if len(conditions) == 1:
            if conditions[0]:
                self.node = self.node.Filter(conditions[0])
            return []
        names = [self.define(f"static_cast<int>({condition or 'true'})") for condition in conditions]
        self.node = self.node.Filter(" || ".join(names))
        return names

    def _code(self, expression: Expression) -> str:
        if isinstance(expression, Cpp):
            return expression.code
        types = {name: self._type(name) for name in columns(expression)}
        return render_cpp(expression, types=types, objects=True)

    def _type(self, name: str) -> str:
        return self._types[name] if name in self._types else self._schema.type_of(name).text

    def define(self, code: str) -> str:
        """Define a column and return its name."""
        name = f"{_PREFIX}{self._count}"
        self._count += 1
        self.node = self.node.Define(name, code)
        return name

    def without_sentinels(self, name: str, sentinels: tuple[float, ...]) -> str:
        """Return the column of a column as doubles in which sentinels are NaN."""
        key = (name, sentinels)
        if key not in self._mended:
            kind = self._schema.type_of(name)
            marks = sentinels_with_floats(sentinels)
            test = " || ".join(f"{name} == {mark!r}" for mark in marks)
            # No lambda: RDataFrame takes a text with the word "return" in it for a whole function body.
            code = f"({test}) ? {_NAN} : static_cast<double>({name})"
            if kind.is_vector:
                doubles = f"ROOT::VecOps::RVec<double>({name}.begin(), {name}.end())"
                code = f"ROOT::VecOps::Where({test}, {_NAN}, {doubles})"
            text = "ROOT::VecOps::RVec<double>" if kind.is_vector else "double"
            self._mended[key] = self.define(code)
            self._types[self._mended[key]] = text
        return self._mended[key]
