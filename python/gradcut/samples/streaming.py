"""Samples that stay in their files: a node of RDataFrame with the features per process and variation.

Nothing is kept in memory. One event loop over all sources finds the sums that normalise and split them; every
later loop is the engine's.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from gradcut.errors import DataError, DeclarationError
from gradcut.expressions import Column, Number
from gradcut.samples.collect import Job, plan_jobs
from gradcut.samples.process import Process
from gradcut.samples.readers.checks import empty_sample, part_without_events
from gradcut.samples.readers.plan import Quantity, RawTotals
from gradcut.samples.readers.root_graph import NO_CUTS, RootGraph
from gradcut.samples.readers.root_nodes import variations_of_node
from gradcut.samples.resolve import Settings, Universe
from gradcut.samples.tables import VariationGroup
from gradcut.samples.totals import Totals
from gradcut.samples.variation_rules import group_tags
from gradcut.samples.variations import NOMINAL, Variation
from gradcut.samples.weight_checks import check_nominal

__all__ = ["Stream", "StreamedTag", "Streams", "open_streams"]


@dataclass(frozen=True, slots=True)
class StreamedTag:
    """Events of one variation.

    Parameters
    ----------
    tag : str
        The variation.
    node : RDataFrame node
        Events that pass the requirement and belong to the part of the split.
    features : tuple of str
        Their columns.
    weight : str or None
        Column of the weight; None where it is constant.
    constant : float
        The constant weight, 1 where there is a column.
    vary : tuple of str
        Tags of the node's ``Vary``, which the same action can be asked for.
    """

    tag: str
    node: Any
    features: tuple[str, ...]
    weight: str | None
    constant: float
    vary: tuple[str, ...]

    def __reduce__(self) -> NoReturn:
        # ROOT would try to write the node into a buffer, and crash.
        raise DeclarationError(
            "events of RDataFrame cannot leave their process",
            hint="make the engine or the stream anew there: Samples of files can be pickled",
        )


@dataclass(frozen=True, slots=True)
class Stream:
    """A process in a channel.

    Parameters
    ----------
    process : Process
        As declared.
    tags : tuple of StreamedTag
        Its variations, nominal first.
    factors : dict of str to float
        Per tag, what weights are multiplied with: normalisation and split.
    variance_scales : dict of str to float
        Per tag, what the sum of squared weights is multiplied with to be that of the full sample.
    totals : Totals
        Nominal sums after the requirement, of the part, normalised and scaled to the full yield.
    mean_weight : float
        Mean absolute weight of one event of the full sample.
    """

    process: Process
    tags: tuple[StreamedTag, ...]
    factors: dict[str, float]
    variance_scales: dict[str, float]
    totals: Totals
    mean_weight: float

    @property
    def all_tags(self) -> tuple[str, ...]:
        """Tags of this process, those of a ``Vary`` included."""
        return tuple(dict.fromkeys(name for tag in self.tags for name in (tag.tag, *tag.vary)))


@dataclass(frozen=True, slots=True)
class Streams:
    """All processes, and the variations that at least one of them has.

    Parameters
    ----------
    streams : tuple of Stream
        In the order in which they were added.
    groups : tuple of VariationGroup
        The tags of each variation.
    """

    streams: tuple[Stream, ...]
    groups: tuple[VariationGroup, ...]

    @property
    def variations(self) -> tuple[str, ...]:
        """All tags, nominal first."""
        return (NOMINAL, *(tag for group in self.groups for tag in group.tags))


def open_streams(
    processes: Sequence[Process], variations: Sequence[Variation], settings: Settings, part: str | None
) -> Streams:
    """Make the nodes of all processes; runs one event loop per source.

    Raises
    ------
    DeclarationError, DataError
        As :meth:`gradcut.Samples.collect`.
    """
    from gradcut.rdf import run

    jobs, in_rdf = plan_jobs(processes, variations, settings, "root")
    for job in jobs:
        if not hasattr(job.source, "node"):
            raise DeclarationError(
                "the event loop reads files and RDataFrames",
                where=job.process.where,
                given="arrays",
                hint="use the engine for events in memory, or ROOT.RDF.FromNumpy(...)",
            )
    opened = [_Opened(job, settings, part) for job in jobs]
    run(*(booked for one in opened for booked in one.booked))
    streams: dict[tuple[str, str], Stream] = {}
    for one in opened:
        key = (one.job.process.channel, one.job.process.name)
        finished = one.finish()
        nominal = streams.get(key)
        # A variation by files is a sample of its own, split like nominal.
        streams[key] = finished if nominal is None else _with_own_sample(nominal, one.job.tag, finished)
    found = list(dict.fromkeys(tag for stream in streams.values() for tag in stream.all_tags))
    groups = group_tags(variations, in_rdf, found)
    return Streams(tuple(streams.values()), groups)


def _with_own_sample(nominal: Stream, tag: str, own: Stream) -> Stream:
    only = own.tags[0]
    streamed = StreamedTag(tag, only.node, only.features, only.weight, only.constant, ())
    return Stream(
        nominal.process,
        (*nominal.tags, streamed),
        {**nominal.factors, tag: own.factors[NOMINAL]},
        {**nominal.variance_scales, tag: own.variance_scales[NOMINAL]},
        nominal.totals,
        nominal.mean_weight,
    )


class _Opened:
    """The node of one source with everything defined, and the sums that are booked on it."""

    def __init__(self, job: Job, settings: Settings, part: str | None) -> None:
        from gradcut import rdf

        root = rdf.load()
        self.job, self._settings, self._part_name = job, settings, part
        resolved = job.resolved
        self._graph = RootGraph(root.RDF.AsRNode(job.source.node()))  # type: ignore[attr-defined]
        self._columns = [self._column(quantity) for quantity in resolved.plan.quantities]
        self._lengths = [
            (vector, self._graph.node.Min(size), self._graph.node.Max(size))
            for vector in resolved.vectors
            for size in (self._graph.define(f"static_cast<int>({vector.variation.column}.size())"),)
        ]
        weight = self._columns[resolved.plan.weight]
        absolute = None if weight is None else self._graph.define(f"std::abs(static_cast<double>({weight}))")
        self._before = self._graph.totals(weight)
        self._read = self._graph.totals(None)
        inside = self._part_condition(part)
        self._nodes: dict[int, Any] = {}
        self._numbers = itertools.count()
        full = self._filtered(resolved.universes[0].requirement, "")
        self._full, self._passing = _moments(full, weight), _moments(full, None)
        self._inside = inside
        chosen = self._node_of(resolved.universes[0])
        self._part, self._absolute = _moments(chosen, weight), _moments(chosen, absolute)
        self._largest = None if absolute is None else chosen.Max(absolute)
        self.booked = (
            self._before,
            self._read,
            self._full,
            self._passing,
            self._part,
            self._absolute,
        )

    def _column(self, quantity: Quantity) -> str | None:
        if isinstance(quantity.expression, Column) and quantity.sentinels:
            return self._graph.without_sentinels(quantity.expression.name, quantity.sentinels)
        return self._graph.quantity(quantity)

    def _part_condition(self, part: str | None) -> str:
        partition = self._settings.partition
        if partition is None or part is None:
            return ""
        resolved = self.job.resolved
        if resolved.split is not None:
            column = self._columns[resolved.split]
        else:
            from gradcut.rdf import define_uniform

            names = [self._columns[index] for index in resolved.identity]
            column = "_gradcut_samples_uniform"
            self._graph.node = define_uniform(
                self._graph.node, column, [name for name in names if name], seed=partition.seed
            )
        return partition.condition(part, str(column))

    def _filtered(self, requirement: int, inside: str) -> Any:
        condition = self._graph.condition(self.job.resolved.plan.requirements[requirement])
        both = " && ".join(f"({text})" for text in (condition, inside) if text)
        return self._graph.node.Filter(both) if both else self._graph.node

    def _node_of(self, universe: Universe) -> Any:
        if universe.requirement not in self._nodes:
            self._nodes[universe.requirement] = self._filtered(universe.requirement, self._inside)
        return self._nodes[universe.requirement]

    def finish(self) -> Stream:
        """Return the process, after the loop."""
        process = self.job.process
        n_read = int(_sums(self._read)[0])
        if n_read == 0:
            raise empty_sample(process.where)
        before = _sums(self._before)
        constant = self._constant(self.job.resolved.universes[0])
        raw = RawTotals(n_read, before[1] * constant, before[2] * constant**2)
        factor = process.normalisation.factor(raw, where=process.where)
        scale = factor * constant
        full, part, absolute = (_sums(booked) for booked in (self._full, self._part, self._absolute))
        self._check(int(_sums(self._passing)[0]), full, scale)
        if part[0] == 0 or part[1] * scale <= 0:
            where = f"{process.where}, part '{self._part_name}'"
            raise part_without_events(int(part[0]), part[1] * scale, int(full[0]), where)
        split = full[1] / part[1]
        variance_scale = full[2] / (split**2 * part[2])
        largest = 1.0 if self._largest is None else float(self._largest.GetValue())
        totals = Totals(
            int(part[0]),
            part[1] * scale * split,
            part[2] * (scale * split) ** 2,
            largest * abs(scale),
            part[1] * scale * split / part[0],
        )
        tags = tuple(self._tags())
        return Stream(
            process,
            tags,
            {tag.tag: factor * split for tag in tags},
            {tag.tag: variance_scale for tag in tags},
            totals,
            absolute[1] / part[0] * abs(scale),
        )

    def _check(self, passing: int, full: Sequence[float], scale: float) -> None:
        where = self.job.process.where
        if not np.isfinite(full[1]):
            raise DataError(
                "weights are NaN or infinite",
                where=where,
                hint="require what makes them finite, or mend them where they are made",
            )
        totals = Totals(passing, full[1] * scale, full[2] * scale**2, float("nan"), float("nan"))
        check_nominal(totals, int(_sums(self._read)[0]), where=where)

    def _constant(self, universe: Universe) -> float:
        value = 1.0
        for index in universe.weights:
            expression = self.job.resolved.plan.quantities[index].expression
            if isinstance(expression, Number):
                value *= expression.value
        return value

    def _tags(self) -> Iterator[StreamedTag]:
        resolved = self.job.resolved
        vary = tuple(
            tag
            for name, tags in variations_of_node(self._graph.node).items()
            if name in resolved.plan.vary
            for tag in tags
        )
        for universe in resolved.universes:
            weights = [name for index in universe.weights if (name := self._columns[index]) is not None]
            yield self._tag(universe, weights, vary if universe.tag == NOMINAL else ())
        for vector, shortest, longest in self._lengths:
            declared = vector.variation
            low, high = int(shortest.GetValue()), int(longest.GetValue())
            if low != high:
                raise DataError(
                    f"the vector column '{declared.column}' has different lengths",
                    where=self.job.process.where,
                    given=f"{low} to {high} elements",
                    hint="a variation by weights needs the same number of them in every event",
                )
            indices = declared.indices if declared.indices is not None else tuple(range(high))
            if not indices or max(indices) >= high:
                raise DataError(
                    f"the vector column '{declared.column}' has {high} weights",
                    where=self.job.process.where,
                    given=f"index {max(indices, default=0)} in variation '{declared.name}'",
                )
            factors = [name for index in vector.factors if (name := self._columns[index]) is not None]
            for index in indices:
                nominal = resolved.universes[0]
                element = f"static_cast<double>({declared.column}[{index}])"
                universe = Universe(
                    f"{declared.name}:{index}", nominal.features, vector.factors, nominal.requirement
                )
                yield self._tag(universe, [*factors, element], ())

    def _tag(self, universe: Universe, weights: Sequence[str], vary: tuple[str, ...]) -> StreamedTag:
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
                value = self.job.resolved.plan.quantities[index].expression
                name = f"_gradcut_samples_constant_{index}"
                node = node.Define(name, f"double({value.value!r})" if isinstance(value, Number) else "0.")
            features.append(name)
        for collection in self._settings.objects:
            node = self._repeated(node, universe, collection, features)
        return StreamedTag(universe.tag, node, tuple(features), weight, self._constant(universe), vary)

    def _repeated(self, node: Any, universe: Universe, collection: Sequence[int], features: list[str]) -> Any:
        """Repeat the features of a collection that have a value per event, for each of its objects."""
        quantities = self.job.resolved.plan.quantities
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
    return book_soft_moments(
        node, NO_CUTS, [], weight, nothing, nothing, nothing, precision="float64", derivatives="none"
    )


def _sums(booked: Any) -> tuple[float, float, float]:
    entries, sum_w, sum_w2 = booked.value()[0, :, 0]
    return float(entries), float(sum_w), float(sum_w2)
