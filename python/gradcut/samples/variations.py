"""Declared systematic variations.

Every variation has a name and one or two *tags*, ``name:up`` and ``name:down`` (replicas: ``name:0``,
...), the form that RDataFrame's ``Vary`` uses. The tag of the events as they are is ``"nominal"``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from gradcut.expressions import Expression
from gradcut.samples.sources import Source

__all__ = [
    "NOMINAL",
    "FileVariation",
    "RdfVariation",
    "SuffixVariation",
    "Variation",
    "VariationKind",
    "VectorVariation",
    "WeightVariation",
]

NOMINAL = "nominal"

#: How the tags of a variation belong together.
VariationKind = Literal["up-down", "one-sided", "replicas", "envelope"]


@dataclass(frozen=True, slots=True)
class Variation:
    """What all kinds of variations have.

    Parameters
    ----------
    name : str
        Unique among the variations.
    kind : str
        ``"up-down"``, ``"one-sided"``, ``"replicas"`` or ``"envelope"``.
    directions : tuple of str
        ``("up", "down")``, ``("up",)``, or numbers as text; empty where only the data tell.
    processes : frozenset of str or None
        The processes that it concerns; None: all but data.
    """

    name: str
    kind: VariationKind
    directions: tuple[str, ...]
    processes: frozenset[str] | None

    @property
    def tags(self) -> tuple[str, ...]:
        """Its tags in order."""
        return tuple(f"{self.name}:{direction}" for direction in self.directions)

    def concerns(self, process: str) -> bool:
        """Whether a process (not data) is meant."""
        return self.processes is None or process in self.processes


@dataclass(frozen=True, slots=True)
class SuffixVariation(Variation):
    """Columns with a suffix replace those without, wherever such a column exists.

    Parameters
    ----------
    suffixes : tuple of str
        One per tag.
    """

    suffixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WeightVariation(Variation):
    """Another weight.

    Parameters
    ----------
    weights : tuple of Expression
        One per tag.
    relative : bool
        Whether they multiply the nominal weight instead of replacing it.
    """

    weights: tuple[Expression, ...]
    relative: bool


@dataclass(frozen=True, slots=True)
class VectorVariation(Variation):
    """Weights in a vector column: scale variations, replicas of parton densities.

    Parameters
    ----------
    column : str
        The vector column.
    indices : tuple of int or None
        Which of its elements; None: all.
    relative : bool
        Whether they multiply the nominal weight instead of replacing it.
    """

    column: str
    indices: tuple[int, ...] | None
    relative: bool


@dataclass(frozen=True, slots=True)
class FileVariation(Variation):
    """Separate samples, such as another generator.

    Parameters
    ----------
    sources : mapping of str to tuple of Source
        Process to one source per tag.
    sum_of_weights : mapping of str to tuple of float
        Process to one sum per tag, for processes whose own is a number.
    """

    sources: Mapping[str, tuple[Source, ...]] = field(hash=False)
    sum_of_weights: Mapping[str, tuple[float, ...]] = field(hash=False)


@dataclass(frozen=True, slots=True)
class RdfVariation(Variation):
    """A ``Vary`` that every process it concerns must have in its RDataFrame."""
