"""A plan as one RDataFrame event loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcut.errors import DataError, GradcutError, RootError
from gradcut.expressions import Column, Cpp, Expression, Number, columns, rename, render_cpp
from gradcut.jagged import Jagged
from gradcut.kernel_spec import KernelSpec
from gradcut.samples.readers.checks import located
from gradcut.samples.readers.missing import missing_to_nan
from gradcut.samples.readers.plan import Array, Quantity, RawEvents, RawTotals, ReadPlan, Requirement
from gradcut.samples.readers.root_nodes import first_line, schema_of_node

__all__ = ["book_plan"]

_PREFIX = "_gradcut_samples_"
_ENTRY = "rdfentry_"
_NO_CODES, _NO_INDICES = np.empty(0, np.uint8), np.empty(0, np.int64)
_NO_CUTS = KernelSpec("hard", _NO_CODES, _NO_CODES, _NO_INDICES, _NO_INDICES, (), ())


def book_plan(node: Any, plan: ReadPlan) -> RootPending:
    """Book everything that a plan wants on a node; nothing runs yet.

    Raises
    ------
    DataError
        If ROOT does not accept a column or a C++ expression.
    """
    from gradcut.rdf import book_collect, library

    root = library.load()
    try:
        graph = _Graph(root.RDF.AsRNode(node))
        quantities = [graph.quantity(quantity) for quantity in plan.quantities]
        totals = graph.totals(quantities[plan.weight])
        masks = graph.filter(plan.requirements)
        names = [name for name in (*quantities, *masks, *plan.vectors) if name is not None]
        booked = book_collect(graph.node, list(dict.fromkeys([_ENTRY, *names])))
        if plan.vary:
            booked.book_variations()
    except GradcutError as error:
        raise located(error, plan.where) from error
    except Exception as error:  # cppyy turns every C++ exception into one of its own
        raise RootError(
            "ROOT does not accept what is to be read",
            where=plan.where,
            given=first_line(error),
            hint="see the messages of ROOT's interpreter above",
        ) from error
    return RootPending(plan, booked, totals, quantities, masks)


@dataclass(slots=True)
class RootPending:
    """A booked event loop and how its columns make up what was planned.

    Parameters
    ----------
    plan : ReadPlan
        What was planned.
    collected : Booked
        The collect action.
    totals : BookedMoments
        Sums over all events; of ones, where the weight is a constant.
    quantities : list of str or None
        Column of each quantity; None for constants.
    masks : list of str
        Column of each requirement; empty where there is only one, which is the filter.
    """

    plan: ReadPlan
    collected: Any
    totals: Any
    quantities: list[str | None]
    masks: list[str]

    @property
    def booked(self) -> Sequence[Any]:
        """The collect action and the sums, computed by the same loop."""
        return (self.collected, self.totals)

    def finish(self) -> RawEvents:
        """Return the events, after the loop."""
        try:
            found = self.collected.value()
            varied = self.collected.variations() if self.plan.vary else {}
        except GradcutError as error:
            raise located(error, self.plan.where) from error
        before = self._before()
        events = self._events(found, before)
        events.varied = {
            tag: self._events(columns, before)
            for tag, columns in varied.items()
            if tag.rpartition(":")[0] in self.plan.vary
        }
        return events

    def _before(self) -> RawTotals:
        entries, sum_w, sum_w2 = (float(value) for value in self.totals.value()[0, :, 0])
        weight = self.plan.quantities[self.plan.weight].expression
        if isinstance(weight, Number):
            sum_w, sum_w2 = entries * weight.value, entries * weight.value**2
        return RawTotals(int(entries), sum_w, sum_w2)

    def _events(self, found: Mapping[str, Array | Jagged], before: RawTotals) -> RawEvents:
        entries = np.asarray(found[_ENTRY]).astype(np.int64)
        n_events = len(entries)
        quantities = [
            _values(quantity, name, found, n_events)
            for quantity, name in zip(self.plan.quantities, self.quantities, strict=True)
        ]
        masks = [np.asarray(found[name]) != 0 for name in self.masks] or [np.ones(n_events, dtype=bool)]
        vectors = {name: _vector(found[name]) for name in self.plan.vectors}
        return RawEvents(quantities, vectors, masks, entries, before)


def _values(quantity: Quantity, name: str | None, found: Mapping[str, Any], n_events: int) -> Array:
    if isinstance(quantity.expression, Number):
        return np.full(n_events, quantity.expression.value)
    values = np.asarray(found[name or ""])
    if quantity.is_plain and quantity.sentinels:
        return missing_to_nan(values, quantity.sentinels)
    return values


def _vector(values: Array | Jagged) -> Jagged:
    if not isinstance(values, Jagged):
        raise DataError("a vector column was not read as one")
    return values


class _Graph:
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
        if quantity.sentinels:
            mapping = {
                name: self._without_sentinels(name, quantity.sentinels) for name in columns(expression)
            }
            expression = rename(expression, mapping)
        return self._define(f"static_cast<double>({self._code(expression)})")

    def totals(self, weight: str | None) -> Any:
        """Book sums over all events, before the filter: the moments of a selection without cuts."""
        from gradcut.rdf import book_soft_moments

        nothing = np.empty((1, 0))
        # Compiled ahead of time, where RDataFrame's Count and Sum cost seconds of just-in-time compilation.
        return book_soft_moments(
            self.node,
            _NO_CUTS,
            [],
            weight,
            nothing,
            nothing,
            nothing,
            precision="float64",
            derivatives="none",
        )

    def filter(self, requirements: Sequence[Requirement]) -> list[str]:
        """Keep events that pass any requirement; return their columns where there are several."""
        conditions = [" && ".join(f"({self._code(part)})" for part in parts) for parts in requirements]
        if len(conditions) == 1:
            if conditions[0]:
                self.node = self.node.Filter(conditions[0])
            return []
        names = [self._define(f"static_cast<int>({condition or 'true'})") for condition in conditions]
        self.node = self.node.Filter(" || ".join(names))
        return names

    def _code(self, expression: Expression) -> str:
        if isinstance(expression, Cpp):
            return expression.code
        types = {name: self._type(name) for name in columns(expression)}
        return render_cpp(expression, types=types)

    def _type(self, name: str) -> str:
        return self._types[name] if name in self._types else self._schema.type_of(name).text

    def _define(self, code: str) -> str:
        name = f"{_PREFIX}{self._count}"
        self._count += 1
        self.node = self.node.Define(name, code)
        return name

    def _without_sentinels(self, name: str, sentinels: tuple[float, ...]) -> str:
        key = (name, sentinels)
        if key not in self._mended:
            kind = self._schema.type_of(name)
            # Compared in the type of the column, where a sentinel such as -999.9 was rounded.
            suffix = "f" if kind.dtype == "float32" else ""
            test = " || ".join(f"{name} == {value!r}{suffix}" for value in sentinels)
            nan = "std::numeric_limits<double>::quiet_NaN()"
            # No lambda: RDataFrame takes a text with the word "return" in it for a whole function body.
            code = f"({test}) ? {nan} : static_cast<double>({name})"
            if kind.is_vector:
                doubles = f"ROOT::VecOps::RVec<double>({name}.begin(), {name}.end())"
                code = f"ROOT::VecOps::Where({test}, {nan}, {doubles})"
            text = "ROOT::VecOps::RVec<double>" if kind.is_vector else "double"
            self._mended[key] = self._define(code)
            self._types[self._mended[key]] = text
        return self._mended[key]
