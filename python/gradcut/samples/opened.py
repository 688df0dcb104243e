"""A source in RDataFrame: everything defined that its variations need, nothing read yet."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.errors import DataError
from gradcut.expressions import Column, Number
from gradcut.samples.readers.root_graph import NO_CUTS, RootGraph
from gradcut.samples.readers.root_nodes import variations_of_node
from gradcut.samples.resolve import Resolved, Settings, Universe
from gradcut.samples.source_sums import Moments, SourceSums
from gradcut.samples.streamed import StreamedTag
from gradcut.samples.variations import NOMINAL

if TYPE_CHECKING:
    from gradcut.samples.process import Process
    from gradcut.samples.readers.plan import Quantity

__all__ = ["BookedSums", "OpenedSource", "SourcePlan"]


@dataclass(frozen=True, slots=True)
class SourcePlan:
    """What is read of one source, as plain data that can be pickled where its source can.

    Parameters
    ----------
    process : Process
        As declared; its source is the one that is read.
    resolved : Resolved
        What each variation reads.
    settings : Settings
        What is the same for all processes.
    part : str or None
        The part of the split.
    """

    process: Process
    resolved: Resolved
    settings: Settings
    part: str | None


@dataclass(frozen=True, slots=True)
class BookedSums:
    """Sums that one loop will find."""

    moments: tuple[Any, ...]
    largest: Any
    lengths: tuple[tuple[Any, Any], ...]

    def found(self) -> SourceSums:
        """Return them, after the loop."""
        read, before, passing, full, part, absolute = (_sums(booked) for booked in self.moments)
        return SourceSums(
            int(read[0]),
            before,
            full,
            part,
            int(passing[0]),
            absolute[1],
            1.0 if self.largest is None else float(self.largest.GetValue()),
            tuple((int(low.GetValue()), int(high.GetValue())) for low, high in self.lengths),
        )


class OpenedSource:
    """The node of one source with everything defined.

    Parameters
    ----------
    plan : SourcePlan
        What is read.
    node : RDataFrame node
        Of its source, or of some of its events.
    """

    def __init__(self, plan: SourcePlan, node: Any) -> None:
        from gradcut import rdf

        root = rdf.load()
        self.plan = plan
        self._resolved, self._settings = plan.resolved, plan.settings
        self._graph = RootGraph(root.RDF.AsRNode(node))
        self._columns = [self._column(quantity) for quantity in self._resolved.plan.quantities]
        self._sizes = [
            self._graph.define(f"static_cast<int>({vector.variation.column}.size())")
            for vector in self._resolved.vectors
        ]
        weight = self._columns[self._resolved.plan.weight]
        self._absolute = (
            None if weight is None else self._graph.define(f"std::abs(static_cast<double>({weight}))")
        )
        self._source = self._graph.node
        self._inside = self._part_condition(plan.part)
        self._nodes: dict[int, Any] = {}

    def book_sums(self) -> BookedSums:
        """Book the sums that normalise and split the source."""
        nominal = self._resolved.universes[0]
        weight = self._columns[self._resolved.plan.weight]
        full, chosen = self._filtered(nominal.requirement, ""), self._node_of(nominal)
        moments = (
            *(_moments(self._source, name) for name in (None, weight)),
            *(_moments(full, name) for name in (None, weight)),
            *(_moments(chosen, name) for name in (weight, self._absolute)),
        )
        largest = None if self._absolute is None else chosen.Max(self._absolute)
        lengths = tuple((self._source.Min(size), self._source.Max(size)) for size in self._sizes)
        return BookedSums(moments, largest, lengths)

    @property
    def constant(self) -> float:
        """What every nominal weight is multiplied with beside its column."""
        return self._constant(self._resolved.universes[0])

    def tags(self, lengths: Sequence[tuple[int, int]]) -> tuple[StreamedTag, ...]:
        """Return the variations, nominal first.

        Parameters
        ----------
        lengths : sequence of (int, int)
            Of :class:`SourceSums`, over all events of the source.
        """
        self._numbers = itertools.count()
        return tuple(self._tags(lengths))

    def _column(self, quantity: Quantity) -> str | None:
        if isinstance(quantity.expression, Column) and quantity.sentinels:
            return self._graph.without_sentinels(quantity.expression.name, quantity.sentinels)
        return self._graph.quantity(quantity)

    def _part_condition(self, part: str | None) -> str:
        partition = self._settings.partition
        if partition is None or part is None:
            return ""
        if self._resolved.split is not None:
            column = self._columns[self._resolved.split]
        else:
            from gradcut.rdf import define_uniform

            names = [self._columns[index] for index in self._resolved.identity]
            column = "_gradcut_samples_uniform"
            self._graph.node = define_uniform(
                self._graph.node, column, [name for name in names if name], seed=partition.seed
            )
        return partition.condition(part, str(column))

    def _filtered(self, requirement: int, inside: str) -> Any:
        condition = self._graph.condition(self._resolved.plan.requirements[requirement])
        both = " && ".join(f"({text})" for text in (condition, inside) if text)
        return self._graph.node.Filter(both) if both else self._graph.node

    def _node_of(self, universe: Universe) -> Any:
        if universe.requirement not in self._nodes:
            self._nodes[universe.requirement] = self._filtered(universe.requirement, self._inside)
        return self._nodes[universe.requirement]

    def _constant(self, universe: Universe) -> float:
        value = 1.0
        for index in universe.weights:
            expression = self._resolved.plan.quantities[index].expression
            if isinstance(expression, Number):
                value *= expression.value
        return value

    def _tags(self, lengths: Sequence[tuple[int, int]]) -> Iterator[StreamedTag]:
        resolved = self._resolved
        vary = tuple(
            tag
            for name, tags in variations_of_node(self._graph.node).items()
            if name in resolved.plan.vary
            for tag in tags
        )
        order = itertools.count()
        for universe in resolved.universes:
            weights = [name for index in universe.weights if (name := self._columns[index]) is not None]
            yield self._tag(universe, weights, vary if universe.tag == NOMINAL else (), next(order))
        for vector, (low, high) in zip(resolved.vectors, lengths, strict=True):
            declared = vector.variation
            if low != high:
                raise DataError(
                    f"the vector column '{declared.column}' has different lengths",
                    where=self.plan.process.where,
                    given=f"{low} to {high} elements",
                    hint="a variation by weights needs the same number of them in every event",
                )
            indices = declared.indices if declared.indices is not None else tuple(range(high))
            if not indices or max(indices) >= high:
                raise DataError(
                    f"the vector column '{declared.column}' has {high} weights",
                    where=self.plan.process.where,
                    given=f"index {max(indices, default=0)} in variation '{declared.name}'",
                )
            factors = [name for index in vector.factors if (name := self._columns[index]) is not None]
            for index in indices:
                nominal = resolved.universes[0]
                element = f"static_cast<double>({declared.column}[{index}])"
                universe = Universe(
                    f"{declared.name}:{index}", nominal.features, vector.factors, nominal.requirement
                )
                yield self._tag(universe, [*factors, element], (), next(order))

    def _tag(
        self, universe: Universe, weights: Sequence[str], vary: tuple[str, ...], number: int
    ) -> StreamedTag:
        node = self._node_of(universe)
        weight: str | None = weights[0] if weights else None
        if len(weights) > 1 or (weight is not None and not weight.isidentifier()):
            # Numbered: the name of a variation need not be a name of C++.
            weight = f"_gradcut_samples_weight_{next(self._numbers)}"
            node = node.Define(weight, " * ".join(f"static_cast<double>({name})" for name in weights))
        features = []
        for index in universe.features:
            name = self._columns[index]
            if name is None:  # a constant
                value = self._resolved.plan.quantities[index].expression
                name = f"_gradcut_samples_constant_{index}"
                node = node.Define(name, f"double({value.value!r})" if isinstance(value, Number) else "0.")
            features.append(name)
        for collection in self._settings.objects:
            node = self._repeated(node, universe, collection, features)
        for fixed in features[len(features) - self._settings.n_fixed :]:
            node = node.Filter(f"{fixed} != 0")
        kept = tuple(features[: len(features) - self._settings.n_fixed])
        return StreamedTag(universe.tag, node, kept, weight, self._constant(universe), vary, self, number)

    def _repeated(self, node: Any, universe: Universe, collection: Sequence[int], features: list[str]) -> Any:
        """Repeat the features of a collection that have a value per event, for each of its objects."""
        quantities = self._resolved.plan.quantities
        of_objects = {
            place: self._graph.gives_objects(quantities[universe.features[place]].expression)
            for place in collection
        }
        like = next(features[place] for place in collection if of_objects[place])
        for place in collection:
            if not of_objects[place]:
                name = f"_gradcut_samples_repeated_{next(self._numbers)}"
                value = f"static_cast<double>({features[place]})"
                node = node.Define(name, f"ROOT::RVecD({like}.size(), {value})")
                features[place] = name
        return node


def _moments(node: Any, weight: str | None) -> Any:
    from gradcut.rdf import book_soft_moments

    nothing = np.empty((1, 0))
    # Compiled ahead of time, where RDataFrame's Count and Sum cost seconds of just-in-time compilation.
    return book_soft_moments(
        node, NO_CUTS, [], weight, nothing, nothing, nothing, precision="float64", derivatives="none"
    )


def _sums(booked: Any) -> Moments:
    entries, sum_w, sum_w2 = booked.value()[0, :, 0]
    return float(entries), float(sum_w), float(sum_w2)
