"""From a declared process and the declared variations to one plan for reading and a layout for each tag."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gradcut.errors import DataError, DeclarationError, close_matches
from gradcut.expressions import Column, Cpp, Expression, check, columns, guard, has_cpp, rename
from gradcut.expressions.guards import Missing
from gradcut.expressions.text import describe
from gradcut.samples.columns import Schema
from gradcut.samples.process import Process
from gradcut.samples.readers.plan import Quantity, ReadPlan, Requirement
from gradcut.samples.splits import Partition
from gradcut.samples.suffixes import suffix_mapping
from gradcut.samples.variations import (
    NOMINAL,
    RdfVariation,
    SuffixVariation,
    Variation,
    VectorVariation,
    WeightVariation,
)

__all__ = ["Resolved", "Settings", "Universe", "VectorWeights", "resolve"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What is the same for all processes of a collection.

    Parameters
    ----------
    features : tuple of Expression
        The features.
    identity : tuple of str
        Columns of the event identity, empty where it is not needed.
    partition : Split, Folds or None
        The split.
    sentinels : tuple of float
        Values that mean "missing" in requirements.
    feature_sentinels : tuple of float
        Values that mean "missing" in features.
    missing : {"fail", "pass"}
        What a missing value in a requirement does.
    names : tuple of str
        Names of the features.
    objects : tuple of tuple of int
        Per collection of objects, the features that have one value for each of them.
    n_fixed : int
        How many of the last features are conditions; a stream has only events that pass all of them.
    """

    features: tuple[Expression, ...]
    identity: tuple[str, ...]
    partition: Partition | None
    sentinels: tuple[float, ...]
    feature_sentinels: tuple[float, ...]
    missing: Missing
    names: tuple[str, ...] = ()
    objects: tuple[tuple[int, ...], ...] = ()
    n_fixed: int = 0


@dataclass(frozen=True, slots=True)
class Universe:
    """What one tag reads, as indices into the plan.

    Parameters
    ----------
    tag : str
        The variation.
    features : tuple of int
        Quantities.
    weights : tuple of int
        Quantities whose product is the weight.
    requirement : int
        Index in the requirements.
    """

    tag: str
    features: tuple[int, ...]
    weights: tuple[int, ...]
    requirement: int


@dataclass(frozen=True, slots=True)
class VectorWeights:
    """A vector column of weights; how many there are is known when it has been read.

    Parameters
    ----------
    variation : VectorVariation
        The declaration.
    factors : tuple of int
        Quantities that multiply each of them (the nominal weight, for relative ones).
    """

    variation: VectorVariation
    factors: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Resolved:
    """A process, ready to be read.

    Parameters
    ----------
    plan : ReadPlan
        What to read.
    universes : tuple of Universe
        Nominal first.
    vectors : tuple of VectorWeights
        Weights in vector columns.
    identity : tuple of int
        Quantities of the event identity.
    split : int or None
        Quantity of the expression that splits.
    """

    plan: ReadPlan
    universes: tuple[Universe, ...]
    vectors: tuple[VectorWeights, ...]
    identity: tuple[int, ...]
    split: int | None


@dataclass(slots=True)
class _Builder:
    """Collects what is wanted, each thing once."""

    schema: Schema
    settings: Settings
    where: str
    quantities: dict[Quantity, int] = field(default_factory=dict)
    requirements: dict[Requirement, int] = field(default_factory=dict)

    def quantity(
        self, expression: Expression, sentinels: tuple[float, ...] | None = None, *, objects: bool = False
    ) -> int:
        check(expression, self.schema, where=self.where, objects=objects)
        if isinstance(expression, Column) and not sentinels:
            sentinels = None  # the column as it stands, whatever it is for: read once
        return self.quantities.setdefault(Quantity(expression, sentinels), len(self.quantities))

    def requirement(self, parts: Requirement) -> int:
        guarded = []
        for part in parts:
            check(part, self.schema, where=self.where)
            guarded.append(part if has_cpp(part) else self._guard(part))
        return self.requirements.setdefault(tuple(guarded), len(self.requirements))

    def _check_objects(self, features: Sequence[Expression]) -> None:
        if any(self.schema.gives_objects(feature) for feature in features):
            return
        raise DeclarationError(
            "no feature of a collection of objects is a vector column",
            given=", ".join(map(describe, features)),
            where=self.where,
            hint="count(), any() and all() look at the objects of an event; compare directly instead",
        )

    def _guard(self, part: Expression) -> Expression:
        vectors = _Vectors(self.schema)
        return guard(part, missing=self.settings.missing, sentinels=self.settings.sentinels, vectors=vectors)

    def universe(self, tag: str, process: Process, mapping: Mapping[str, str]) -> Universe:
        wanted = [rename(feature, mapping) for feature in self.settings.features]
        of_objects = {place for collection in self.settings.objects for place in collection}
        features = tuple(
            self.quantity(feature, self.settings.feature_sentinels, objects=place in of_objects)
            for place, feature in enumerate(wanted)
        )
        for collection in self.settings.objects:
            self._check_objects([wanted[place] for place in collection])
        weight = self.quantity(rename(process.weight, mapping))
        requirement = self.requirement(tuple(rename(part, mapping) for part in process.require))
        return Universe(tag, features, (weight,), requirement)


class _Vectors(frozenset[str]):
    """The vector columns of a schema, asked one by one: listing them all would look up every type."""

    _schema: Schema

    def __new__(cls, schema: Schema) -> _Vectors:
        self = super().__new__(cls)
        self._schema = schema
        return self

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name in self._schema and self._schema.is_vector(name)


def resolve(
    process: Process,
    variations: Sequence[Variation],
    settings: Settings,
    schema: Schema,
    in_rdf: Mapping[str, tuple[str, ...]],
) -> Resolved:
    """Check a process against its columns and plan the reading.

    Parameters
    ----------
    process : Process
        The process.
    variations : sequence of Variation
        Those that concern it and that it is not declared to lack; variations by files are not among them.
    settings : Settings
        What is collected.
    schema : Schema
        Columns of the source.
    in_rdf : mapping of str to tuple of str
        Names of the ``Vary`` of its RDataFrame that concern it, and their tags.

    Raises
    ------
    DeclarationError, DataError
        If a column is unknown or has the wrong type, or the process lacks a variation.
    """
    builder = _Builder(schema, settings, process.where)
    nominal = builder.universe(NOMINAL, process, {})
    universes, vectors = [nominal], []
    for variation in variations:
        if variation.name in in_rdf:
            _check_only_once(variation, schema, process)
            continue
        if isinstance(variation, SuffixVariation):
            universes += _by_suffix(builder, process, variation)
        elif isinstance(variation, WeightVariation):
            universes += _by_weight(builder, nominal, process, variation)
        elif isinstance(variation, VectorVariation):
            _check_vector(schema, variation, process)
            vectors.append(VectorWeights(variation, nominal.weights if variation.relative else ()))
        elif isinstance(variation, RdfVariation):
            raise _lacks(process, variation.name, "its RDataFrame has no Vary of this name")
    identity = tuple(_identity(builder, name) for name in settings.identity)
    expression = settings.partition.expression if settings.partition is not None else None
    split = None if expression is None else builder.quantity(expression)
    plan = ReadPlan(
        tuple(builder.quantities),
        tuple(dict.fromkeys(vector.variation.column for vector in vectors)),
        tuple(builder.requirements),
        nominal.weights[0],
        process.where,
        frozenset(in_rdf),
    )
    return Resolved(plan, tuple(universes), tuple(vectors), identity, split)


def _by_suffix(builder: _Builder, process: Process, variation: SuffixVariation) -> Iterable[Universe]:
    used = [*builder.settings.features, process.weight, *process.require]
    mappings = suffix_mapping(variation, used, builder.schema)
    if mappings is None:
        raise _lacks(
            process,
            variation.name,
            "no column of its source has the suffix "
            + " or ".join(f"'{suffix}'" for suffix in variation.suffixes),
        )
    for expression in used:
        if isinstance(expression, Cpp):
            raise DeclarationError(
                "gc.Cpp cannot be varied by suffix, because its columns are not known",
                where=f"{process.where}, variation '{variation.name}'",
                given=expression.code,
                hint="Define a column for it and Vary the RDataFrame, or write it in the grammar",
            )
    for tag, mapping in zip(variation.tags, mappings, strict=True):
        yield builder.universe(tag, process, mapping)


def _by_weight(
    builder: _Builder, nominal: Universe, process: Process, variation: WeightVariation
) -> Iterable[Universe]:
    for tag, weight in zip(variation.tags, variation.weights, strict=True):
        unknown = [name for name in columns(weight) if name not in builder.schema]
        if unknown:
            reason = f"it has no column '{unknown[0]}'; {close_matches(unknown[0], builder.schema.names)}"
            raise _lacks(process, variation.name, reason)
        index = builder.quantity(weight)
        weights = (*nominal.weights, index) if variation.relative else (index,)
        yield replace(nominal, tag=tag, weights=weights)


def _identity(builder: _Builder, name: str) -> int:
    found = builder.schema.require(name, where=builder.where, purpose="event identity")
    if not found.is_integer:
        raise DataError(
            f"column '{name}' cannot identify events",
            where=builder.where,
            given=found.text,
            allowed="one integer per event",
            hint="a split by an expression, gc.Split(by=...), takes any column",
        )
    return builder.quantity(Column(name))


def _check_vector(schema: Schema, variation: VectorVariation, process: Process) -> None:
    if variation.column not in schema:
        raise _lacks(process, variation.name, f"it has no column '{variation.column}'")
    found = schema.type_of(variation.column)
    if not (found.dtype and found.is_vector):
        raise DataError(
            f"column '{variation.column}' of variation '{variation.name}' is not a vector of numbers",
            where=process.where,
            given=found.text,
            hint="weight=(up, down) takes one weight per event",
        )


def _check_only_once(variation: Variation, schema: Schema, process: Process) -> None:
    if isinstance(variation, SuffixVariation) and suffix_mapping(variation, [], schema) is not None:
        raise DataError(
            f"variation '{variation.name}' is there twice",
            where=process.where,
            given="a Vary of the RDataFrame, and columns with "
            + " or ".join(f"'{suffix}'" for suffix in variation.suffixes),
            hint="give one of them another name, or take the Vary away",
        )


def _lacks(process: Process, variation: str, reason: str) -> DataError:
    return DataError(
        f"a process lacks the variation '{variation}'",
        where=process.where,
        given=reason,
        hint=f"declare it: samples.add('{process.name}', ..., absent=('{variation}',)); "
        "or restrict the variation with processes=",
    )
