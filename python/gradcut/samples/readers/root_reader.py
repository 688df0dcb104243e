"""A plan as one RDataFrame event loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcut.errors import DataError, GradcutError, RootError, located
from gradcut.expressions import Number
from gradcut.jagged import Jagged
from gradcut.samples.readers.missing import missing_to_nan
from gradcut.samples.readers.plan import Array, Quantity, RawEvents, RawTotals, ReadPlan
from gradcut.samples.readers.root_graph import RootGraph
from gradcut.samples.readers.root_nodes import first_line

__all__ = ["book_plan"]

_ENTRY = "rdfentry_"


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
        graph = RootGraph(root.RDF.AsRNode(node))
        quantities = [graph.quantity(quantity) for quantity in plan.quantities]
        totals, entries = graph.totals(quantities[plan.weight]), graph.totals(None)
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
    return RootPending(plan, booked, totals, entries, quantities, masks)


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
        Sums of weights over all events; of ones, where the weight is a constant.
    entries : BookedMoments
        The same of ones: an event of weight zero is none in ``totals``.
    quantities : list of str or None
        Column of each quantity; None for constants.
    masks : list of str
        Column of each requirement; empty where there is only one, which is the filter.
    """

    plan: ReadPlan
    collected: Any
    totals: Any
    entries: Any
    quantities: list[str | None]
    masks: list[str]

    @property
    def booked(self) -> Sequence[Any]:
        """The collect action and the sums, computed by the same loop."""
        return (self.collected, self.totals, self.entries)

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
        entries = float(self.entries.value()[0, 0, 0])
        _, sum_w, sum_w2 = (float(value) for value in self.totals.value()[0, :, 0])
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


def _values(quantity: Quantity, name: str | None, found: Mapping[str, Any], n_events: int) -> Array | Jagged:
    if isinstance(quantity.expression, Number):
        return np.full(n_events, quantity.expression.value)
    values: Array | Jagged = found[name or ""]
    if quantity.is_plain and quantity.sentinels:
        return missing_to_nan(values, quantity.sentinels)
    return values


def _vector(values: Array | Jagged) -> Jagged:
    if not isinstance(values, Jagged):
        raise DataError("a vector column was not read as one")
    return values
